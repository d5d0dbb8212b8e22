import assert from "node:assert/strict";
import type {AttestationData, AttestationDataOutcome, Epoch, FailureReason, Root, Slot} from "@mote/core";
import {FakeClock, fakeRoot} from "@mote/testing";
import fc from "fast-check";
import {type BeaconFault, BeaconNodeError} from "../../src/beacon-node-error.ts";
import {agreeOnAttestationData, thresholdOf} from "../../src/strategies/threshold.ts";
import {LEFT_OVER_MS} from "../../src/strategies/timing.ts";

const NOW_MS = 1_000_000;
const UNTIL_MS = NOW_MS + 3_000;

const data = (head = 0xa, source = 1, index = 0): AttestationData => ({
  slot: 20 as Slot,
  index,
  beaconBlockRoot: fakeRoot(head),
  source: {epoch: source as Epoch, root: fakeRoot(source)},
  target: {epoch: 2 as Epoch, root: fakeRoot(2)},
});

/** What a node does with its n-th question: answers `afterMs` later, or hangs. */
type Reaction = {afterMs?: number; say: AttestationData | BeaconFault} | "hang";
const say = (value: AttestationData | BeaconFault, afterMs = 0): Reaction => ({say: value, afterMs});

interface Run {
  outcome: AttestationDataOutcome;
  /** Since the question. */
  tookMs: number;
  asked: number[];
  /** Nothing is under way a while after the end. */
  aborted: boolean;
}

async function ask(
  nodes: readonly (readonly Reaction[])[],
  options: {head?: Root; slots?: Map<Root, Slot>; configured?: number} = {},
): Promise<Run> {
  const clock = new FakeClock({nowMs: NOW_MS});
  const asked = nodes.map(() => 0);
  const underWay = new Set<AbortSignal>();
  const askers = nodes.map((reactions, node) => ({
    name: `bn${node}`,
    ask: (signal: AbortSignal) =>
      new Promise<AttestationData>((resolve, reject) => {
        const call = AbortSignal.any([signal]);
        underWay.add(call);
        call.addEventListener("abort", () => underWay.delete(call));
        const reaction = reactions[Math.min(asked[node]!++, reactions.length - 1)]!;
        if (reaction === "hang") return;
        const {say} = reaction;
        const fault = (reason: BeaconFault) =>
          new BeaconNodeError({reason, beaconNode: `bn${node}`, route: "r", detail: "d"});
        clock.after(reaction.afterMs ?? 0, () => {
          underWay.delete(call);
          if (typeof say === "string") reject(fault(say));
          else resolve(say);
        });
      }),
  }));
  let done: {outcome: AttestationDataOutcome; tookMs: number} | null = null;
  void agreeOnAttestationData(
    {
      threshold: thresholdOf(options.configured ?? nodes.length),
      head: options.head,
      untilMs: UNTIL_MS,
      signal: new AbortController().signal,
    },
    {clock, askers, slotOf: (root) => options.slots?.get(root)},
  ).then((outcome) => {
    done = {outcome, tookMs: clock.nowMs() - NOW_MS};
  });
  for (let ms = 0; ms <= 3_100 && done === null; ms += 10) await clock.advance(10);
  assert.ok(done !== null, "it never ended");
  const {outcome, tookMs} = done as {outcome: AttestationDataOutcome; tookMs: number};
  await clock.advance(LEFT_OVER_MS);
  return {outcome, tookMs, asked, aborted: underWay.size === 0};
}

const headOf = ({outcome}: Run) => (outcome.kind === "data" ? outcome.data.beaconBlockRoot : outcome.reason);

function failsWith(run: Run, reason: FailureReason, tookMs?: number): void {
  assert.equal(run.outcome.kind === "failed" && run.outcome.reason, reason, JSON.stringify(run.outcome));
  if (tookMs !== undefined) assert.equal(run.tookMs, tookMs);
  assert.ok(run.aborted);
}

function agreesOn(run: Run, head: number, beaconNodes: string[], tookMs: number): void {
  assert.equal(headOf(run), fakeRoot(head), JSON.stringify(run.outcome));
  assert.deepEqual(run.outcome.kind === "data" && run.outcome.beaconNodes, beaconNodes);
  assert.equal(run.tookMs, tookMs);
  assert.ok(run.aborted);
}

