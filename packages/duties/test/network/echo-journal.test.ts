import assert from "node:assert/strict";
import type {DutyKind, ValidatorInfo} from "@mote/core";
import {dutyJournalContract, FakeDutyJournal} from "@mote/testing";
import {dutyKey} from "../../src/duty-key.ts";
import {EchoJournal} from "../../src/network/echo-journal.ts";
import {echo, seenBlock} from "../support/network.ts";
import {duty, fakeTime, SLOT_MS, validator} from "../support/world.ts";

const SLOT = 9;
const KINDS = ["attestation", "proposal", "sync_message", "payload_attestation", "aggregation"] as const;
const keyOf = (kind: Exclude<DutyKind, "sync_contribution">, index = 1) => dutyKey(kind, duty(index, SLOT));

describe("EchoJournal", () => {
  function setUp(opened: readonly Exclude<DutyKind, "sync_contribution">[] = KINDS) {
    const written = new FakeDutyJournal();
    const ours: readonly ValidatorInfo[] = [validator(1), validator(2)];
    const registry = {validatorAt: (at: number) => ours.find(({index}) => index === at) ?? null};
    const {clock, slotClock} = fakeTime(SLOT);
    const stopping = new AbortController();
    const work: Promise<void>[] = [];
    const journal = new EchoJournal(
      {inBackground: (begin) => void work.push(begin(stopping.signal))},
      {journal: written, registry, slotClock},
    );
    for (const kind of opened) for (const {index} of ours) journal.open(keyOf(kind, index), 0);
    const stop = async () => {
      stopping.abort();
      await Promise.all(work);
    };
    return {written, journal, clock, stop};
  }

  dutyJournalContract(() => ({journal: setUp([]).journal}));

  it("writes the echo into the record of the message that came back, with the first time", () => {
    const {written, journal} = setUp();
    journal.onNetworkEvent(echo("attestation", 1, SLOT, 500));
    journal.onNetworkEvent(echo("attestation", 1, SLOT, 600));
    journal.onNetworkEvent(echo("proposal", 2, SLOT, 300));
    journal.onNetworkEvent(seenBlock(SLOT, 100));
    assert.equal(written.of(1, SLOT)?.reachedMs.echoed, 500);
    assert.equal(written.of(2, SLOT)?.reachedMs.echoed, undefined);
    assert.equal(written.of(2, SLOT, "proposal")?.reachedMs.echoed, 300);
  });

  it("counts an echo after the vote was included, too, and drops those of strangers and of what nobody opened", () => {
    const {written, journal} = setUp();
    journal.reached(keyOf("attestation"), "included", 100);
    journal.onNetworkEvent(echo("attestation", 1, SLOT, 500));
    assert.equal(written.of(1, SLOT)?.reachedMs.echoed, 500);
    journal.onNetworkEvent(echo("sync_message", 7, SLOT, 500));
    journal.onNetworkEvent(echo("sync_contribution", 1, SLOT, 500));
    journal.onNetworkEvent(echo("sync_message", 1, SLOT + 1, 500));
    assert.equal(written.of(1, SLOT, "sync_message")?.reachedMs.echoed, undefined);
  });

  for (const kind of ["sync_message", "payload_attestation"] as const) {
    it(`keeps a ${kind} that is out open for its echo, and ends it with that`, () => {
      const {written, journal} = setUp();
      for (const index of [1, 2]) journal.close(keyOf(kind, index));
      assert.equal(written.endOf(1, SLOT, kind), null);
      journal.onNetworkEvent(echo(kind, 1, SLOT, 500));
      assert.equal(written.of(1, SLOT, kind)?.reachedMs.echoed, 500);
      assert.equal(written.endOf(1, SLOT, kind), "done");
      assert.equal(written.endOf(2, SLOT, kind), null);
    });
  }

  it("ends it two slots after its own began when no peer hands it back", async () => {
    const {written, journal, clock} = setUp();
    journal.close(keyOf("sync_message", 1));
    await clock.advance(2 * SLOT_MS - 1);
    journal.close(keyOf("sync_message", 2));
    assert.equal(written.endOf(1, SLOT, "sync_message"), null);
    await clock.advance(1);
    for (const index of [1, 2]) assert.equal(written.endOf(index, SLOT, "sync_message"), "done");
    assert.equal(written.of(1, SLOT, "sync_message")?.reachedMs.echoed, undefined);
  });

  it("lets nothing happen to it any more meanwhile", async () => {
    const {written, journal, stop} = setUp();
    const key = keyOf("sync_message");
    journal.reached(key, "published", 400);
    journal.close(key);
    journal.fail(key, "SLOT_PASSED_BY", "asleep");
    journal.withdraw(key);
    journal.reached(key, "signed", 450);
    await stop();
    assert.equal(written.endOf(1, SLOT, "sync_message"), "done");
    assert.deepEqual(written.of(1, SLOT, "sync_message")?.reachedMs, {published: 400});
  });

  it("ends everything when Mote stops, and what is done after that at once", async () => {
    const {written, journal, stop} = setUp();
    journal.close(keyOf("sync_message", 1));
    await stop();
    assert.equal(written.endOf(1, SLOT, "sync_message"), "done");
    journal.close(keyOf("payload_attestation", 2));
    assert.equal(written.endOf(2, SLOT, "payload_attestation"), "done");
  });

  it("ends at once what no peer hands back", () => {
    const {written, journal} = setUp();
    journal.close(keyOf("aggregation"));
    assert.equal(written.endOf(1, SLOT, "aggregation"), "done");
  });
});
