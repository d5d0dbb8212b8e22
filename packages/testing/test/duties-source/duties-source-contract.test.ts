import type {DutiesSource, Epoch, ProposerDuty, PtcDuty, Slot, SyncDuty, ValidatorIndex} from "@mote/core";
import {fakePubkey, fakeRoot} from "../../src/beacon-nodes/fake-answers.ts";
import {UNFIT_CONDITIONS} from "../../src/contract/beacon-condition.ts";
import {
  DUTIES_LIES,
  DUTIES_SOURCE_CHECKS,
  type DutiesSourceUnderTest,
  dutiesSourceContract,
} from "../../src/duties-source/duties-source-contract.ts";
import {FakeDutiesSource} from "../../src/duties-source/fake-duties-source.ts";
import {declareFlaws, override} from "../support/flaws.ts";
import {dutyOf, SLOTS_PER_EPOCH} from "../support/validators.ts";

const EPOCH = 2 as Epoch;
const INDICES = [3, 1, 10] as ValidatorIndex[];
const SEATED = [3, 1] as ValidatorIndex[];
const dependentRootOf = (epoch: Epoch) => fakeRoot(epoch);

const dutyAt = (epoch: Epoch, at: number): ProposerDuty => ({
  pubkey: fakePubkey(at),
  validatorIndex: at as ValidatorIndex,
  slot: (epoch * SLOTS_PER_EPOCH + at) as Slot,
});
const proposersOf = (epoch: Epoch) => Array.from({length: SLOTS_PER_EPOCH}, (_, at) => dutyAt(epoch, at));
const seatOf = (validatorIndex: ValidatorIndex): SyncDuty => ({
  pubkey: fakePubkey(validatorIndex),
  validatorIndex,
  seats: [validatorIndex, validatorIndex + 8],
});
const ptcOf = (epoch: Epoch, index: ValidatorIndex): PtcDuty[] => [dutyAt(epoch, index)];

function sound(flaw: (source: FakeDutiesSource) => Partial<DutiesSource> = () => ({})): () => DutiesSourceUnderTest {
  return () => {
    const source = new FakeDutiesSource({dutyOf, dependentRootOf});
    source.proposersOf = proposersOf;
    source.seatsOf = (_, index) => (SEATED.includes(index) ? seatOf(index) : null);
    source.ptcOf = ptcOf;
    return {
      source: override<DutiesSource>(source, flaw(source)),
      epoch: EPOCH,
      dutiesIn: (epoch) => INDICES.map((index) => dutyOf(epoch, index)),
      dependentRootOf,
      proposersIn: (epoch) => ({
        epoch,
        dependentRoot: dependentRootOf(epoch),
        dependentEpoch: (epoch - 1) as Epoch,
        duties: proposersOf(epoch),
      }),
      seats: SEATED.map(seatOf),
      seatless: 10 as ValidatorIndex,
      ptcIn: (epoch) => SEATED.flatMap((index) => ptcOf(epoch, index)),
      // A fake has no beacon node that it could believe or not: whatever an adapter must not believe is a failure here.
      become: (condition) => {
        source.failure = condition === "ready" ? null : condition;
      },
      lie: (lie) => {
        source.failure = lie;
      },
    };
  };
}

describe("FakeDutiesSource keeps the contract of its port", () => {
  dutiesSourceContract(sound());
});

describe("the suite of DutiesSource", () => {
  const forgetsTheRoot = sound((source) => ({
    attesterDuties: async (epoch, indices) => ({
      ...(await source.attesterDuties(epoch, indices)),
      dependentRoot: fakeRoot(0),
    }),
    proposerDuties: async (epoch) => ({...(await source.proposerDuties(epoch)), dependentEpoch: epoch}),
    ptcDuties: async (epoch, indices) => ({...(await source.ptcDuties(epoch, indices)), dependentRoot: fakeRoot(0)}),
  }));
  const tellsAllDuties = sound((source) => ({attesterDuties: (epoch) => source.attesterDuties(epoch, INDICES)}));
  const seatsEveryone = sound(() => ({syncDuties: async (_, indices) => indices.map(seatOf)}));
  const believesAnything = sound((source) => {
    const believing =
      <Asked extends unknown[], Told>(ask: (...asked: Asked) => Told) =>
      (...asked: Asked): Told => {
        source.failure = null;
        return ask(...asked);
      };
    return {
      attesterDuties: believing((epoch, indices) => source.attesterDuties(epoch, indices)),
      proposerDuties: believing((epoch) => source.proposerDuties(epoch)),
      syncDuties: believing((epoch, indices) => source.syncDuties(epoch, indices)),
      ptcDuties: believing((epoch, indices) => source.ptcDuties(epoch, indices)),
    };
  });
  const questions = ["attesters", "proposers", "the sync committee", "payload committees"];

  declareFlaws(DUTIES_SOURCE_CHECKS, {
    "tells the duties of this and the next epoch, with the root that they rest on": forgetsTheRoot,
    "tells no duties but of the validators asked for": tellsAllDuties,
    "tells the proposers of this and the next epoch, with what they rest on": forgetsTheRoot,
    "tells the seats of a sync committee, and of validators without one nothing": seatsEveryone,
    "tells the payload committees of this and the next epoch, with the root that they rest on": forgetsTheRoot,
    ...Object.fromEntries(
      questions.flatMap((what) =>
        UNFIT_CONDITIONS.map((condition) => [
          `rejects questions for ${what} when all beacon nodes are ${condition}`,
          believesAnything,
        ]),
      ),
    ),
    ...Object.fromEntries(
      DUTIES_LIES.map((lie) => [`rejects when all beacon nodes tell of a duty ${lie}`, believesAnything]),
    ),
  });
});
