import assert from "node:assert/strict";
import {type ProducedBlock, rootToHex} from "@mote/core";
import {type FakeBeaconNode, fakeRoot, fakeSignature} from "@mote/testing";
import {DATA_REQUEST, ROUTES} from "../support/questions.ts";
import {SetHarness} from "../support/set-harness.ts";
import {advanceUntil} from "../support/setup.ts";

describe("blocks of a set", () => {
  const h = new SetHarness();
  const request = () => ({
    slot: DATA_REQUEST.slot,
    proposerIndex: h.fakes[0]!.chain.proposerIndexAt(DATA_REQUEST.slot),
    randaoReveal: fakeSignature(1),
    graffiti: null,
    builderBoostFactor: 100n,
    untilMs: h.clock.nowMs() + 3_000,
    check: () => null,
  });
  const worth = (fake: FakeBeaconNode, executionValueWei: bigint) => {
    const right = fake.chain.proposal;
    fake.chain.proposal = (asked) => ({...right(asked), executionValueWei});
  };

  it("the one that is worth most; one that hangs is waited for a moment", async () => {
    const set = await h.started(3);
    [5n, 2n ** 70n, 7n].forEach((value, at) => {
      worth(h.fakes[at]!, value);
    });
    const best = await set.block(request());
    assert.equal(best.kind === "block" && best.beaconNode, "bn1");
    h.fakes[1]!.faults.set(ROUTES.block, {kind: "hang"});
    const asking = set.block(request());
    await h.fakes[1]!.asked(ROUTES.block, 2);
    for (let ms = 0; ms < 500; ms += 50) await h.clock.advance(50);
    const second = await asking;
    assert.equal(second.kind === "block" && second.beaconNode, "bn2");
  });

  it("one that comes late counts, though its node was too busy to tell its state in time", async () => {
    const set = await h.started(1);
    let answer = () => {};
    const until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    h.fakes[0]!.faults.set(ROUTES.block, {kind: "delay", until});
    h.fakes[0]!.faults.set(ROUTES.syncing, {kind: "hang"});
    const asking = set.block(request());
    await h.fakes[0]!.asked(ROUTES.block);
    for (let ms = 0; ms < 2_250; ms += 250) await h.clock.advance(250);
    h.fakes[0]!.faults.delete(ROUTES.syncing);
    answer();
    assert.equal((await asking).kind, "block");
    assert.equal(h.fakes[0]!.count(ROUTES.block), 1);
  });

  it("one of a node that is syncing is not taken, however late it says so", async () => {
    const set = await h.started(1);
    let answer = () => {};
    const until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    h.fakes[0]!.faults.set(ROUTES.block, {kind: "delay", until});
    h.fakes[0]!.faults.set(ROUTES.syncing, {kind: "hang"});
    const asking = set.block(request());
    await h.fakes[0]!.asked(ROUTES.block);
    for (let ms = 0; ms < 2_250; ms += 250) await h.clock.advance(250);
    h.fakes[0]!.chain.syncing.isSyncing = true;
    h.fakes[0]!.faults.delete(ROUTES.syncing);
    answer();
    let kind = "";
    void asking.then((outcome) => {
      kind = outcome.kind;
    });
    await advanceUntil(h.clock, () => kind !== "", "outcome");
    assert.equal(kind, "failed");
  });

  it("a wrong one is passed over, however much it is worth", async () => {
    const set = await h.started(2);
    worth(h.fakes[0]!, 2n ** 200n);
    h.fakes[0]!.chain.blockParts = {...h.fakes[0]!.chain.blockParts, parentRoot: fakeRoot(0xee)};
    const check = ({block}: ProducedBlock) =>
      rootToHex(block.parentRoot) === fakeRoot(0xbb) ? null : ({reason: "BEACON_DATA_INVALID", detail: "no"} as const);
    const outcome = await set.block({...request(), check});
    assert.equal(outcome.kind === "block" && outcome.beaconNode, "bn1");
  });

  it("are asked of proposer nodes alone, and of the others when those fail", async () => {
    const set = await h.started(3, {proposerNodeCount: 1});
    const own = await set.block(request());
    assert.equal(own.kind === "block" && own.beaconNode, "bn2");
    assert.deepEqual(
      h.fakes.map((fake) => fake.count(ROUTES.block)),
      [0, 0, 1],
    );
    h.fakes[2]!.faults.set(ROUTES.block, {kind: "status", status: 500});
    const others = await set.block(request());
    assert.equal(others.kind === "block" && others.beaconNode, "bn0");
    assert.equal((await set.attestationData(DATA_REQUEST)).kind, "data");
    assert.equal(h.fakes[2]!.count(ROUTES.data), 0);
  });
});
