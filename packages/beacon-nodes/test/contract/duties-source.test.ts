import type {AttesterDuty, CommitteeIndex, Epoch, Slot, ValidatorIndex} from "@mote/core";
import {type DutiesLie, dutiesSourceContract, fakePubkey} from "@mote/testing";
import {SetUnderTest, SLOTS_PER_EPOCH} from "../support/set-under-test.ts";

const DUTIES = "POST /eth/v1/validator/duties/attester/{epoch}";

/** As the fake node shuffles its 64 validators: one committee of 8 a slot. */
const dutiesIn = (epoch: Epoch): AttesterDuty[] =>
  [3, 1, 10].map((index) => ({
    pubkey: fakePubkey(index),
    validatorIndex: index as ValidatorIndex,
    slot: (epoch * SLOTS_PER_EPOCH + (index % SLOTS_PER_EPOCH)) as Slot,
    committeeIndex: 0 as CommitteeIndex,
    committeeLength: 8,
    committeesAtSlot: 1,
    validatorCommitteeIndex: Math.floor(index / SLOTS_PER_EPOCH),
  }));

interface DutiesBody {
  readonly data: readonly Record<string, string>[];
}

const LIES: Record<DutiesLie, (duty: Record<string, string>, other: Record<string, string>) => object> = {
  "of another epoch": (duty) => ({...duty, slot: String(Number(duty.slot) + SLOTS_PER_EPOCH)}),
  "of a validator not asked for": (duty) => ({...duty, validator_index: "60"}),
  "twice for one validator": (_, other) => other,
};

for (const count of [1, 3]) {
  describe(`BeaconNodeSet of ${count} keeps the contract of DutiesSource`, () => {
    dutiesSourceContract(async () => {
      const subject = await SetUnderTest.start(count);
      const {set, fakes, become} = subject;
      return {
        source: set,
        epoch: 2 as Epoch,
        dutiesIn,
        dependentRootOf: () => fakes[0]!.chain.dependentRoot,
        become,
        lie: (lie) => {
          const change = (body: DutiesBody) => ({
            ...body,
            data: [body.data[0], LIES[lie](body.data[1]!, body.data[0]!)],
          });
          for (const {faults} of fakes) faults.set(DUTIES, {kind: "change", change});
        },
        close: () => subject.close(),
      };
    });
  });
}