describe("threshold: when the vote is due", () => {
  it("⌊n/2⌋+1 of the configured nodes", () => {
    assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(thresholdOf), [1, 2, 2, 3, 3, 4, 4]);
  });

  it("one node decides alone", async () => {
    agreesOn(await ask([[say(data(), 30)]]), 0xa, ["bn0"], 30);
  });

  it("two of three that agree decide at once; one that hangs costs nothing", async () => {
    agreesOn(await ask([[say(data())], ["hang"], [say(data(), 20)]]), 0xa, ["bn0", "bn2"], 20);
  });

  it("a node that is down, or says other things, costs nothing either", async () => {
    agreesOn(await ask([[say("UNREACHABLE")], [say(data())], [say(data(), 20)]]), 0xa, ["bn1", "bn2"], 20);
    agreesOn(await ask([[say(data(0xa, 9))], [say(data())], [say(data(), 20)]]), 0xa, ["bn1", "bn2"], 20);
  });

  it("a configured node that may not be asked counts as one that does not agree", async () => {
    failsWith(await ask([[say(data())]], {configured: 3}), "NO_BEACON_NODE", 3_000);
    agreesOn(await ask([[say(data())], [say(data())]], {configured: 3}), 0xa, ["bn0", "bn1"], 0);
  });

  it("different heads: the others get a grace of 100 ms, then the plurality", async () => {
    agreesOn(await ask([[say(data(0xa))], [say(data(0xb), 20)], [say(data(0xb), 90)]]), 0xb, ["bn0", "bn1", "bn2"], 90);
    agreesOn(await ask([[say(data(0xa))], [say(data(0xb), 20)], [say(data(0xb), 150)]]), 0xa, ["bn0", "bn1"], 120);
    agreesOn(await ask([[say(data(0xa))], [say(data(0xb), 20)], ["hang"]]), 0xa, ["bn0", "bn1"], 120);
  });

  it("equal heads: the newest that an event named, else the first configured", async () => {
    const slots = new Map([
      [fakeRoot(0xa), 18 as Slot],
      [fakeRoot(0xb), 19 as Slot],
    ]);
    assert.equal(headOf(await ask([[say(data(0xa))], [say(data(0xb))]], {slots})), fakeRoot(0xb));
    assert.equal(headOf(await ask([[say(data(0xa))], [say(data(0xb))]])), fakeRoot(0xa));
    assert.equal(headOf(await ask([[say(data(0xb))], [say(data(0xa))]])), fakeRoot(0xb));
  });

  it("heads are counted within those that agree on source and target", async () => {
    const run = await ask([
      [say(data(0xb, 9))],
      [say(data(0xb, 9))],
      [say(data(0xa))],
      [say(data(0xa))],
      [say(data(0xc))],
    ]);
    agreesOn(run, 0xa, ["bn2", "bn3", "bn4"], 0);
  });

  it("the payload index is that of most nodes with the head", async () => {
    const run = await ask([[say(data(0xa, 1, 0))], [say(data(0xa, 1, 1), 1)], [say(data(0xa, 1, 1), 1)]]);
    // Two agree on source, target and head before the third has answered: they decide, the first of the two on the index.
    assert.equal(run.outcome.kind === "data" && run.outcome.data.index, 0);
    const full = await ask([[say(data(0xa, 1, 1))], [say(data(0xa, 1, 1))], [say(data(0xa, 1, 0), 50)]]);
    assert.equal(full.outcome.kind === "data" && full.outcome.data.index, 1);
  });

  it("nodes that come to agree are asked again every 250 ms", async () => {
    const late = [say(data(0xa, 9)), say(data(0xa, 9)), say(data())];
    const run = await ask([[say(data())], late]);
    agreesOn(run, 0xa, ["bn0", "bn1"], 500);
    assert.deepEqual(run.asked, [3, 3]);
  });

  it("a node that hangs is not asked again, one that failed is", async () => {
    const run = await ask([["hang"], [say("UNREACHABLE"), say("HTTP_STATUS"), say(data())], [say(data())]]);
    agreesOn(run, 0xa, ["bn1", "bn2"], 500);
    assert.equal(run.asked[0], 1);
  });

  const failures: [name: string, nodes: Reaction[][], reason: FailureReason][] = [
    ["all down", [[say("UNREACHABLE")], [say("UNREACHABLE")]], "NO_BEACON_NODE"],
    ["none ready", [[say("NOT_READY")], [say("HTTP_STATUS")], [say("UNREACHABLE")]], "NO_BEACON_NODE"],
    ["none at all", [], "NO_BEACON_NODE"],
    ["all hang", [["hang"], ["hang"], ["hang"]], "BEACON_DATA_LATE"],
    ["all time out", [[say("TIMED_OUT")]], "BEACON_DATA_LATE"],
    ["one of three answers, the others hang", [[say(data())], ["hang"], ["hang"]], "BEACON_DATA_LATE"],
    [
      "one of three answers, the others are down",
      [[say(data())], [say("UNREACHABLE")], [say("NOT_READY")]],
      "NO_BEACON_NODE",
    ],
    ["one of two is not ready", [[say(data())], [say("NOT_READY")]], "NO_BEACON_NODE"],
    ["one of two hangs", [[say(data())], ["hang"]], "BEACON_DATA_LATE"],
    [
      "one of three hangs, the others are not ready",
      [["hang"], [say("NOT_READY")], [say("NOT_READY")]],
      "NO_BEACON_NODE",
    ],
    ["malformed only", [[say("MALFORMED")], [say("TRUNCATED")], [say("TOO_LARGE")]], "BEACON_DATA_INVALID"],
    ["one of two malformed", [[say(data())], [say("MALFORMED")]], "BEACON_DATA_INVALID"],
    ["all differ", [[say(data(0xa, 1))], [say(data(0xa, 3))], [say(data(0xa, 4))]], "BEACON_NODES_DISAGREE"],
    ["two of two differ", [[say(data(0xa, 1))], [say(data(0xa, 3))]], "BEACON_NODES_DISAGREE"],
    [
      "two against two",
      [[say(data())], [say(data())], [say(data(0xa, 9))], [say(data(0xa, 9))]],
      "BEACON_NODES_DISAGREE",
    ],
    [
      "two differ, the third is down",
      [[say(data())], [say(data(0xa, 9))], [say("UNREACHABLE")]],
      "BEACON_NODES_DISAGREE",
    ],
  ];
  for (const [name, nodes, reason] of failures) {
    it(`${name}: ${reason} when the time is up`, async () => {
      const run = await ask(nodes, {configured: Math.max(1, nodes.length)});
      // With nobody to ask there is nothing to wait for.
      failsWith(run, reason, nodes.length === 0 ? 0 : 3_000);
      for (let node = 0; node < nodes.length; node++) {
        assert.match(run.outcome.kind === "failed" ? run.outcome.detail : "", new RegExp(`bn${node}: `));
      }
    });
  }

  it("never yields data that fewer than the threshold back, in any mixture", async () => {
    const reaction: fc.Arbitrary<Reaction> = fc.oneof(
      fc.constant("hang" as const),
      fc.record({
        afterMs: fc.integer({min: 0, max: 40}).map((tens) => tens * 10),
        say: fc.oneof(
          fc
            .tuple(fc.integer({min: 0xa, max: 0xc}), fc.integer({min: 1, max: 2}))
            .map(([head, source]) => data(head, source)),
          fc.constantFrom<BeaconFault>("UNREACHABLE", "MALFORMED", "TIMED_OUT", "NOT_READY"),
        ),
      }),
    );
    // A node that always says the same: what it says is what it backs.
    await fc.assert(
      fc.asyncProperty(fc.array(reaction, {minLength: 1, maxLength: 5}), async (reactions) => {
        const {outcome} = await ask(reactions.map((one) => [one]));
        const backing = (wanted: AttestationData) =>
          reactions.filter(
            (one) => one !== "hang" && typeof one.say !== "string" && one.say.source.epoch === wanted.source.epoch,
          );
        const threshold = thresholdOf(reactions.length);
        if (outcome.kind === "data") {
          assert.ok(backing(outcome.data).length >= threshold);
          assert.ok(outcome.beaconNodes.length >= threshold);
        } else {
          assert.ok(
            [1, 2].every((source) => backing(data(0xa, source)).length < threshold),
            JSON.stringify(outcome),
          );
        }
      }),
      {numRuns: 60},
    );
  });
});

