import type {DutyJournal, DutyRecord} from "@mote/core";
import {DUTY_JOURNAL_CHECKS, dutyJournalContract} from "../../src/duty-journal/duty-journal-contract.ts";
import {FakeDutyJournal} from "../../src/duty-journal/fake-duty-journal.ts";
import {declareFlaws, override} from "../support/flaws.ts";

const flawed = (flaw: (sound: FakeDutyJournal) => Partial<DutyJournal>) => () => {
  const journal = new FakeDutyJournal();
  return {journal: override<DutyJournal>(journal, flaw(journal))};
};

describe("FakeDutyJournal keeps the contract of its port", () => {
  dutyJournalContract(() => ({journal: new FakeDutyJournal()}));
});

describe("the suite of DutyJournal", () => {
  const isMute = flawed(() => ({subscribe: () => () => {}}));
  const startsAnew = flawed((sound) => ({
    open: (key, dueMs) => {
      sound.withdraw(key);
      sound.open(key, dueMs);
    },
  }));
  const takesTheLastTime = flawed((sound) => {
    const times = new Map<string, number>();
    return {
      reached: (key, stage, atMs) => {
        times.set(stage, atMs);
        sound.reached(key, stage, atMs);
      },
      subscribe: (listener) => sound.subscribe((record) => listener({...record, reachedMs: Object.fromEntries(times)})),
    };
  });
  const closesWhatHasFailed = flawed((sound) => {
    const listeners: ((record: DutyRecord) => void)[] = [];
    return {
      subscribe: (listener) => {
        listeners.push(listener);
        return sound.subscribe(listener);
      },
      close: (key) => {
        sound.close(key);
        for (const tell of listeners) tell({key, dueMs: 0, reachedMs: {}, end: {kind: "done"}});
      },
    };
  });
  const opensWhatHasEnded = flawed((sound) => {
    const listeners: ((record: DutyRecord) => void)[] = [];
    return {
      subscribe: (listener) => {
        listeners.push(listener);
        return sound.subscribe(listener);
      },
      open: (key, dueMs) => {
        if (sound.of(key.validatorIndex, key.slot)?.end == null) return sound.open(key, dueMs);
        for (const tell of listeners) tell({key, dueMs, reachedMs: {}, end: null});
      },
    };
  });
  const knowsListenersByIdentity = flawed((sound) => {
    const listeners = new Set<(record: DutyRecord) => void>();
    sound.subscribe((record) => {
      for (const tell of listeners) tell(record);
    });
    return {
      subscribe: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  });
  const opensByItself = flawed((sound) => ({
    reached: (key, stage, atMs) => {
      sound.open(key, 0);
      sound.reached(key, stage, atMs);
    },
  }));
  const withdrawsTheRecorded = flawed((sound) => ({withdraw: (key) => sound.fail(key, "INTERNAL_ERROR", "withdrawn")}));
  const opensOnce = flawed((sound) => {
    const opened = new Set<number>();
    return {
      open: (key, dueMs) => {
        if (!opened.has(key.validatorIndex)) sound.open(key, dueMs);
        opened.add(key.validatorIndex);
      },
    };
  });

  declareFlaws(DUTY_JOURNAL_CHECKS, {
    "tells of a duty that was opened": isMute,
    "changes nothing when an open duty is opened again": startsAnew,
    "tells every stage with its time": flawed(() => ({reached: () => {}})),
    "keeps the first time of a stage": takesTheLastTime,
    "opens a stage again that was undone": flawed(() => ({undone: () => {}})),
    "ends a duty as done, failed or withdrawn": flawed((sound) => ({fail: (key) => sound.close(key)})),
    "leaves what has ended as it was": closesWhatHasFailed,
    "does not open again what was done or failed in a slot that is not over": opensWhatHasEnded,
    "withdraws nothing that was recorded for signing": withdrawsTheRecorded,
    "opens a withdrawn duty anew": opensOnce,
    "knows nothing of a duty that was never opened": opensByItself,
    "keeps contributions to several subcommittees apart": opensOnce,
    "keeps duties apart by kind, slot and validator": opensOnce,
    "tells every listener until it cancels": flawed((sound) => ({
      subscribe: (listener) => {
        sound.subscribe(listener);
        return () => {};
      },
    })),
    "takes each subscription for one of its own": knowsListenersByIdentity,
  });
});
