import assert from "node:assert/strict";
import {FakeClock} from "@mote/testing";
import {BeaconNodeError} from "../../src/beacon-node-error.ts";
import {RefusedAnswerError} from "../../src/strategies/answer-check.ts";
import {type FirstOutcome, first} from "../../src/strategies/first.ts";
import {LEFT_OVER_MS, POLL_INTERVAL_MS} from "../../src/strategies/timing.ts";

const fault = (beaconNode: string) => new BeaconNodeError({reason: "UNREACHABLE", beaconNode, route: "r", detail: "d"});
const refusal = {reason: "BEACON_DATA_INVALID", detail: "d"} as const;

type Deed = "ok" | "fail" | "hang" | "crash" | "refused";

describe("first", () => {
  const HEDGE_MS = 100;
  const UNTIL_MS = 3_000;

  /** A node does its deeds in their order, the last one for good. */
  function run(
    nodes: Record<string, Deed | Deed[]>,
    {untilMs = null, hedgeDelayMs = HEDGE_MS}: {untilMs?: number | null; hedgeDelayMs?: number | null} = {},
  ) {
    const clock = new FakeClock({nowMs: 0});
    const asked: string[] = [];
    const overtaken: string[] = [];
    const signals: AbortSignal[] = [];
    const askers = Object.entries(nodes).map(([name, does]) => {
      const deeds = [does].flat();
      const ask = async (signal: AbortSignal) => {
        asked.push(name);
        signals.push(signal);
        const deed = deeds.length > 1 ? deeds.shift() : deeds[0];
        if (deed === "hang") return new Promise<string>(() => {});
        if (deed === "fail") throw fault(name);
        if (deed === "refused") throw new RefusedAnswerError({beaconNode: name, what: "it", refusal});
        if (deed === "crash") throw new TypeError("a bug");
        return `of ${name}`;
      };
      return {name, ask, hedgeDelayMs, onOvertaken: () => overtaken.push(name)};
    });
    const stopping = new AbortController();
    const init = {untilMs, asksAgain: untilMs !== null, signal: stopping.signal};
    const result = first(askers, init, {clock});
    result.catch(() => {});
    return {clock, asked, overtaken, signals, stopping, result};
  }

  const winner = async (result: Promise<FirstOutcome<string>>) => {
    const outcome = await result;
    return outcome.kind === "answered" ? outcome.beaconNode : outcome.answers.map(({answer}) => answer.kind).join();
  };

  it("asks one when one will do", async () => {
    const {asked, result} = run({a: "ok", b: "ok"});
    assert.deepEqual(await result, {kind: "answered", beaconNode: "a", value: "of a"});
    assert.deepEqual(asked, ["a"]);
  });

  it("asks the next when one fails", async () => {
    const {asked, overtaken, result} = run({a: "fail", b: "fail", c: "ok"});
    assert.equal(await winner(result), "c");
    assert.deepEqual(asked, ["a", "b", "c"]);
    assert.deepEqual(overtaken, []);
  });

  it("asks the next beside one that is late, which counts against that one", async () => {
    const {clock, asked, overtaken, result} = run({a: "hang", b: "ok"});
    await clock.advance(HEDGE_MS - 1);
    assert.deepEqual(asked, ["a"]);
    await clock.advance(1);
    assert.equal(await winner(result), "b");
    assert.deepEqual(overtaken, ["a"]);
  });

  it("aborts what is left over, but not before it had time to end by itself", async () => {
    const {clock, signals, result} = run({a: "hang", b: "ok"});
    await clock.advance(HEDGE_MS);
    await result;
    await clock.advance(LEFT_OVER_MS - 1);
    assert.ok(signals.every(({aborted}) => !aborted));
    await clock.advance(1);
    assert.ok(signals.every(({aborted}) => aborted));
  });

  it("asks the next at once when a hedge fails", async () => {
    const {clock, asked, result} = run({a: "hang", b: "fail", c: "ok"});
    await clock.advance(HEDGE_MS);
    assert.equal(await winner(result), "c");
    assert.deepEqual(asked, ["a", "b", "c"]);
  });

  it("never asks beside a node that is to be waited for", async () => {
    const {clock, asked, result} = run({a: "hang", b: "ok"}, {hedgeDelayMs: null, untilMs: UNTIL_MS});
    await clock.advance(UNTIL_MS - 1);
    assert.deepEqual(asked, ["a"]);
    await clock.advance(1);
    assert.equal(await winner(result), "waiting,waiting");
  });

  it("asks the next when a node that is to be waited for fails", async () => {
    const {asked, result} = run({a: "fail", b: "ok"}, {hedgeDelayMs: null});
    assert.equal(await winner(result), "b");
    assert.deepEqual(asked, ["a", "b"]);
  });

  it("ends with every reason when all fail, or there is none", async () => {
    assert.equal(await winner(run({a: "fail", b: "fail"}).result), "fault,fault");
    assert.equal(await winner(run({}).result), "");
  });

  describe("with time to ask again", () => {
    it("asks those that failed, until one has it", async () => {
      const {clock, asked, result} = run({a: ["fail", "fail", "ok"], b: "hang"}, {untilMs: UNTIL_MS});
      await clock.advance(2 * POLL_INTERVAL_MS);
      assert.equal(await winner(result), "a");
      assert.deepEqual(asked, ["a", "b", "a", "a"]);
    });

    it("gives up when the time is up", async () => {
      const {clock, overtaken, result} = run({a: "fail", b: "hang"}, {untilMs: UNTIL_MS});
      await clock.advance(UNTIL_MS);
      assert.equal(await winner(result), "fault,waiting");
      assert.deepEqual(overtaken, ["b"]);
      const {asked} = run({a: "fail"});
      await clock.advance(UNTIL_MS);
      assert.deepEqual(asked, ["a"]);
    });

    it("leaves out a node whose answer was refused, and gives up at once when all were", async () => {
      const {clock, asked, result} = run({a: "refused", b: ["fail", "refused"]}, {untilMs: UNTIL_MS});
      await clock.advance(POLL_INTERVAL_MS);
      assert.equal(await winner(result), "fault,fault");
      assert.deepEqual(asked, ["a", "b", "b"]);
    });
  });

  it("ends when it is stopped, also before it began", async () => {
    const {stopping, result} = run({a: "hang"});
    stopping.abort();
    assert.equal(await winner(result), "waiting");
    const clock = new FakeClock({nowMs: 0});
    const asker = {name: "a", ask: () => assert.fail("asked"), hedgeDelayMs: null, onOvertaken: () => {}};
    const init = {untilMs: null, asksAgain: false, signal: AbortSignal.abort()};
    assert.equal((await first([asker], init, {clock})).kind, "none");
  });

  it("does not hide a bug", async () => {
    await assert.rejects(run({a: "crash", b: "ok"}).result, TypeError);
  });
});
