import assert from "node:assert/strict";
import type {PublishOutcome} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {type BeaconFault, BeaconNodeError} from "../../src/beacon-node-error.ts";
import type {ItemOutcome} from "../../src/routes/publish.ts";
import {broadcast} from "../../src/strategies/broadcast.ts";

type Path = {afterMs?: number; items?: string; fault?: BeaconFault; status?: number} | "hang";

/** `items`: one letter each, a = accepted, r = refused. */
async function run(
  count: number,
  paths: Record<string, Path>,
  nextAfterMs?: number,
): Promise<{outcomes: readonly PublishOutcome[] | null; tookMs: number}> {
  const clock = new FakeClock({nowMs: 0});
  const send = (name: string, path: Path) => () =>
    new Promise<readonly ItemOutcome[]>((resolve, reject) => {
      if (path === "hang") return;
      const {afterMs = 0, items = "", fault, status} = path;
      clock.after(afterMs, () => {
        if (fault !== undefined)
          reject(new BeaconNodeError({reason: fault, status, beaconNode: name, route: "r", detail: "d"}));
        else resolve([...items].map((item) => (item === "a" ? {kind: "accepted"} : {kind: "refused", detail: "bad"})));
      });
    });
  let done: {outcomes: readonly PublishOutcome[]; tookMs: number} | null = null;
  void broadcast(count, {
    clock,
    paths: Object.entries(paths).map(([name, path]) => ({
      name,
      send: send(name, path),
      ...(nextAfterMs === undefined ? {} : {nextAfterMs}),
    })),
  }).then((outcomes) => {
    done = {outcomes, tookMs: clock.nowMs()};
  });
  for (let step = 0; step < 20 && done === null; step++) await clock.advance(10);
  return done ?? {outcomes: null, tookMs: clock.nowMs()};
}

const kinds = (outcomes: readonly PublishOutcome[] | null) =>
  outcomes?.map((outcome) => (outcome.kind === "accepted" ? "accepted" : outcome.reason)) ?? null;

describe("broadcast", () => {
  it("is over as soon as each item was accepted somewhere; a path that hangs is not waited for", async () => {
    const {outcomes, tookMs} = await run(2, {a: {items: "aa", afterMs: 10}, b: "hang"});
    assert.deepEqual(kinds(outcomes), ["accepted", "accepted"]);
    assert.equal(tookMs, 10);
    assert.deepEqual(outcomes?.[0], {
      kind: "accepted",
      atMs: 10,
      receipts: [{path: "a", kind: "accepted", detail: ""}],
    });
  });

  it("takes for each item the best of all paths", async () => {
    const {outcomes, tookMs} = await run(3, {a: {items: "arr"}, b: {items: "rar", afterMs: 20}});
    assert.deepEqual(kinds(outcomes), ["accepted", "accepted", "PUBLISH_REFUSED"]);
    assert.equal(tookMs, 20);
    assert.deepEqual(outcomes?.[1]?.receipts, [
      {path: "a", kind: "refused", detail: "bad"},
      {path: "b", kind: "accepted", detail: ""},
    ]);
    assert.equal(outcomes?.[1]?.kind === "accepted" && outcomes[1].atMs, 20);
  });

  it("waits for the others while an item is refused only", async () => {
    assert.equal((await run(1, {a: {items: "r"}, b: "hang"})).outcomes, null);
  });

  const ends: [name: string, paths: Record<string, Path>, outcome: string][] = [
    ["all unreachable", {a: {fault: "UNREACHABLE"}, b: {fault: "TIMED_OUT"}}, "PUBLISH_UNANSWERED"],
    ["status 500", {a: {fault: "HTTP_STATUS", status: 500}}, "PUBLISH_UNANSWERED"],
    ["status 429", {a: {fault: "HTTP_STATUS", status: 429}}, "PUBLISH_UNANSWERED"],
    ["status 400", {a: {fault: "HTTP_STATUS", status: 400}}, "PUBLISH_REFUSED"],
    ["a malformed answer", {a: {fault: "MALFORMED", status: 400}}, "PUBLISH_UNANSWERED"],
    ["refused by one, unanswered by the other", {a: {items: "r"}, b: {fault: "UNREACHABLE"}}, "PUBLISH_UNANSWERED"],
    ["no path", {}, "PUBLISH_UNANSWERED"],
    ["unanswered by one, accepted by the other", {a: {fault: "UNREACHABLE"}, b: {items: "a", afterMs: 10}}, "accepted"],
  ];
  for (const [name, paths, outcome] of ends) {
    it(`${name}: ${outcome}`, async () => {
      assert.deepEqual(kinds((await run(1, paths)).outcomes), [outcome]);
    });
  }

  describe("one path after the other", () => {
    const paths = (outcomes: readonly PublishOutcome[] | null, at = 0) =>
      outcomes?.[at]?.receipts.map(({path, kind}) => `${path} ${kind}`);

    it("takes no second path while the first does it", async () => {
      const {outcomes} = await run(1, {a: {items: "a", afterMs: 40}, b: {items: "a"}}, 50);
      assert.deepEqual(paths(outcomes), ["a accepted"]);
    });

    it("takes the next for what was refused, and when a path fails", async () => {
      const {outcomes, tookMs} = await run(2, {a: {items: "ar"}, b: {fault: "TIMED_OUT"}, c: {items: "aa"}}, 1_000);
      assert.deepEqual(kinds(outcomes), ["accepted", "accepted"]);
      assert.deepEqual(paths(outcomes, 1), ["a refused", "b unanswered", "c accepted"]);
      assert.ok(tookMs <= 10);
    });

    it("takes the next beside one that is late", async () => {
      const {outcomes, tookMs} = await run(1, {a: "hang", b: "hang", c: {items: "a"}}, 50);
      assert.deepEqual(paths(outcomes), ["c accepted"]);
      assert.equal(tookMs, 100);
    });

    it("ends when the last has failed", async () => {
      const {outcomes} = await run(1, {a: {fault: "UNREACHABLE"}, b: {items: "r"}}, 50);
      assert.deepEqual(kinds(outcomes), ["PUBLISH_UNANSWERED"]);
    });
  });
});
