import assert from "node:assert/strict";
import {
  DUTY_STAGES,
  type DutyJournal,
  type DutyKey,
  type DutyRecord,
  type Pubkey,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";

export interface DutyJournalUnderTest extends UnderTest {
  /** Nothing was opened in it yet. */
  readonly journal: DutyJournal;
}

const DUE_MS = 1_000;

const keyOf = (over: {kind?: DutyKey["kind"]; slot?: number; index?: number} = {}): DutyKey => {
  const {kind = "attestation", slot = 9, index = 1} = over;
  const pubkey = `0x${index.toString(16).padStart(96, "0")}` as Pubkey;
  return {kind, slot: slot as Slot, validatorIndex: index as ValidatorIndex, pubkey};
};
const KEY = keyOf();

/** Everything told from now on. Copies: a journal may go on writing into its own record. */
function listen(journal: DutyJournal): DutyRecord[] {
  const told: DutyRecord[] = [];
  journal.subscribe((record) => told.push(structuredClone(record)));
  return told;
}

/** All that may happen to a duty after its opening. */
const attempts = (journal: DutyJournal, key: DutyKey): readonly (() => void)[] => [
  () => journal.reached(key, "published", 77),
  () => journal.undone(key, "included"),
  () => journal.withdraw(key),
  () => journal.close(key),
  () => journal.fail(key, "NOT_INCLUDED", "late"),
];

export const DUTY_JOURNAL_CHECKS: readonly ContractCheck<DutyJournalUnderTest>[] = [
  {
    name: "tells of a duty that was opened",
    run: ({journal}) => {
      const told = listen(journal);
      journal.open(KEY, DUE_MS);
      assert.deepEqual(told, [{key: KEY, dueMs: DUE_MS, reachedMs: {}, end: null}]);
    },
  },
  {
    name: "changes nothing when an open duty is opened again",
    run: ({journal}) => {
      const told = listen(journal);
      journal.open(KEY, DUE_MS);
      journal.reached(KEY, "seen", 7);
      journal.open(KEY, DUE_MS + 1);
      assert.equal(told.length, 2);
      journal.reached(KEY, "data", 8);
      assert.deepEqual(told.at(-1), {key: KEY, dueMs: DUE_MS, reachedMs: {seen: 7, data: 8}, end: null});
    },
  },
  {
    name: "tells every stage with its time",
    run: ({journal}) => {
      const told = listen(journal);
      journal.open(KEY, DUE_MS);
      DUTY_STAGES.forEach((stage, at) => {
        journal.reached(KEY, stage, at);
      });
      const expected = Object.fromEntries(DUTY_STAGES.map((stage, at) => [stage, at]));
      assert.equal(told.length, 1 + DUTY_STAGES.length);
      assert.deepEqual(told.at(-1)?.reachedMs, expected);
    },
  },
  {
    name: "keeps the first time of a stage",
    run: ({journal}) => {
      const told = listen(journal);
      journal.open(KEY, DUE_MS);
      journal.reached(KEY, "published", 5);
      journal.reached(KEY, "published", 6);
      journal.close(KEY);
      assert.deepEqual(
        told.map(({reachedMs}) => reachedMs.published),
        [undefined, 5, 5],
      );
    },
  },
  {
    name: "opens a stage again that was undone",
    run: ({journal}) => {
      const told = listen(journal);
      journal.open(KEY, DUE_MS);
      journal.reached(KEY, "published", 5);
      journal.reached(KEY, "included", 6);
      journal.undone(KEY, "included");
      assert.deepEqual(told.at(-1)?.reachedMs, {published: 5});
      journal.reached(KEY, "included", 8);
      assert.deepEqual(told.at(-1)?.reachedMs, {published: 5, included: 8});
    },
  },
  {
    name: "ends a duty as done, failed or withdrawn",
    run: ({journal}) => {
      const told = listen(journal);
      const keys = [1, 2, 3].map((index) => keyOf({index}));
      for (const key of keys) journal.open(key, DUE_MS);
      const [done, failed, withdrawn] = keys as [DutyKey, DutyKey, DutyKey];
      journal.close(done);
      journal.fail(failed, "BEACON_DATA_LATE", "no answer");
      journal.withdraw(withdrawn);
      assert.deepEqual(
        told.slice(3).map(({key, end}) => ({key, end})),
        [
          {key: done, end: {kind: "done"}},
          {key: failed, end: {kind: "failed", reason: "BEACON_DATA_LATE", detail: "no answer"}},
          {key: withdrawn, end: {kind: "withdrawn"}},
        ],
      );
    },
  },
  {
    name: "leaves what has ended as it was",
    run: ({journal}) => {
      const told = listen(journal);
      const endings: readonly ((key: DutyKey) => void)[] = [
        (key) => journal.close(key),
        (key) => journal.withdraw(key),
        (key) => journal.fail(key, "DOUBLE_VOTE", ""),
      ];
      endings.forEach((end, index) => {
        const key = keyOf({index});
        journal.open(key, DUE_MS);
        end(key);
        const toldBefore = told.length;
        for (const attempt of attempts(journal, key)) attempt();
        assert.equal(told.length, toldBefore);
      });
    },
  },
  {
    name: "does not open again what was done or failed in a slot that is not over",
    run: ({journal}) => {
      const [done, failed] = [keyOf({index: 1}), keyOf({index: 2})];
      for (const key of [done, failed]) journal.open(key, DUE_MS);
      journal.close(done);
      journal.fail(failed, "DOUBLE_VOTE", "");
      const told = listen(journal);
      for (const key of [done, failed]) {
        journal.open(key, DUE_MS);
        for (const attempt of attempts(journal, key)) attempt();
      }
      assert.deepEqual(told, []);
    },
  },
  {
    name: "withdraws nothing that was recorded for signing",
    run: ({journal}) => {
      const told = listen(journal);
      journal.open(KEY, DUE_MS);
      journal.reached(KEY, "recorded", 5);
      journal.withdraw(KEY);
      assert.equal(told.at(-1)?.end, null);
      journal.close(KEY);
      assert.deepEqual(told.at(-1)?.end, {kind: "done"});
    },
  },
  {
    name: "opens a withdrawn duty anew",
    run: ({journal}) => {
      const told = listen(journal);
      journal.open(KEY, DUE_MS);
      journal.reached(KEY, "seen", 5);
      journal.withdraw(KEY);
      journal.open(KEY, DUE_MS + 1);
      assert.deepEqual(told.at(-1), {key: KEY, dueMs: DUE_MS + 1, reachedMs: {}, end: null});
    },
  },
  {
    name: "knows nothing of a duty that was never opened",
    run: ({journal}) => {
      const told = listen(journal);
      for (const attempt of attempts(journal, KEY)) attempt();
      assert.deepEqual(told, []);
    },
  },
  {
    name: "keeps contributions to several subcommittees apart",
    run: ({journal}) => {
      const [first, second] = [0, 1].map((subcommitteeIndex) => ({
        ...keyOf({kind: "sync_contribution"}),
        subcommitteeIndex,
      }));
      assert.ok(first !== undefined && second !== undefined);
      journal.open(first, DUE_MS);
      journal.open(second, DUE_MS);
      const told = listen(journal);
      journal.close(first);
      journal.reached(second, "signed", 5);
      assert.deepEqual(
        told.map(({key, end}) => [key.subcommitteeIndex, end?.kind ?? null]),
        [
          [0, "done"],
          [1, null],
        ],
      );
    },
  },
  {
    name: "keeps duties apart by kind, slot and validator",
    run: ({journal}) => {
      const keys = [KEY, keyOf({kind: "aggregation"}), keyOf({slot: 10}), keyOf({index: 2})];
      for (const key of keys) journal.open(key, DUE_MS);
      const told = listen(journal);
      journal.fail(KEY, "DOUBLE_VOTE", "");
      keys.slice(1).forEach((key, at) => {
        journal.reached(key, "seen", at);
      });
      assert.deepEqual(
        told.map(({key, end, reachedMs}) => [key, end?.kind ?? null, reachedMs.seen]),
        [
          [keys[0], "failed", undefined],
          [keys[1], null, 0],
          [keys[2], null, 1],
          [keys[3], null, 2],
        ],
      );
    },
  },
  {
    name: "tells every listener until it cancels",
    run: ({journal}) => {
      const told: DutyRecord["end"][][] = [[], []];
      const [cancel] = told.map((ends) => journal.subscribe(({end}) => ends.push(end)));
      journal.open(KEY, DUE_MS);
      for (let times = 0; times < 2; times++) cancel?.();
      journal.close(KEY);
      assert.deepEqual(told, [[null], [null, {kind: "done"}]]);
    },
  },
  {
    name: "takes each subscription for one of its own",
    run: ({journal}) => {
      let calls = 0;
      const listener = () => {
        calls++;
      };
      const [cancel] = [journal.subscribe(listener), journal.subscribe(listener)];
      journal.open(KEY, DUE_MS);
      assert.equal(calls, 2);
      for (let times = 0; times < 2; times++) cancel?.();
      journal.close(KEY);
      assert.equal(calls, 3);
    },
  },
];

/** What every adapter of the port `DutyJournal` has to do. */
export const dutyJournalContract = contractOf(DUTY_JOURNAL_CHECKS);
