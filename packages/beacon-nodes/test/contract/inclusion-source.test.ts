import type {CommitteeIndex, Slot} from "@mote/core";
import {fakeRoot, inclusionSourceContract} from "@mote/testing";
import {SetUnderTest, SLOTS_PER_EPOCH} from "../support/set-under-test.ts";

const EPOCH = 2;
/** As the fake node shuffles its 64 validators: one committee of 8 a slot. */
const committeeLengths = new Map(
  Array.from({length: SLOTS_PER_EPOCH}, (_, at) => [(EPOCH * SLOTS_PER_EPOCH + at) as Slot, [8]] as const),
);

for (const count of [1, 3]) {
  describe(`BeaconNodeSet of ${count} keeps the contract of InclusionSource`, () => {
    inclusionSourceContract(async () => {
      const subject = await SetUnderTest.start(count);
      const {set, fakes, become} = subject;
      const attestation = fakes[0]!.chain.aggregate(17 as Slot, 0 as CommitteeIndex)!;
      const blocks = [
        {root: fakeRoot(0x18), slot: 18 as Slot, parentRoot: fakeRoot(0x17), attestations: [attestation, attestation]},
        {root: fakeRoot(0x17), slot: 17 as Slot, parentRoot: fakeRoot(0x16), attestations: []},
      ];
      for (const {chain} of fakes) for (const block of blocks) chain.blocks.set(block.root, block);
      return {
        source: set,
        blocks,
        committeeLengths,
        become,
        close: () => subject.close(),
      };
    });
  });
}
