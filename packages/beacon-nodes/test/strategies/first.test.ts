import assert from "node:assert/strict";
import {FakeClock} from "@mote/testing";
import {BeaconNodeError, NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import {first} from "../../src/strategies/first.ts";

const fault = (beaconNode: string) => new BeaconNodeError({reason: "UNREACHABLE", beaconNode, route: "r", detail: "d"});

describe("first", () => {
  const HEDGE_MS = 1_000;

  function run(nodes: Record<string, "ok" | "fail" | "hang" | "crash">) {
    const clock = new FakeClock({nowMs: 0});
    const asked: string[] = [];
    const signals: AbortSignal[] = [];
    const ask = async (node: string, signal: AbortSignal) => {
      asked.push(node);
      signals.push(signal);
      if (nodes[node] === "hang") return new Promise<string>(() => {});
      if (nodes[node] === "fail") throw fault(node);
      if (nodes[node] === "crash") throw new TypeError("a bug");
      return node;
    };
    const signal = new AbortController().signal;
    const result = first(Object.keys(nodes), ask, {what: "it", hedgeDelayMs: HEDGE_MS, signal}, {clock});
    result.catch(() => {});
    return {clock, asked, signals, result};
  }

  it("asks one when one will do", async () => {
    const {asked, result} = run({a: "ok", b: "ok"});
    assert.equal(await result, "a");
    assert.deepEqual(asked, ["a"]);
  });

  it("asks the next when one fails", async () => {
    const {asked, result} = run({a: "fail", b: "fail", c: "ok"});
    assert.equal(await result, "c");
    assert.deepEqual(asked, ["a", "b", "c"]);
  });

  it("asks the next beside one that is slow, and aborts what is left over", async () => {
    const {clock, asked, signals, result} = run({a: "hang", b: "ok"});
    await clock.advance(HEDGE_MS - 1);
    assert.deepEqual(asked, ["a"]);
    await clock.advance(1);
    assert.equal(await result, "b");
    assert.ok(signals.every(({aborted}) => aborted));
  });

  it("asks the next at once when a hedge fails", async () => {
    const {clock, asked, result} = run({a: "hang", b: "fail", c: "ok"});
    await clock.advance(HEDGE_MS);
    assert.equal(await result, "c");
    assert.deepEqual(asked, ["a", "b", "c"]);
  });

  it("rejects with every reason when all fail, or there is none", async () => {
    await assert.rejects(run({a: "fail", b: "fail"}).result, (error: NoBeaconNodeError) => {
      assert.deepEqual(
        error.errors.map(({beaconNode}) => beaconNode),
        ["a", "b"],
      );
      return error instanceof NoBeaconNodeError;
    });
    await assert.rejects(run({}).result, /no beacon node is ready/);
  });

  it("does not hide a bug", async () => {
    await assert.rejects(run({a: "crash", b: "ok"}).result, TypeError);
  });
});
