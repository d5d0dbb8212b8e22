import assert from "node:assert/strict";
import type {EchoedMessage, PublishOutcome} from "@mote/core";
import {FakeClock, FakeLog, publishableMessages} from "@mote/testing";
import {GossipPublisher} from "../../src/gossip-publisher.ts";
import {slotClockAt, slotOf} from "./support/chains.ts";
import {FakeGossip, FakePeers} from "./support/fake-gossip.ts";

const SLOT = slotOf(11);
const messages = publishableMessages({slot: SLOT, gloasSlot: slotOf(20), beaconNode: "bn0"});

async function publisher() {
  const clock = new FakeClock({nowMs: 1_000_000_000});
  const slotClock = slotClockAt(clock, SLOT);
  const gossip = new FakeGossip({slotClock});
  const peers = new FakePeers();
  const log = new FakeLog();
  const echoes: {readonly message: EchoedMessage; readonly receivedMs: number}[] = [];
  const subject = new GossipPublisher(
    {attestationSubnetsMax: 16},
    {gossip, peers, slotClock, log, onEcho: (message, receivedMs) => echoes.push({message, receivedMs})},
  );
  subject.start();
  await subject.subscribeCommittees([messages.subscription]);
  const seats = (validatorIndex: number, ...seats: number[]) => ({...messages.syncSubscription, validatorIndex, seats});
  const subscriptions = messages.syncMessages.map(({validatorIndex}, at) =>
    seats(validatorIndex, at * 8, at * 8 + 1, 31),
  );
  await subject.subscribeSyncCommittees(subscriptions.map((one) => ({...one, untilEpoch: 40})) as never);
  return {subject, gossip, peers, log, echoes};
}

const kindOf = (outcome: PublishOutcome): string =>
  outcome.kind === "accepted" ? "accepted" : `${outcome.reason} ${outcome.receipts[0]?.detail}`;

async function publishAll({subject}: {readonly subject: GossipPublisher}): Promise<readonly PublishOutcome[]> {
  const lists = [
    await subject.publishAttestations(messages.votes),
    await subject.publishAggregates(messages.aggregates),
    await subject.publishSyncCommitteeMessages(messages.syncMessages),
    await subject.publishContributions(messages.contributions),
    await subject.publishPayloadAttestations(messages.payloadVotes),
    await subject.publishProposerPreferences(messages.preferences),
  ];
  return [
    ...lists.flat(),
    await subject.publishBlock(messages.block),
    await subject.publishExecutionPayloadEnvelope(messages.envelope),
    await subject.publishVoluntaryExit(messages.exit),
  ];
}

describe("the gossip publisher", () => {
  it("sends every kind of message as what its topic carries", async () => {
    const all = await publisher();
    const outcomes = await publishAll(all);
    assert.deepEqual(outcomes.map(kindOf), Array(21).fill("accepted"));
    for (const outcome of outcomes) {
      assert.deepEqual(outcome.receipts, [{path: "gossip", kind: "accepted", detail: ""}]);
    }
    const kinds = new Set(all.gossip.sent.map(({kind}) => kind));
    assert.deepEqual([...kinds].sort(), [
      "beacon_aggregate_and_proof",
      "beacon_attestation",
      "beacon_block",
      "execution_payload",
      "payload_attestation_message",
      "proposer_preferences",
      "sync_committee",
      "sync_committee_contribution_and_proof",
      "voluntary_exit",
    ]);
    assert.deepEqual(all.log.lines, []);
  });

  it("says of what no peer took that nobody answered", async () => {
    const all = await publisher();
    all.gossip.peers = 0;
    const outcomes = await publishAll(all);
    assert.deepEqual(outcomes.map(kindOf), Array(21).fill("PUBLISH_UNANSWERED no peer follows the topic"));
    all.gossip.echo("m0");
    assert.deepEqual(all.echoes, []);
  });

  it("sends votes on their subnets, and not those whose subnet nobody told", async () => {
    const {subject, gossip} = await publisher();
    const [vote] = messages.votes;
    const later = {...vote!, data: {...vote!.data, slot: slotOf(12)}};
    const outcomes = await subject.publishAttestations([vote!, later]);
    assert.equal(outcomes[0]!.kind, "accepted");
    assert.match(kindOf(outcomes[1]!), /subnet is not known/);
    assert.deepEqual(
      gossip.sent.map(({kind, subnetId}) => [kind, subnetId]),
      [["beacon_attestation", 0]],
    );
  });

  it("sends a sync message on each subnet of its seats, and tells of one echo", async () => {
    const {subject, gossip, echoes} = await publisher();
    const [first] = messages.syncMessages;
    await subject.publishSyncCommitteeMessages([first!]);
    assert.deepEqual(
      gossip.sent.map(({subnetId}) => subnetId),
      [0, 3],
    );
    for (const {messageId} of gossip.sent) gossip.echo(messageId, 77);
    assert.equal(echoes.length, 1);
    const {message, receivedMs} = echoes[0]!;
    assert.deepEqual([message.kind, message.validatorIndex, receivedMs], ["sync_message", first!.validatorIndex, 77]);
    assert.equal(message.signature, first!.signature);
  });

  it("leaves a blinded block to its builder, untried", async () => {
    const {subject, gossip} = await publisher();
    assert.deepEqual(await subject.publishBlock(messages.blindedBlock), {
      kind: "failed",
      reason: "PUBLISH_UNANSWERED",
      receipts: [],
    });
    assert.deepEqual(gossip.sent, []);
  });

  it("tells whose message came back, even before the sending had ended", async () => {
    const all = await publisher();
    all.gossip.onSending = (messageId) => all.gossip.echo(messageId, 5);
    await publishAll(all);
    const kinds = all.echoes.map(({message}) => `${message.kind} ${message.validatorIndex} ${message.slot}`);
    assert.equal(kinds.length, 16, "envelope, exit and preferences have no echo");
    assert.deepEqual(kinds.slice(0, 1), [`attestation ${messages.votes[0]!.attesterIndex} ${SLOT}`]);
    assert.deepEqual(new Set(kinds.map((kind) => kind.split(" ")[0])).size, 6);
  });

  it("knows nothing of echoes of others, and of its own after the stop", async () => {
    const {subject, gossip, echoes} = await publisher();
    gossip.echo("stranger");
    await subject.publishContributions(messages.contributions);
    const joined = [...gossip.joined.keys()];
    subject.stop();
    gossip.echo(gossip.sent[0]!.messageId);
    assert.deepEqual(echoes, []);
    assert.ok(joined.includes("sync_committee 3"));
    assert.deepEqual([...gossip.joined.keys()], joined);
  });

  it("joins the subnets of its duties and has peers looked for", async () => {
    const {gossip, peers} = await publisher();
    assert.ok(gossip.joined.has("beacon_attestation 0"));
    assert.ok(gossip.joined.has("sync_committee 3"));
    assert.ok(peers.wanted.includes(`attnets 0 until ${SLOT}`));
  });

  it("rejects for nothing", async () => {
    const all = await publisher();
    all.gossip.publish = () => Promise.reject(new Error("a defect"));
    const outcomes = await publishAll(all);
    assert.deepEqual(new Set(outcomes.map(kindOf)), new Set(["PUBLISH_UNANSWERED a defect"]));
    assert.equal(all.log.lines.length, 21);
  });
});
