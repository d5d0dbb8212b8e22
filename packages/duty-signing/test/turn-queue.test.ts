import assert from "node:assert/strict";
import {TurnQueue} from "../src/turn-queue.ts";
import {URGENCIES, type Urgency} from "../src/urgency.ts";
import {immediate} from "./gate-fixture.ts";

/** A queue whose every piece of work takes `workMs`, with a note of what ran and when it yielded. */
function queueOf(workMs: number) {
  const notes: string[] = [];
  let nowMs = 1000;
  const queue = new TurnQueue({
    nowMs: () => nowMs,
    yieldToEventLoop: () => {
      notes.push("yield");
      return immediate();
    },
  });
  const add = (name: string, urgency: Urgency = "vote") =>
    queue.run(urgency, async () => {
      notes.push(name);
      nowMs += workMs;
      return name;
    });
  return {notes, queue, add};
}

describe("TurnQueue", () => {
  it("runs what is urgent first, and equals in their order", async () => {
    const {notes, add} = queueOf(0);
    await Promise.all([add("a", "background"), add("b", "background"), add("c"), add("d")]);
    assert.deepEqual(notes, ["yield", "c", "d", "a", "b"]);
  });

  it("runs proposals before votes, votes before the rest, and what can wait last", async () => {
    const {notes, add} = queueOf(0);
    await Promise.all(URGENCIES.toReversed().map((urgency) => add(urgency, urgency)));
    assert.deepEqual(notes, ["yield", "proposal", "vote", "sync_committee", "payload_attestation", "background"]);
  });

  it("yields after each slice, whichever way the clock goes", async () => {
    for (const workMs of [1, -1]) {
      const {notes, add} = queueOf(workMs);
      await Promise.all(["a", "b", "c", "d", "e"].map((name) => add(name)));
      assert.deepEqual(notes, ["yield", "a", "b", "yield", "c", "d", "yield", "e"]);
    }
  });

  it("holds nobody up for work that waits", async () => {
    const {queue, add} = queueOf(1);
    const waiting = queue.run("vote", () => new Promise<never>(() => {}));
    assert.equal(await add("b"), "b");
    void waiting;
  });

  it("gives each failure to its own caller and goes on", async () => {
    const {queue, add} = queueOf(1);
    const thrower = (): never => {
      throw new Error("at once");
    };
    const thrown = queue.run("vote", thrower);
    const rejected = queue.run("vote", async () => thrower());
    const next = add("next");
    await assert.rejects(thrown, /at once/);
    await assert.rejects(rejected, /at once/);
    assert.equal(await next, "next");
    assert.equal(await add("later"), "later");
  });
});
