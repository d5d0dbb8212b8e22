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

const validator = (index: number) => ({pubkey: fakePubkey(index), validatorIndex: index as ValidatorIndex});

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
        proposersIn: (epoch) => ({
          epoch,
          dependentRoot: fakes[0]!.chain.dependentRoot,
          dependentEpoch: (epoch - 1) as Epoch,
          duties: Array.from({length: SLOTS_PER_EPOCH}, (_, at) => {
            const slot = (epoch * SLOTS_PER_EPOCH + at) as Slot;
            const validatorIndex = fakes[0]!.chain.proposerIndexAt(slot);
            return {pubkey: fakePubkey(validatorIndex), validatorIndex, slot};
          }),
        }),
        seats: [3, 1].map((index) => ({...validator(index), seats: [index]})),
        seatless: 60 as ValidatorIndex,
        ptcIn: (epoch) =>
          [3, 1].map((index) => ({...validator(index), slot: (epoch * SLOTS_PER_EPOCH + index) as Slot})),
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
