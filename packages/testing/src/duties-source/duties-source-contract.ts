import assert from "node:assert/strict";
import type {
  AttesterDuty,
  DutiesSource,
  Epoch,
  ProposerDuties,
  PtcDuty,
  Root,
  SyncDuty,
  ValidatorIndex,
} from "@mote/core";
import {type BeaconCondition, UNFIT_CONDITIONS} from "../contract/beacon-condition.ts";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly, rejectsPromptly} from "../contract/settling.ts";

export const DUTIES_LIES = ["of another epoch", "of a validator not asked for", "twice for one validator"] as const;
export type DutiesLie = (typeof DUTIES_LIES)[number];

export interface DutiesSourceUnderTest extends UnderTest {
  readonly source: DutiesSource;
  readonly epoch: Epoch;
  /** All attester duties in `epoch` and the one after it, by the beacon nodes: of at least three validators. */
  readonly dutiesIn: (epoch: Epoch) => readonly AttesterDuty[];
  readonly dependentRootOf: (epoch: Epoch) => Root;
  readonly proposersIn: (epoch: Epoch) => ProposerDuties;
  /** Seats of at least two validators in the period of `epoch`. */
  readonly seats: readonly SyncDuty[];
  /** A validator without a seat. */
  readonly seatless: ValidatorIndex;
  /** Payload committee duties of at least two validators in `epoch` and the one after it. */
  readonly ptcIn: (epoch: Epoch) => readonly PtcDuty[];
  readonly become: (condition: BeaconCondition) => Promise<void> | void;
  /** From now on every beacon node's answer on attesters holds one duty as the lie says. */
  readonly lie: (lie: DutiesLie) => void;
}

interface OfValidator {
  readonly validatorIndex: ValidatorIndex;
}

const indicesOf = (duties: readonly OfValidator[]): ValidatorIndex[] => duties.map((duty) => duty.validatorIndex);

const byValidator = <T extends OfValidator>(duties: readonly T[]): T[] =>
  duties.toSorted((a, b) => a.validatorIndex - b.validatorIndex);

/** Two validators, so that every lie leaves one honest duty. */
const twoOf = ({dutiesIn, epoch}: DutiesSourceUnderTest): ValidatorIndex[] => indicesOf(dutiesIn(epoch)).slice(0, 2);

const epochsOf = ({epoch}: DutiesSourceUnderTest): Epoch[] => [epoch, (epoch + 1) as Epoch];

const QUESTIONS: Readonly<Record<string, (subject: DutiesSourceUnderTest) => Promise<unknown>>> = {
  attesters: (subject) => subject.source.attesterDuties(subject.epoch, twoOf(subject)),
  proposers: ({source, epoch}) => source.proposerDuties(epoch),
  "the sync committee": ({source, epoch, seats}) => source.syncDuties(epoch, indicesOf(seats)),
  "payload committees": ({source, epoch, ptcIn}) => source.ptcDuties(epoch, indicesOf(ptcIn(epoch))),
};

const ATTESTER_CHECKS: readonly ContractCheck<DutiesSourceUnderTest>[] = [
  {
    name: "tells the duties of this and the next epoch, with the root that they rest on",
    run: async (subject) => {
      for (const epoch of epochsOf(subject)) {
        const expected = subject.dutiesIn(epoch);
        const told = await promptly(subject.source.attesterDuties(epoch, indicesOf(expected)));
        assert.equal(told.epoch, epoch);
        assert.equal(told.dependentRoot, subject.dependentRootOf(epoch));
        assert.deepEqual(byValidator(told.duties), byValidator(expected));
      }
    },
  },
  {
    name: "tells no duties but of the validators asked for",
    run: async (subject) => {
      const asked = twoOf(subject);
      const {duties} = await promptly(subject.source.attesterDuties(subject.epoch, asked));
      assert.deepEqual(
        indicesOf(byValidator(duties)),
        asked.toSorted((a, b) => a - b),
      );
    },
  },
  ...DUTIES_LIES.map(
    (lie): ContractCheck<DutiesSourceUnderTest> => ({
      name: `rejects when all beacon nodes tell of a duty ${lie}`,
      run: async (subject) => {
        subject.lie(lie);
        await rejectsPromptly(subject.source.attesterDuties(subject.epoch, twoOf(subject)), "the call");
      },
    }),
  ),
];

const OTHER_CHECKS: readonly ContractCheck<DutiesSourceUnderTest>[] = [
  {
    name: "tells the proposers of this and the next epoch, with what they rest on",
    run: async (subject) => {
      for (const epoch of epochsOf(subject)) {
        const told = await promptly(subject.source.proposerDuties(epoch));
        const duties = told.duties.toSorted((a, b) => a.slot - b.slot);
        assert.deepEqual({...told, duties}, subject.proposersIn(epoch));
      }
    },
  },
  {
    name: "tells the seats of a sync committee, and of validators without one nothing",
    run: async ({source, epoch, seats, seatless}) => {
      const told = await promptly(source.syncDuties(epoch, [...indicesOf(seats), seatless]));
      assert.deepEqual(byValidator(told), byValidator(seats));
    },
  },
  {
    name: "tells the payload committees of this and the next epoch, with the root that they rest on",
    run: async (subject) => {
      for (const epoch of epochsOf(subject)) {
        const expected = subject.ptcIn(epoch);
        const told = await promptly(subject.source.ptcDuties(epoch, indicesOf(expected)));
        assert.equal(told.epoch, epoch);
        assert.equal(told.dependentRoot, subject.dependentRootOf(epoch));
        assert.deepEqual(byValidator(told.duties), byValidator(expected));
      }
    },
  },
];

const UNFIT_CHECKS = UNFIT_CONDITIONS.flatMap((condition) =>
  Object.entries(QUESTIONS).map(
    ([what, ask]): ContractCheck<DutiesSourceUnderTest> => ({
      name: `rejects questions for ${what} when all beacon nodes are ${condition}`,
      run: async (subject) => {
        await subject.become(condition);
        await rejectsPromptly(ask(subject), "the call");
      },
    }),
  ),
);

export const DUTIES_SOURCE_CHECKS: readonly ContractCheck<DutiesSourceUnderTest>[] = [
  ...ATTESTER_CHECKS,
  ...OTHER_CHECKS,
  ...UNFIT_CHECKS,
];

/** What every adapter of the port `DutiesSource` has to do. */
export const dutiesSourceContract = contractOf(DUTIES_SOURCE_CHECKS);
