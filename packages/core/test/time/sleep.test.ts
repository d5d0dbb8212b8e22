import assert from "node:assert/strict";
import {getEventListeners} from "node:events";
import {sleep} from "../../src/time/sleep.ts";
import {HandClock} from "./hand-clock.ts";

/** Lets every promise reaction that is due run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function watch(promise: Promise<void>): Promise<{done: boolean}> {
  const state = {done: false};
  void promise.then(() => {
    state.done = true;
  });
  await settle();
  return state;
}

describe("sleep", () => {
  it("ends after its time", async () => {
    const clock = new HandClock();
    const state = await watch(sleep(clock, 100));
    clock.pass(99);
    await settle();
    assert.equal(state.done, false);
    clock.pass(1);
    await settle();
    assert.equal(state.done, true);
  });

  it("ends at once when aborted, and leaves no timer", async () => {
    const clock = new HandClock();
    const abort = new AbortController();
    const state = await watch(sleep(clock, 100, abort.signal));
    assert.equal(state.done, false);
    abort.abort();
    await settle();
    assert.equal(state.done, true);
    assert.equal(clock.timerCount, 0);
  });

  it("does not begin when aborted before", async () => {
    const clock = new HandClock();
    await sleep(clock, 100, AbortSignal.abort());
    assert.equal(clock.timerCount, 0);
  });

  it("leaves no listener on a signal that outlives it", async () => {
    const clock = new HandClock();
    const abort = new AbortController();
    for (let i = 0; i < 20; i++) {
      const asleep = sleep(clock, 1, abort.signal);
      clock.pass(1);
      await asleep;
    }
    assert.equal(getEventListeners(abort.signal, "abort").length, 0);
  });
});
