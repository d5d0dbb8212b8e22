import assert from "node:assert/strict";
import {type DutyKey, type Pubkey, type Slot, SlotClock, type ValidatorIndex} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {DutyLog} from "../../src/journal/duty-log.ts";
import {Journal} from "../../src/journal/journal.ts";
import {LineLog} from "../../src/log/line-log.ts";

const key = (validatorIndex: number, kind: DutyKey["kind"] = "attestation", slot = 9): DutyKey => ({
  kind,
  slot: slot as Slot,
  validatorIndex: validatorIndex as ValidatorIndex,
  pubkey: `0x${validatorIndex}` as Pubkey,
});

describe("DutyLog", () => {
  function setUp(format: "human" | "json") {
    const clock = new FakeClock({nowMs: 0});
    const slotClock = new SlotClock({genesisTimeSec: 0, slotDurationMs: 6000, slotsPerEpoch: 8}, {clock});
    const lines: string[] = [];
    const log = new LineLog({level: "info", format}, {clock, sink: {write: (line) => lines.push(line)}});
    const journal = new Journal();
    const dutyLog = new DutyLog({rssBytes: () => 1}, {log, slotClock});
    dutyLog.watch(journal);
    const words = () => lines.map((line) => line.slice("00:00:00 ".length).trim());
    return {journal, dutyLog, lines, words, clock};
  }
  const vote = (journal: Journal, index: number) => {
    journal.open(key(index), 100);
    journal.reached(key(index), "seen", 50);
    journal.reached(key(index), "published", 61);
  };

  it("has one line a slot for people", () => {
    const {journal, words} = setUp("human");
    for (const index of [4, 7]) vote(journal, index);
    for (const index of [4, 7]) journal.reached(key(index), "included", 90);
    assert.deepEqual(words(), ["slot 9 · epoch 1 · 2 of 2 votes sent · in 11 ms · all included · validators 4 7"]);
  });

  it("says with the reason which votes were not cast", () => {
    const {journal, words} = setUp("human");
    for (const index of [4, 7]) journal.open(key(index), 100);
    for (const index of [4, 7]) journal.fail(key(index), "BEACON_DATA_LATE", "bn0: no answer yet");
    assert.equal(words()[0], "slot 9 · epoch 1 · 0 of 2 votes sent · BEACON_DATA_LATE · validators 4 7");
    assert.equal(
      words()[1],
      '! slot 9: 2 of 2 votes not cast  reason=BEACON_DATA_LATE detail="bn0: no answer yet" validators="4 7"',
    );
  });

  it("says together what fails together", async () => {
    const {journal, words} = setUp("human");
    for (const index of [1, 2, 3]) journal.open(key(index, "aggregation"), 100);
    for (const index of [1, 2, 3]) journal.fail(key(index, "aggregation"), "NO_AGGREGATE", "none in time");
    await Promise.resolve();
    assert.deepEqual(words(), [
      '! slot 9: 3 aggregates failed  reason=NO_AGGREGATE detail="none in time" validators="1 2 3"',
    ]);
  });

  describe("with a failure that goes on", () => {
    const SLOT_MS = 6000;
    /** Slot by slot, whether that slot's sync message goes out; `null`: none is due. */
    async function slots(outcomes: readonly (boolean | null)[], kind: DutyKey["kind"] = "sync_message") {
      const {journal, words, clock} = setUp("human");
      for (const [slot, goesOut] of outcomes.entries()) {
        if (goesOut !== null) {
          const duty = key(3, kind, slot);
          journal.open(duty, slot * SLOT_MS);
          if (goesOut) journal.reached(duty, "published", slot * SLOT_MS);
          else journal.fail(duty, "NO_BEACON_NODE", `bn0: at slot ${slot}`);
        }
        await clock.advance(SLOT_MS);
      }
      return words();
    }

    it("says it once, and sums it up when it is over", async () => {
      assert.deepEqual(await slots([true, false, false, false, false, true, true, true]), [
        '! slot 1: sync message failed  reason=NO_BEACON_NODE detail="bn0: at slot 1" validators=3',
        "slots 1 to 4: 4 sync messages failed in all; that is over  reason=NO_BEACON_NODE",
      ]);
    });

    it("has nothing to add to a single one, and says the next one again", async () => {
      const first = '! slot 1: sync message failed  reason=NO_BEACON_NODE detail="bn0: at slot 1" validators=3';
      assert.deepEqual(await slots([true, false, true, true]), [first]);
      assert.deepEqual(await slots([true, false, true, true, false]), [
        first,
        '! slot 4: sync message failed  reason=NO_BEACON_NODE detail="bn0: at slot 4" validators=3',
      ]);
    });

    it("does not take it for over because another message went out between two failures", async () => {
      assert.equal((await slots([false, true, false, true, false, true, false])).length, 1);
    });

    it("says each block", async () => {
      assert.equal((await slots([false, false, false], "proposal")).length, 3);
    });
  });

  it("has one line for a block, as soon as it is out", () => {
    const {journal, words} = setUp("human");
    const block = key(5, "proposal");
    journal.open(block, 54_000);
    journal.reached(block, "published", 54_120);
    journal.reached(block, "included", 54_300);
    journal.close(block);
    assert.deepEqual(words(), ["slot 9 · epoch 1 · block proposed 120 ms into the slot · validator 5"]);
  });

  it("is silent about duties given up because Mote stops", async () => {
    const {journal, lines} = setUp("human");
    journal.open(key(1, "aggregation"), 100);
    journal.fail(key(1, "aggregation"), "SHUTTING_DOWN", "");
    await Promise.resolve();
    assert.deepEqual(lines, []);
  });

  it("leaves a JSON line for every duty, also for those that the end of the process leaves open", () => {
    const {journal, dutyLog, lines} = setUp("json");
    vote(journal, 4);
    vote(journal, 7);
    journal.open(key(8, "attestation", 12), 100);
    journal.close(key(4));
    dutyLog.finish(journal.openRecords());
    const duties = lines.map((line) => JSON.parse(line)).filter(({event}) => event === "duty");
    assert.deepEqual(
      duties.map(({validatorIndex, end}) => [validatorIndex, end?.kind ?? null]),
      [
        [4, "done"],
        [7, null],
      ],
    );
  });
});
