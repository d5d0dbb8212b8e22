import assert from "node:assert/strict";
import {randomBytes} from "node:crypto";
import {ssz} from "@mote/consensus";
import type {Slot} from "@mote/core";
import snappy from "snappy";
import type {Received, Validation} from "../../src/network.ts";
import {chain, SLOT_DURATION_MS} from "./support/chains.ts";
import {close, type GossipNode, NOW_SLOT, openNode, until} from "./support/gossip-nodes.ts";
import {syncMessage} from "./support/messages.ts";
import {type RawPeer, rawPeerOf, uvarint} from "./support/raw-peer.ts";

const SLOT = NOW_SLOT as Slot;
const {config, digests, topics} = chain();
const {MAX_PAYLOAD_SIZE} = config;
const period = digests.at(10 as never);
const nameOf = (kind: "sync_committee" | "beacon_aggregate_and_proof" | "beacon_block") =>
  topics.find(kind, kind === "sync_committee" ? 0 : null, period)!.name;
const SYNC = nameOf("sync_committee");
const compressed = (validatorIndex: number): Uint8Array =>
  snappy.compressSync(ssz.altair.SyncCommitteeMessage.serialize(syncMessage(SLOT, validatorIndex)));

describe("hostile gossip from a real host", () => {
  let node: GossipNode;
  let raw: RawPeer;
  let received: Received<"sync_committee">[];
  let judge: () => Validation;

  beforeEach(async () => {
    node = await openNode();
    received = [];
    judge = () => "accept";
    node.gossip.handle("sync_committee", (message) => {
      received.push(message);
      return judge();
    });
    for (const kind of ["beacon_aggregate_and_proof", "beacon_block"] as const) {
      node.gossip.handle(kind, () => assert.fail("the handler of a damaged message was called"));
      node.gossip.subscribe(kind);
    }
    node.gossip.subscribe("sync_committee", 0);
    raw = await rawPeerOf(node);
    await until("a stream back", () => raw.received.length > 0);
  });
  afterEach(async () => close([node, raw]));

  const send = (topic: string, ...data: readonly Uint8Array[]) =>
    raw.send({messages: data.map((one) => ({topic, data: one}))});
  const paid = () => node.offences.map(({peer, offence}) => [peer, offence]);
  /** A sound message goes through after all that was sent before. */
  const sendSound = async (validatorIndex: number) => {
    const before = received.length;
    send(SYNC, compressed(validatorIndex));
    await until("a sound message", () => received.length > before);
  };

  it("is told apart from a sound message, which has all its facts", async () => {
    await sendSound(7);
    const {kind, value, subnetId, period: ofTopic, peer} = received[0]!;
    assert.deepEqual([kind, value.validatorIndex, subnetId, peer], ["sync_committee", 7, 0, raw.peer]);
    assert.equal(ofTopic.digest, period.digest);
    assert.deepEqual(node.offences, []);
  });

  it("costs its peer when it is damaged, of a wrong size, a bomb or no SSZ", async () => {
    const damaged = [
      new Uint8Array(0),
      randomBytes(200),
      snappy.compressSync(new Uint8Array(145)),
      snappy.compressSync(new Uint8Array(20 * 2 ** 20)),
    ];
    send(SYNC, ...damaged);
    send(nameOf("beacon_block"), snappy.compressSync(new Uint8Array(20 * 2 ** 20)));
    send(nameOf("beacon_aggregate_and_proof"), snappy.compressSync(new Uint8Array(500).fill(0xff)));
    await sendSound(1);
    await until("offences", () => node.offences.length === 6);
    assert.ok(node.offences.every(({peer, offence}) => peer === raw.peer && offence === "invalid_message"));
    assert.equal(received.length, 1);
    const {pubsub} = node.host.services as {pubsub: {getScore(peer: string): number}};
    await until("the gossip score pays", () => pubsub.getScore(raw.peer) < 0);
  });

  const offencesOf = (offence: string): number => node.offences.filter((one) => one.offence === offence).length;

  it("in an RPC that would inflate to 240 MiB is uncompressed up to two of the largest messages, and costs its peer", async () => {
    send(nameOf("beacon_block"), ...largestBlocks(24));
    await until("an offence", () => offencesOf("rate_limit") === 1);
    await until("both verdicts", () => offencesOf("invalid_message") === 2);
    await sendSound(1);
    assert.deepEqual([offencesOf("rate_limit"), offencesOf("invalid_message")], [1, 2]);
  });

  it("in many RPCs that inflate to as much together is uncompressed no faster than two of the largest messages a slot", async () => {
    const blocks = largestBlocks(24);
    const fromMs = Date.now();
    for (let i = 0; i < blocks.length; i += 2) send(nameOf("beacon_block"), ...blocks.slice(i, i + 2));
    await sendSound(1);
    const slots = (Date.now() - fromMs) / SLOT_DURATION_MS;
    const uncompressed = offencesOf("invalid_message");
    assert.ok(uncompressed >= 2 && uncompressed <= 2 + 2 * slots, `${uncompressed} in ${slots} slots`);
    // One for each of the others, or of the pairs of them.
    assert.ok(offencesOf("rate_limit") >= (24 - uncompressed) / 2);
  });

  it("is dropped on topics of another digest, of no fork, and of none at all", async () => {
    const other = SYNC.replace(period.digest, "0badf00d");
    for (const topic of [other, "", "x".repeat(1000), SYNC.replace("_0", "_3")]) send(topic, compressed(1));
    raw.send({subscriptions: Array.from({length: 2_000}, (_, i) => ({subscribe: true, topic: `${other}${i}`}))});
    await sendSound(2);
    assert.equal(received.length, 1);
    const {pubsub} = node.host.services as {pubsub: {topics: Map<string, unknown>; mcache: {size: number}}};
    assert.equal(pubsub.topics.size, 0);
    assert.equal(pubsub.mcache.size, 1);
  });

  it("with an author or a number is no message", async () => {
    const data = compressed(3);
    raw.send({messages: [{topic: SYNC, data, seqno: new Uint8Array(8), from: new Uint8Array(38)}]});
    await sendSound(4);
    assert.deepEqual(
      received.map(({value}) => value.validatorIndex),
      [4],
    );
  });

  it("that is proven wrong costs its peer, and what throws in us does not", async () => {
    judge = () => "reject";
    await sendSound(1);
    await until("an offence", () => node.offences.length === 1);
    judge = () => {
      throw new Error("a defect of ours");
    };
    await sendSound(2);
    await until("a log line", () => node.log.lines.length === 1);
    assert.equal(node.offences.length, 1);
  });

  it("in an RPC of too many messages is dropped with all of them, and costs its peer", async () => {
    send(SYNC, ...Array.from({length: 1_025}, (_, i) => compressed(i + 10)));
    await sendSound(1);
    assert.equal(received.length, 1);
    assert.deepEqual(paid(), [[raw.peer, "rate_limit"]]);
  });

  it("that is no RPC costs its peer, each time, and is nothing to the next one", async () => {
    for (let i = 0; i < 3; i++) raw.sendBytes(Uint8Array.of(4, 0xff, 0xff, 0xff, 0xff));
    await sendSound(1);
    assert.deepEqual(paid(), Array(3).fill([raw.peer, "invalid_frame"]));
  });

  it("in an RPC above the limit costs its peer before it is read, and its stream is reset", async () => {
    raw.sendBytes(Uint8Array.from(uvarint(12 * 2 ** 20)));
    raw.sendBytes(randomBytes(12 * 2 ** 20));
    await until("an offence", () => node.offences.length === 1);
    assert.deepEqual(paid(), [[raw.peer, "invalid_frame"]]);
    await until("the end of the stream", () => raw.isCut());
    assert.equal(node.host.status, "started");
  });

  it("that offers no end of messages is asked for 5,000 a heartbeat", async () => {
    const before = raw.received.length;
    const offers = () => Array.from({length: 2_000}, () => randomBytes(20));
    for (let i = 0; i < 30; i++) raw.send({control: control({ihave: [{topicID: SYNC, messageIDs: offers()}]})});
    const asked = () => raw.received.slice(before).flatMap(({control}) => control?.iwant ?? []);
    const countAsked = () => asked().reduce((sum, {messageIDs}) => sum + (messageIDs?.length ?? 0), 0);
    await until("the bound is reached", () => countAsked() >= 5_000);
    await sendSound(1);
    const count = countAsked();
    // A heartbeat may have come in between.
    assert.ok(count <= 10_000, `${count} ids`);
  });

  it("that names a message of ours is an echo, whatever comes with it", async () => {
    raw.send({subscriptions: [{subscribe: true, topic: SYNC}]});
    await until("a subscription", () => subscribers(node, SYNC) === 1);
    const echoes: string[] = [];
    node.gossip.onEcho(({messageId}) => echoes.push(messageId));
    const {messageId} = await node.gossip.publish("sync_committee", syncMessage(SLOT, 9), {slot: SLOT, subnetId: 0});
    const messageIDs = [randomBytes(20), randomBytes(3), Buffer.from(messageId, "hex"), Buffer.from(messageId, "hex")];
    raw.send({control: control({ihave: [{topicID: SYNC, messageIDs}]})});
    await sendSound(1);
    assert.deepEqual(echoes, [messageId]);
  });

  it("that is new each time hides no echo", async () => {
    const {pubsub} = node.host.services as unknown as {pubsub: Innards};
    raw.send({subscriptions: [{subscribe: true, topic: SYNC}]});
    await until("a subscription", () => subscribers(node, SYNC) === 1);
    const echoes: string[] = [];
    node.gossip.onEcho(({messageId}) => echoes.push(messageId));
    const {messageId} = await node.gossip.publish("sync_committee", syncMessage(SLOT, 9), {slot: SLOT, subnetId: 0});
    // More than two slots of mainnet.
    for (let i = 0; i < 12_000; i++) pubsub.seenCache.put(`${i}`);
    send(SYNC, compressed(9));
    await sendSound(1);
    assert.deepEqual([echoes, received.length], [[messageId], 1]);
  });

  it("that asks for one message again and again gets it three times", async () => {
    const sound = raw.received.length;
    raw.send({subscriptions: [{subscribe: true, topic: SYNC}]});
    await until("a subscription", () => subscribers(node, SYNC) === 1);
    const {messageId} = await node.gossip.publish("sync_committee", syncMessage(SLOT, 9), {slot: SLOT, subnetId: 0});
    const wish = {messageIDs: [Buffer.from(messageId, "hex")]};
    for (let i = 0; i < 100; i++) raw.send({control: control({iwant: [wish]})});
    await sendSound(1);
    const copies = () => raw.received.slice(sound).flatMap(({messages}) => messages).length;
    await until("its copies", () => copies() >= 3);
    const again = node.offences.filter(({detail}) => detail.includes("again and again"));
    assert.ok(again.length >= 6, `paid ${again.length} times`);
    await sendSound(2);
    // One may have come when it was published.
    assert.ok(copies() <= 1 + 3, `${copies()} copies`);
  });

  it("that asks for much that is not here pays once a heartbeat", async () => {
    const wishes = () => Array.from({length: 500}, () => randomBytes(20));
    for (let i = 0; i < 100; i++) raw.send({control: control({iwant: [{messageIDs: wishes()}]})});
    await sendSound(1);
    // A heartbeat may have come in between.
    assert.ok(node.offences.length >= 1 && node.offences.length <= 2, `${node.offences.length}`);
    assert.deepEqual(paid()[0], [raw.peer, "rate_limit"]);
  });

  it("that asks as often as an honest peer does pays nothing", async () => {
    raw.send({subscriptions: [{subscribe: true, topic: SYNC}]});
    await until("a subscription", () => subscribers(node, SYNC) === 1);
    const {messageId} = await node.gossip.publish("sync_committee", syncMessage(SLOT, 9), {slot: SLOT, subnetId: 0});
    const wish = {messageIDs: [Buffer.from(messageId, "hex"), randomBytes(20)]};
    for (let i = 0; i < 3; i++) raw.send({control: control({iwant: [wish]})});
    await sendSound(1);
    assert.deepEqual(node.offences, []);
  });

  it("that never sends what it offers, and GRAFTs in back-off, is graylisted, and little is kept of it", async () => {
    const {pubsub} = node.host.services as unknown as {pubsub: Innards};
    raw.send({subscriptions: [{subscribe: true, topic: SYNC}], control: control({graft: [{topicID: SYNC}]})});
    await until("the mesh", () => pubsub.mesh.get(SYNC)?.has(raw.peer) === true);
    for (let i = 0; i < 20; i++) {
      const messageIDs = Array.from({length: 2_000}, () => randomBytes(20));
      raw.send({control: control({ihave: [{topicID: SYNC, messageIDs}]})});
    }
    await sendSound(1);
    assert.ok(pubsub.gossipTracer.size >= 1 && pubsub.gossipTracer.size <= 20, `${pubsub.gossipTracer.size} promises`);
    raw.send({control: control({prune: [{topicID: SYNC, peers: [], backoff: 2 ** 31}]})});
    for (let i = 0; i < 40; i++) raw.send({control: control({graft: Array(100).fill({topicID: SYNC})})});
    await until("the gossip score pays", () => pubsub.getScore(raw.peer) < -16_000);
    assert.equal(pubsub.mesh.get(SYNC)?.has(raw.peer), false);
    const backOffs = [...pubsub.backoff.values()].flatMap((byPeer) => [...byPeer.values()]);
    assert.equal(backOffs.length, 1);
    // The entry goes when its time is over, which is not for the peer to say.
    assert.ok((backOffs[0] ?? 0) < Date.now() + 601_000);
  });

  it("leaves no more scores behind than are worth keeping, those that are connected always", () => {
    const {pubsub} = node.host.services as unknown as {pubsub: Innards};
    const {peerStats} = pubsub.score;
    for (let i = 0; i < 5_000; i++) {
      pubsub.score.addPeer(`${i}`);
      pubsub.peers.set(`${i}`, `${i}`);
      pubsub.removePeer(`${i}`);
    }
    assert.equal(peerStats.size, 2_000);
    assert.ok(peerStats.has(raw.peer) && peerStats.has("4999") && !peerStats.has("0"));
  });

  it("that is new each time leaves no more than the last ids behind, and knows those again", async () => {
    const {pubsub} = node.host.services as unknown as {pubsub: Innards};
    const {seenCache, score} = pubsub;
    for (let i = 0; i < 70_000; i++) {
      seenCache.put(`${i}`);
      score.validateMessage(`${i}`);
    }
    assert.equal(seenCache.size, 65_536);
    assert.ok(seenCache.has("69999") && !seenCache.has("0"));
    const {records, queue} = score.deliveryRecords;
    assert.deepEqual([records.size, queue.length], [16_384, 16_384]);
    assert.ok(records.has("69999") && !records.has("0"));
    const before = node.offences.length;
    await sendSound(1);
    send(SYNC, compressed(1));
    await sendSound(2);
    assert.deepEqual([received.length, node.offences.length], [2, before]);
  });

  it("counts a crowd by its network, for of IPv6 each of it has an address of its own", () => {
    const {pubsub} = node.host.services as unknown as {pubsub: Innards};
    const scoresOf = (name: string, ips: readonly string[]) => {
      for (const [i, ip] of ips.entries()) {
        pubsub.score.addPeer(`${name} ${i}`);
        pubsub.score.addIP(`${name} ${i}`, ip);
      }
      return ips.map((_, i) => pubsub.getScore(`${name} ${i}`));
    };
    const numbers = [1, 2, 3, 4, 5];
    const alone = scoresOf("alone", [...numbers.map((i) => `2a00:1:2:${i}::1`), "9.9.9.9", "9.9.9.10"]);
    assert.ok(alone.every((score) => score === 0));
    const crowd = scoresOf(
      "crowd",
      numbers.map((i) => `2a00:1:3:4:${i}::1`),
    );
    assert.ok(
      crowd.every((score) => score < -100),
      `${crowd}`,
    );
    const machine = scoresOf("machine", Array(5).fill("::1"));
    assert.ok(machine.every((score) => score === 0));
  });
});

