import assert from "node:assert/strict";
import type {DataFailure, Root, Slot} from "@mote/core";
import {FakeClock, fakeRoot} from "@mote/testing";
import {BeaconNodeError, NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import {freshest, mostValuable, mostVotes} from "../../src/strategies/best.ts";
import type {AnswerView} from "../../src/strategies/tally.ts";
import {BLOCK_GRACE_MS, GRACE_MS} from "../../src/strategies/timing.ts";
import {HEAD_ROOT_VIEW} from "../../src/strategies/views.ts";

const NOW_MS = 1_000_000;
const UNTIL_MS = NOW_MS + 1_000;

/** A node answers so many ms after each question, or not at all. */
type Reply<T> = {readonly say: T; readonly afterMs?: number} | "fail" | "hang";

function askersOf<T>(clock: FakeClock, replies: Record<string, Reply<T>>) {
  return Object.entries(replies).map(([name, reply]) => ({
    name,
    ask: () =>
      new Promise<T>((resolve, reject) => {
        if (reply === "hang") return;
        if (reply === "fail")
          return reject(new BeaconNodeError({reason: "HTTP_STATUS", beaconNode: name, route: "r", detail: "d"}));
        clock.after(reply.afterMs ?? 0, () => resolve(reply.say));
      }),
  }));
}

/** What comes of it, and when. */
async function timed<R>(clock: FakeClock, asking: Promise<R>): Promise<{result: R | Error; tookMs: number}> {
  let done: {result: R | Error; tookMs: number} | null = null;
  const end = (result: R | Error) => {
    done = {result, tookMs: clock.nowMs() - NOW_MS};
  };
  asking.then(end, end);
  for (let ms = 0; ms <= 1_100 && done === null; ms += 10) await clock.advance(10);
  assert.ok(done !== null, "it never ended");
  return done;
}

describe("the collection with the most votes", () => {
  const ask = (replies: Record<string, Reply<Uint8Array>>) => {
    const clock = new FakeClock({nowMs: NOW_MS});
    const init = {what: "aggregate", untilMs: UNTIL_MS, signal: new AbortController().signal};
    return timed(clock, mostVotes(init, {clock, askers: askersOf(clock, replies), bitsOf: (bits) => bits}));
  };
  const bits = (byte: number) => Uint8Array.of(byte);

  it("is waited for a moment, once there is one", async () => {
    const {result, tookMs} = await ask({
      a: {say: bits(0b1)},
      b: {say: bits(0b1011), afterMs: GRACE_MS - 10},
      c: {say: bits(0b1111), afterMs: GRACE_MS + 50},
    });
    assert.deepEqual(result, bits(0b1011));
    assert.equal(tookMs, GRACE_MS);
  });

  for (const [name, replies, message] of [
    ["which nodes did not answer", {bn0: "hang", bn1: "hang"}, "aggregate: no answer in time from bn0, bn1"],
    [
      "what the others answered, beside it",
      {bn0: "fail", bn1: "hang"},
      "aggregate: bn0: r: HTTP_STATUS: d; no answer in time from bn1",
    ],
    ["that no node is ready, when none was there to be asked", {}, "aggregate: no beacon node is ready"],
  ] as const) {
    it(`when there is none in time, the rejection says ${name}`, async () => {
      const {result, tookMs} = await ask(replies);
      assert.ok(result instanceof NoBeaconNodeError, String(result));
      assert.equal(result.message, message);
      assert.equal(tookMs, Object.keys(replies).length === 0 ? 0 : 1_000);
    });
  }
});

describe("the freshest head", () => {
  const slots = new Map<Root, Slot>([
    [fakeRoot(1), 10 as Slot],
    [fakeRoot(2), 11 as Slot],
  ]);
  const ask = (replies: Record<string, Reply<Root>>, head?: Root) => {
    const clock = new FakeClock({nowMs: NOW_MS});
    const init = {head, untilMs: UNTIL_MS, signal: new AbortController().signal};
    const components = {clock, askers: askersOf(clock, replies), slotOf: (root: Root) => slots.get(root)};
    return timed(clock, freshest(init, components, HEAD_ROOT_VIEW));
  };
  const rootIn = (result: unknown) =>
    (result as {value?: Root; reason?: string}).value ?? (result as DataFailure).reason;

  it("is the newest of those that came in time, unknown ones last, not that of most nodes", async () => {
    const old = {say: fakeRoot(1)};
    const {result} = await ask({a: old, b: old, c: {say: fakeRoot(2), afterMs: 50}, d: {say: fakeRoot(9)}});
    assert.equal(rootIn(result), fakeRoot(2));
  });

  it("does not wait for a node that hangs", async () => {
    const {result, tookMs} = await ask({a: "hang", b: {say: fakeRoot(1)}});
    assert.equal(rootIn(result), fakeRoot(1));
    assert.equal(tookMs, GRACE_MS);
  });

  it("that was announced is taken at once, another is not", async () => {
    const replies = {a: "hang", b: {say: fakeRoot(1)}, c: {say: fakeRoot(2), afterMs: 30}} as const;
    assert.deepEqual(await ask(replies, fakeRoot(2)), {
      result: {kind: "agreed", value: fakeRoot(2), beaconNodes: ["b", "c"]},
      tookMs: 30,
    });
    const none = await ask({b: {say: fakeRoot(1)}, c: "fail"}, fakeRoot(2));
    assert.equal(rootIn(none.result), "HEAD_NOT_AGREED");
    assert.ok(none.tookMs <= 10);
  });
});

describe("the block that is worth most", () => {
  const view: AnswerView<bigint> = {
    agreementOf: () => "",
    headOf: () => null,
    restOf: () => "",
    describe: String,
  };
  const ask = (
    replies: Record<string, Reply<bigint>>,
    asksAgain = true,
    parents: ReadonlyMap<bigint, Root> = new Map(),
  ) => {
    const clock = new FakeClock({nowMs: NOW_MS});
    const init = {untilMs: UNTIL_MS, asksAgain, signal: new AbortController().signal};
    const slotOf = (root: Root) => (root === fakeRoot(2) ? 20 : 19) as Slot;
    const components = {clock, askers: askersOf(clock, replies), weiOf: (wei: bigint) => wei, slotOf};
    return timed(clock, mostValuable(init, components, {...view, headOf: (wei) => parents.get(wei) ?? null}));
  };
  const old = fakeRoot(1);
  const young = fakeRoot(2);

  it("is taken after a short wait for the others", async () => {
    const late = {say: 2n ** 100n, afterMs: BLOCK_GRACE_MS + 20};
    const {result, tookMs} = await ask({a: {say: 1n}, b: {say: 2n ** 65n, afterMs: 100}, c: late});
    assert.deepEqual(result, {kind: "produced", beaconNode: "b", proposal: 2n ** 65n});
    assert.equal(tookMs, BLOCK_GRACE_MS);
  });

  it("of equals is the first node's, and nobody is waited for when all have one", async () => {
    const {result, tookMs} = await ask({a: {say: 1n}, b: {say: 1n}});
    assert.deepEqual(result, {kind: "produced", beaconNode: "a", proposal: 1n});
    assert.ok(tookMs <= 10);
  });

  it("is none on a block that most nodes do not build on, whatever it is worth", async () => {
    const parents = new Map([
      [9n, young],
      [5n, old],
      [7n, old],
    ]);
    const {result} = await ask({a: {say: 9n}, b: {say: 5n}, c: {say: 7n}}, true, parents);
    assert.deepEqual(result, {kind: "produced", beaconNode: "c", proposal: 7n});
  });

  it("is none on an older block, when as many build on a newer one", async () => {
    const {result} = await ask(
      {a: {say: 9n}, b: {say: 5n}},
      true,
      new Map([
        [9n, old],
        [5n, young],
      ]),
    );
    assert.deepEqual(result, {kind: "produced", beaconNode: "b", proposal: 5n});
  });

  it("is none at once when all fail and none is to be asked again, else when the time is up", async () => {
    assert.ok((await ask({a: "fail", b: "fail"}, false)).tookMs <= 10);
    const {result, tookMs} = await ask({a: "fail", b: "fail"});
    assert.equal((result as DataFailure).reason, "NO_BEACON_NODE");
    assert.equal(tookMs, 1_000);
    assert.equal(((await ask({a: "hang"})).result as DataFailure).reason, "BEACON_DATA_LATE");
  });
});