describe("threshold: on a head event", () => {
  const head = fakeRoot(0xb);

  it("enough nodes with that head decide at once", async () => {
    agreesOn(await ask([[say(data(0xb))]], {head}), 0xb, ["bn0"], 0);
    agreesOn(await ask([[say(data(0xb), 20)], ["hang"], [say(data(0xb))]], {head}), 0xb, ["bn0", "bn2"], 20);
  });

  it("too few with that head fail as soon as it is known", async () => {
    failsWith(await ask([[say(data(0xa))]], {head}), "HEAD_NOT_AGREED", 0);
    failsWith(await ask([[say(data(0xb))], [say(data(0xa), 20)], [say(data(0xa), 40)]], {head}), "HEAD_NOT_AGREED", 40);
    failsWith(
      await ask([[say(data(0xa))], [say("UNREACHABLE"), say(data(0xb))], ["hang"]], {head}),
      "HEAD_NOT_AGREED",
      0,
    );
    failsWith(await ask([[say(data(0xb))]], {head, configured: 3}), "HEAD_NOT_AGREED", 0);
  });

  it("that head with another source or target does not count", async () => {
    failsWith(await ask([[say(data(0xb, 1))], [say(data(0xb, 2))]], {head}), "HEAD_NOT_AGREED", 0);
  });

  it("nodes that hang hold it no longer than its own limit", async () => {
    const run = await ask([[say(data(0xb))], ["hang"], ["hang"]], {head});
    failsWith(run, "HEAD_NOT_AGREED", 500);
    assert.deepEqual(run.asked, [1, 1, 1]);
  });
});