/** Of the library, to count what it keeps. */
interface Innards {
  readonly mesh: ReadonlyMap<string, ReadonlySet<string>>;
  readonly backoff: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly gossipTracer: {readonly size: number};
  readonly peers: Map<string, unknown>;
  readonly seenCache: {readonly size: number; has(messageId: string): boolean; put(messageId: string): void};
  readonly score: {
    readonly peerStats: ReadonlyMap<string, unknown>;
    readonly deliveryRecords: {
      readonly records: ReadonlyMap<string, unknown>;
      readonly queue: {readonly length: number};
    };
    addPeer(peer: string): void;
    validateMessage(messageId: string): void;
    addIP(peer: string, ip: string): void;
  };
  getScore(peer: string): number;
  removePeer(peer: string): void;
}

/** Zeros inflate from a twentieth, and are no block. */
const largestBlocks = (count: number): readonly Uint8Array[] =>
  Array.from({length: count}, (_, i) => {
    const bytes = Buffer.alloc(MAX_PAYLOAD_SIZE);
    bytes.writeUInt32LE(i, MAX_PAYLOAD_SIZE / 2);
    return snappy.compressSync(bytes);
  });

const control = (part: object) => ({ihave: [], iwant: [], graft: [], prune: [], idontwant: [], ...part});

const subscribers = ({host}: GossipNode, topic: string): number =>
  (host.services as {pubsub: {getSubscribers(topic: string): unknown[]}}).pubsub.getSubscribers(topic).length;
