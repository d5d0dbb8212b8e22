import assert from "node:assert/strict";
import type {Epoch, Liveness, ValidatorIndex, ValidatorLiveness} from "@mote/core";
import {type BeaconCondition, UNFIT_CONDITIONS} from "../contract/beacon-condition.ts";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly, rejectsPromptly} from "../contract/settling.ts";

export interface ValidatorLivenessUnderTest extends UnderTest {
  readonly liveness: ValidatorLiveness;
  readonly epoch: Epoch;
  /** Seen voting in `epoch` and in no other, by at least one beacon node. */
  readonly live: readonly ValidatorIndex[];
  /** At least two that nobody saw. */
  readonly absent: readonly ValidatorIndex[];
  readonly become: (condition: BeaconCondition) => Promise<void> | void;
}

const byIndex = (told: readonly Liveness[]): Liveness[] => told.toSorted((a, b) => a.index - b.index);

const expected = (live: readonly ValidatorIndex[], absent: readonly ValidatorIndex[]): Liveness[] =>
  byIndex([...live.map((index) => ({index, isLive: true})), ...absent.map((index) => ({index, isLive: false}))]);

export const VALIDATOR_LIVENESS_CHECKS: readonly ContractCheck<ValidatorLivenessUnderTest>[] = [
  {
    name: "tells of each validator whether it was seen in the epoch",
    run: async ({liveness, epoch, live, absent}) => {
      const told = await promptly(liveness.liveness(epoch, [...absent, ...live]));
      assert.deepEqual(byIndex(told), expected(live, absent));
    },
  },
  {
    name: "tells of another epoch what was seen in that one",
    run: async ({liveness, epoch, live}) => {
      const told = await promptly(liveness.liveness((epoch - 1) as Epoch, live));
      assert.deepEqual(byIndex(told), expected([], live));
    },
  },
  {
    name: "tells of no validator that was not asked for",
    run: async ({liveness, epoch, live, absent}) => {
      const asked = absent.slice(1);
      const told = await promptly(liveness.liveness(epoch, [...live, ...asked]));
      assert.deepEqual(byIndex(told), expected(live, asked));
    },
  },
  {
    name: "knows nothing when nothing is asked",
    run: async ({liveness, epoch}) => {
      assert.deepEqual(await promptly(liveness.liveness(epoch, [])), []);
    },
  },
  // An unanswered question is not a clean answer.
  ...UNFIT_CONDITIONS.map(
    (condition): ContractCheck<ValidatorLivenessUnderTest> => ({
      name: `rejects when all beacon nodes are ${condition}`,
      run: async ({liveness, epoch, absent, become}) => {
        await become(condition);
        await rejectsPromptly(liveness.liveness(epoch, absent), "the call");
      },
    }),
  ),
];

/** What every adapter of the port `ValidatorLiveness` has to do. */
export const validatorLivenessContract = contractOf(VALIDATOR_LIVENESS_CHECKS);
