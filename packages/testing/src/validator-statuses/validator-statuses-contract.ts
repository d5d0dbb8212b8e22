import assert from "node:assert/strict";
import type {Pubkey, ValidatorInfo, ValidatorStatuses} from "@mote/core";
import {type BeaconCondition, UNFIT_CONDITIONS} from "../contract/beacon-condition.ts";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly, rejectsPromptly} from "../contract/settling.ts";

export interface ValidatorStatusesUnderTest extends UnderTest {
  readonly statuses: ValidatorStatuses;
  /** At least three that the head state has, in states of their own. */
  readonly known: readonly ValidatorInfo[];
  /** A key that the head state does not have. */
  readonly unknown: Pubkey;
  readonly become: (condition: BeaconCondition) => Promise<void> | void;
}

const byIndex = (infos: readonly ValidatorInfo[]): ValidatorInfo[] => infos.toSorted((a, b) => a.index - b.index);
const pubkeysOf = (infos: readonly ValidatorInfo[]): Pubkey[] => infos.map(({pubkey}) => pubkey);

export const VALIDATOR_STATUSES_CHECKS: readonly ContractCheck<ValidatorStatusesUnderTest>[] = [
  {
    name: "tells what the head state knows of each key",
    run: async ({statuses, known}) => {
      const told = await promptly(statuses.validators(pubkeysOf(known)));
      assert.deepEqual(byIndex(told), byIndex(known));
    },
  },
  {
    name: "tells of no key that was not asked for",
    run: async ({statuses, known}) => {
      const asked = known.slice(1);
      assert.deepEqual(byIndex(await promptly(statuses.validators(pubkeysOf(asked)))), byIndex(asked));
    },
  },
  {
    name: "leaves out a key that is not in the state",
    run: async ({statuses, known, unknown}) => {
      const told = await promptly(statuses.validators([unknown, ...pubkeysOf(known)]));
      assert.deepEqual(byIndex(told), byIndex(known));
    },
  },
  {
    name: "knows nothing when nothing is asked",
    run: async ({statuses}) => {
      assert.deepEqual(await promptly(statuses.validators([])), []);
    },
  },
  // An empty answer would say that there are no such validators.
  ...UNFIT_CONDITIONS.map(
    (condition): ContractCheck<ValidatorStatusesUnderTest> => ({
      name: `rejects when all beacon nodes are ${condition}`,
      run: async ({statuses, known, become}) => {
        await become(condition);
        await rejectsPromptly(statuses.validators(pubkeysOf(known)), "the call");
      },
    }),
  ),
];

/** What every adapter of the port `ValidatorStatuses` has to do. */
export const validatorStatusesContract = contractOf(VALIDATOR_STATUSES_CHECKS);
