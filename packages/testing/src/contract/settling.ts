import assert from "node:assert/strict";
import type {FakeClock} from "../clock/fake-clock.ts";

/** Bounds of waiting, in turns of the event loop: a subject that never answers fails its check instead of hanging it. */
const PROMPT_TURNS_MAX = 20_000;
const STEP_TURNS_MAX = 60;
const STEP_MS = 50;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Settled<T> = {readonly value: T} | {readonly error: unknown};

/** Watches a promise without waiting for it. */
class Watch<T> {
  settled: Settled<T> | null = null;

  constructor(promise: Promise<T>) {
    promise.then(
      (value) => {
        this.settled = {value};
      },
      (error: unknown) => {
        this.settled = {error};
      },
    );
  }

  async turnUntilSettled(turnsMax: number): Promise<void> {
    for (let turns = 0; turns < turnsMax && this.settled === null; turns++) await turn();
  }

  result(what: string): T {
    assert.ok(this.settled !== null, `${what} has not ended`);
    if ("error" in this.settled) assert.fail(`${what} rejected: ${this.settled.error}`);
    return this.settled.value;
  }
}

/** What `promise` resolves with while the clock stands still. Sockets may work meanwhile. */
export async function promptly<T>(promise: Promise<T>, what = "the call"): Promise<T> {
  const watch = new Watch(promise);
  await watch.turnUntilSettled(PROMPT_TURNS_MAX);
  return watch.result(what);
}

/** Asserts that `promise` rejects while the clock stands still. */
export async function rejectsPromptly(promise: Promise<unknown>, what: string): Promise<void> {
  const watch = new Watch(promise);
  await watch.turnUntilSettled(PROMPT_TURNS_MAX);
  assert.ok(watch.settled !== null && "error" in watch.settled, `${what} did not reject`);
}

/** What `promise` resolves with when time goes on, at the latest at `untilMs`. */
export async function settledBy<T>(promise: Promise<T>, clock: FakeClock, untilMs: number): Promise<T> {
  const watch = new Watch(promise);
  await watch.turnUntilSettled(STEP_TURNS_MAX);
  while (watch.settled === null && clock.nowMs() < untilMs) {
    await clock.advance(Math.min(STEP_MS, untilMs - clock.nowMs()));
    await watch.turnUntilSettled(STEP_TURNS_MAX);
  }
  return watch.result("the call");
}

/** Lets time go on to `untilMs` and asserts that `promise` waits. */
export async function waitsUntil(promise: Promise<unknown>, clock: FakeClock, untilMs: number): Promise<void> {
  const watch = new Watch(promise);
  while (clock.nowMs() < untilMs) {
    await clock.advance(Math.min(STEP_MS, untilMs - clock.nowMs()));
    await watch.turnUntilSettled(STEP_TURNS_MAX);
    assert.ok(watch.settled === null, `the call ended ${untilMs - clock.nowMs()} ms early`);
  }
}
