import assert from "node:assert/strict";
import type {AttesterDuty, DutiesSource, Epoch, Root, ValidatorIndex} from "@mote/core";
import {type BeaconCondition, UNFIT_CONDITIONS} from "../contract/beacon-condition.ts";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly, rejectsPromptly} from "../contract/settling.ts";

export const DUTIES_LIES = ["of another epoch", "of a validator not asked for", "twice for one validator"] as const;
export type DutiesLie = (typeof DUTIES_LIES)[number];

export interface DutiesSourceUnderTest extends UnderTest {
  readonly source: DutiesSource;
  readonly epoch: Epoch;
  /** All duties in `epoch` and the one after it, by the beacon nodes: of at least three validators. */
  readonly dutiesIn: (epoch: Epoch) => readonly AttesterDuty[];
  readonly dependentRootOf: (epoch: Epoch) => Root;
  readonly become: (condition: BeaconCondition) => Promise<void> | void;
  /** From now on every beacon node's answer holds one duty as the lie says. */
  readonly lie: (lie: DutiesLie) => void;
}

const indicesOf = (duties: readonly AttesterDuty[]): ValidatorIndex[] => duties.map((duty) => duty.validatorIndex);

const byValidator = (duties: readonly AttesterDuty[]): AttesterDuty[] =>
  duties.toSorted((a, b) => a.validatorIndex - b.validatorIndex);

/** Two validators, so that every lie leaves one honest duty. */
const twoOf = ({dutiesIn, epoch}: DutiesSourceUnderTest): ValidatorIndex[] => indicesOf(dutiesIn(epoch)).slice(0, 2);

export const DUTIES_SOURCE_CHECKS: readonly ContractCheck<DutiesSourceUnderTest>[] = [
  {
    name: "tells the duties of this and the next epoch, with the root that they rest on",
    run: async ({source, epoch, dutiesIn, dependentRootOf}) => {
      for (const each of [epoch, (epoch + 1) as Epoch]) {
        const expected = dutiesIn(each);
        const told = await promptly(source.attesterDuties(each, indicesOf(expected)));
        assert.equal(told.epoch, each);
        assert.equal(told.dependentRoot, dependentRootOf(each));
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
  ...UNFIT_CONDITIONS.map(
    (condition): ContractCheck<DutiesSourceUnderTest> => ({
      name: `rejects when all beacon nodes are ${condition}`,
      run: async (subject) => {
        await subject.become(condition);
        await rejectsPromptly(subject.source.attesterDuties(subject.epoch, twoOf(subject)), "the call");
      },
    }),
  ),
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

/** What every adapter of the port `DutiesSource` has to do. */
export const dutiesSourceContract = contractOf(DUTIES_SOURCE_CHECKS);
