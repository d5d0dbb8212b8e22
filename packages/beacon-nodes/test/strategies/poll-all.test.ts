import assert from "node:assert/strict";
import {FakeClock} from "@mote/testing";
import {pollAll} from "../../src/strategies/poll-all.ts";
import {LEFT_OVER_MS} from "../../src/strategies/timing.ts";

describe("polling all nodes", () => {
  function begin(replies: readonly Promise<number>[]) {
    const clock = new FakeClock({nowMs: 0});
    const signals: AbortSignal[] = [];
    const overtaken: string[] = [];
    const polling = new AbortController();
    let told = 0;
    const crashes: unknown[] = [];
    const askers = replies.map((reply, node) => ({
      name: `bn${node}`,
      ask: (signal: AbortSignal) => {
        signals.push(signal);
        return reply;
      },
      onOvertaken: () => overtaken.push(`bn${node}`),
    }));
    const answers = pollAll(
      askers,
      {intervalMs: 250, signal: polling.signal},
      {clock, onAnswer: () => told++, onCrash: (error) => crashes.push(error)},
    );
    return {clock, signals, overtaken, polling, answers, crashes, told: () => told};
  }

  it("lets what is under way at the end finish, keeps its sockets, and drops its answers", async () => {
    const {promise, resolve} = Promise.withResolvers<number>();
    const {clock, signals, polling, answers, told} = begin([promise, Promise.resolve(1)]);
    await clock.advance(0);
    assert.equal(told(), 1);
    polling.abort();
    await clock.advance(LEFT_OVER_MS - 1);
    resolve(2);
    await clock.advance(LEFT_OVER_MS);
    assert.ok(signals.every(({aborted}) => !aborted));
    assert.equal(told(), 1);
    assert.equal(answers[0]?.answer.kind, "waiting");
  });

  it("aborts what hangs on, which counts against the node", async () => {
    const {clock, signals, overtaken, polling} = begin([new Promise(() => {})]);
    polling.abort();
    await clock.advance(LEFT_OVER_MS - 1);
    assert.deepEqual(
      signals.map(({aborted}) => aborted),
      [false],
    );
    await clock.advance(1);
    assert.deepEqual(
      signals.map(({aborted}) => aborted),
      [true],
    );
    assert.deepEqual(overtaken, ["bn0"]);
  });

  it("asks again in its interval, and not after the end", async () => {
    const {clock, signals, polling} = begin([Promise.resolve(1)]);
    await clock.advance(500);
    assert.equal(signals.length, 3);
    polling.abort();
    await clock.advance(5_000);
    assert.equal(signals.length, 3);
  });

  it("tells of a bug", async () => {
    const {clock, crashes} = begin([Promise.reject(new TypeError("a bug"))]);
    await clock.advance(0);
    assert.equal(crashes.length, 1);
  });
});
