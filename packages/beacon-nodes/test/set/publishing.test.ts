import assert from "node:assert/strict";
import type {CommitteeIndex, Slot, ValidatorIndex} from "@mote/core";
import {publishableMessages} from "@mote/testing";
import {NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import {aggregate, vote} from "../support/messages.ts";
import {ROUTES} from "../support/questions.ts";
import {SetHarness} from "../support/set-harness.ts";
import {eventually} from "../support/setup.ts";

describe("publishing by a set", () => {
  const h = new SetHarness();

  it("goes to all; the best of all paths counts; one that hangs is not waited for", async () => {
    const set = await h.started(3);
    h.fakes[0]!.chain.judge = () => "bad";
    h.fakes[2]!.faults.set("*", {kind: "hang"});
    const outcomes = await set.publishAttestations([vote(17, 1), vote(17, 2)]);
    assert.deepEqual(
      outcomes.map(({kind}) => kind),
      ["accepted", "accepted"],
    );
    await h.fakes[2]!.asked(ROUTES.votes);
    assert.equal((await set.publishAggregates([aggregate(17, 1)]))[0]?.kind, "accepted");
  });

  it("is refused when every node refuses, unanswered when none answers", async () => {
    const set = await h.started(2);
    for (const fake of h.fakes) fake.chain.judge = (index) => (index === 0 ? "bad" : null);
    const [bad, good] = await set.publishAttestations([vote(17, 1), vote(17, 2)]);
    assert.equal(bad?.kind === "failed" && bad.reason, "PUBLISH_REFUSED");
    assert.equal(good?.kind, "accepted");
    for (const fake of h.fakes) fake.faults.set("*", {kind: "hang"});
    const hanging = set.publishAttestations([vote(17, 1)]);
    await Promise.all(h.fakes.map((fake) => fake.asked(ROUTES.votes, 2)));
    await h.clock.advance(4_000);
    const [unanswered] = await hanging;
    assert.equal(unanswered?.kind === "failed" && unanswered.reason, "PUBLISH_UNANSWERED");
  });

  it("spares nodes known to be unreachable, unless all are", async () => {
    const set = await h.started(2);
    await h.fakes[1]!.close();
    await set.publishAttestations([vote(17, 1)]);
    await eventually(() => h.states[1] === "unreachable", "unreachable");
    await h.fakes[0]!.close();
    const [outcome] = await set.publishAttestations([vote(17, 1)]);
    assert.deepEqual(
      outcome?.receipts.map(({path}) => path),
      ["bn0"],
    );
    await eventually(() => h.states[0] === "unreachable", "unreachable");
    const [all] = await set.publishAttestations([vote(17, 1)]);
    assert.deepEqual(all?.receipts.map(({path}) => path).sort(), ["bn0", "bn1"]);
    assert.equal(all?.kind === "failed" && all.reason, "PUBLISH_UNANSWERED");
  });

  it("messages of two forks go in two requests, outcomes in the order of the call", async () => {
    const set = await h.started(1);
    h.fakes[0]!.chain.judge = (index) => (index === 1 ? "bad" : null);
    const outcomes = await set.publishAttestations([vote(799, 1), vote(800, 2), vote(799, 3)]);
    assert.deepEqual(
      outcomes.map(({kind}) => kind),
      ["accepted", "accepted", "failed"],
    );
    assert.equal(h.fakes[0]!.count(ROUTES.votes), 2);
    assert.deepEqual(await set.publishAttestations([]), []);
  });

  it("subscriptions reject only when no node took them", async () => {
    const set = await h.started(2);
    const subscription = {
      validatorIndex: 1 as ValidatorIndex,
      committeeIndex: 0 as CommitteeIndex,
      committeesAtSlot: 1,
      slot: 17 as Slot,
      isAggregator: false,
    };
    h.fakes[0]!.faults.set("*", {kind: "status", status: 500});
    await set.subscribeCommittees([subscription]);
    h.fakes[1]!.faults.set("*", {kind: "status", status: 500});
    await assert.rejects(set.subscribeCommittees([subscription]), NoBeaconNodeError);
  });
});

describe("publishing to one node after the other", () => {
  const h = new SetHarness();
  const broadcast = {attestations: false, blocks: false};

  it("spares the others while the first takes it", async () => {
    const set = await h.started(3, {broadcast});
    assert.equal((await set.publishAttestations([vote(17, 1)]))[0]?.kind, "accepted");
    assert.deepEqual(
      h.fakes.map((fake) => fake.count(ROUTES.votes)),
      [1, 0, 0],
    );
  });

  it("goes on when the first refuses, fails or hangs", async () => {
    const set = await h.started(3, {broadcast});
    h.fakes[0]!.chain.judge = () => "bad";
    h.fakes[1]!.faults.set(ROUTES.votes, {kind: "hang"});
    const publishing = set.publishAttestations([vote(17, 1)]);
    await h.fakes[1]!.asked(ROUTES.votes);
    assert.equal(h.fakes[2]!.count(ROUTES.votes), 0);
    await h.clock.advance(300);
    const [outcome] = await publishing;
    assert.deepEqual(
      outcome?.receipts.map(({path, kind}) => `${path} ${kind}`),
      ["bn0 refused", "bn2 accepted"],
    );
  });
});

describe("publishing what was proposed", () => {
  const h = new SetHarness();
  const messagesOf = (beaconNode: string) =>
    publishableMessages({slot: 17 as Slot, gloasSlot: 801 as Slot, beaconNode});
  const counts = (route: string) => h.fakes.map((fake) => fake.count(route));

  it("a block goes to all, the node that made it first", async () => {
    const set = await h.started(3);
    const order: string[] = [];
    h.fakes.forEach((fake, at) => {
      const {judge} = fake.chain;
      fake.chain.judge = (index) => {
        order.push(`bn${at}`);
        return judge(index);
      };
    });
    assert.equal((await set.publishBlock(messagesOf("bn2").block)).kind, "accepted");
    await eventually(() => order.length === 3, "all");
    assert.equal(order[0], "bn2");
  });

  it("a blinded block goes to the node that made it alone, whatever becomes of it", async () => {
    const set = await h.started(3);
    h.fakes[1]!.faults.set(ROUTES.blindedBlocks, {kind: "status", status: 500});
    const outcome = await set.publishBlock(messagesOf("bn1").blindedBlock);
    assert.equal(outcome.kind === "failed" && outcome.reason, "PUBLISH_UNANSWERED");
    assert.deepEqual(counts(ROUTES.blindedBlocks), [0, 1, 0]);
    assert.equal((await set.publishBlock(messagesOf("a stranger").blindedBlock)).kind, "failed");
  });

  it("a proposer node's block is published by proposer nodes, and by the others when these do not take it", async () => {
    const set = await h.started(3, {proposerNodeCount: 1});
    const {block} = messagesOf("bn2");
    assert.equal((await set.publishBlock(block)).kind, "accepted");
    assert.deepEqual(counts(ROUTES.blocks), [0, 0, 1]);
    h.fakes[2]!.faults.set(ROUTES.blocks, {kind: "status", status: 500});
    const outcome = await set.publishBlock(block);
    assert.equal(outcome.kind, "accepted");
    assert.equal(outcome.receipts[0]?.path, "bn2");
  });

  it("proposer nodes take no votes, and hear of preparations", async () => {
    const set = await h.started(2, {proposerNodeCount: 1});
    await set.publishAttestations([vote(17, 1)]);
    assert.deepEqual(counts(ROUTES.votes), [1, 0]);
    await set.prepareProposers([messagesOf("bn0").preparation]);
    await h.fakes[1]!.asked("POST /eth/v1/validator/prepare_beacon_proposer");
    await h.fakes[0]!.asked("POST /eth/v1/validator/prepare_beacon_proposer");
  });
});
