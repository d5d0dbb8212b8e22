import type {CommitteeIndex, Slot} from "@mote/core";
import {chainDataContract} from "@mote/testing";
import {SetUnderTest} from "../support/set-under-test.ts";

const SLOT = 17 as Slot;
const COMMITTEE = 0 as CommitteeIndex;

for (const count of [1, 3]) {
  describe(`BeaconNodeSet of ${count} keeps the contract of ChainData`, () => {
    chainDataContract(async () => {
      const subject = await SetUnderTest.start(count);
      const {set, clock, fakes, names, become} = subject;
      const {chain} = fakes[0]!;
      const template = chain.aggregate(SLOT, COMMITTEE)!;
      for (const fake of fakes) fake.chain.aggregate = () => null;
      return {
        chainData: set,
        clock,
        data: chain.attestationData(SLOT),
        beaconNodes: names,
        committeeIndex: COMMITTEE,
        aggregateOf: (voteCount) => ({
          ...template,
          aggregationBits: {bits: Uint8Array.of((1 << voteCount) - 1), length: 4},
        }),
        setAggregate: (name, aggregate) => {
          subject.fake(name).chain.aggregate = () => aggregate;
        },
        become,
        close: () => subject.close(),
      };
    });
  });
}
