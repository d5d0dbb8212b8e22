import assert from "node:assert/strict";
import {FakeClock} from "@mote/testing";
import {Echoes} from "../../src/gossip/echoes.ts";
import {type GossipRouter, hookRouter, routerOf} from "../../src/gossip/gossipsub-seams.ts";
import {SLOT_DURATION_MS} from "./support/chains.ts";

function echoes(next = 0) {
  const clock = new FakeClock({nowMs: 9_000});
  const room = new Echoes({slotDurationMs: SLOT_DURATION_MS}, {clock, random: {next: () => next}});
  const heard: string[] = [];
  room.subscribe(({messageId, receivedMs}) => heard.push(`${messageId} ${receivedMs}`));
  return {clock, room, heard};
}

const peers = (count: number) => new Set(Array.from({length: count}, (_, i) => `p${i}`));

describe("echoes", () => {
  it("are told once, with the time that they came", async () => {
    const {clock, room, heard} = echoes();
    room.expect("aa");
    await clock.advance(300);
    room.onMessage("aa");
    room.onMessage("aa");
    room.onMessage("bb");
    assert.deepEqual(heard, ["aa 9300"]);
  });

  it("are also what a peer offers", () => {
    const {room, heard} = echoes();
    room.expect("0a0b");
    room.onOffered([{}, {topicID: "t", messageIDs: [Uint8Array.of(1), Uint8Array.of(10, 11)]}]);
    assert.deepEqual(heard, ["0a0b 9000"]);
  });

  it("are read to a bound in what a peer offers", () => {
    const {room, heard} = echoes();
    room.expect("0a");
    const flood = Array.from({length: 5_000}, () => Uint8Array.of(0));
    room.onOffered([{messageIDs: flood}, {messageIDs: [Uint8Array.of(10)]}]);
    assert.deepEqual(heard, []);
  });

  it("count for two slots", async () => {
    const {clock, room, heard} = echoes();
    room.expect("aa");
    await clock.advance(2 * SLOT_DURATION_MS + 1);
    room.onMessage("aa");
    assert.deepEqual(heard, []);
  });

  it("are awaited for a bounded number of messages, the newest", () => {
    const {room, heard} = echoes();
    for (let i = 0; i < 10_000; i++) room.expect(`${i}`);
    room.onMessage("0");
    room.onMessage("9999");
    assert.deepEqual(heard, ["9999 9000"]);
  });

  it("end with the subscription", () => {
    const {room, heard} = echoes();
    const other: string[] = [];
    const cancel = room.subscribe(({messageId}) => other.push(messageId));
    room.expect("aa");
    cancel();
    room.onMessage("aa");
    assert.deepEqual([heard.length, other.length], [1, 0]);
  });
});

describe("listeners", () => {
  const left = (count: number, mesh = peers(count), kind: "sync_committee" | "beacon_block" = "sync_committee") => {
    const recipients = peers(count);
    echoes().room.holdBack(kind, recipients, mesh);
    return recipients.size;
  };

  it("are one of three peers and two of many", () => {
    assert.deepEqual(
      [1, 2, 3, 7, 8, 30].map((count) => left(count)),
      [1, 2, 2, 6, 6, 28],
    );
  });

  it("are of the mesh only, for others would hand nothing on to us", () => {
    const recipients = peers(9);
    echoes(0.99).room.holdBack("beacon_attestation", recipients, new Set(["p4", "stranger"]));
    assert.deepEqual(
      [...peers(9)].filter((peer) => !recipients.has(peer)),
      ["p4"],
    );
    assert.equal(left(9, new Set()), 9);
  });

  it("are drawn by chance", () => {
    const heldBy = (next: number) => {
      const recipients = peers(4);
      echoes(next).room.holdBack("sync_committee", recipients, peers(4));
      return [...peers(4)].find((peer) => !recipients.has(peer));
    };
    assert.deepEqual([heldBy(0), heldBy(0.5), heldBy(0.999)], ["p0", "p2", "p3"]);
  });

  it("are none while nobody wants to know", () => {
    const recipients = peers(9);
    const room = new Echoes({slotDurationMs: 1}, {clock: new FakeClock({nowMs: 0}), random: {next: () => 0}});
    room.holdBack("sync_committee", recipients, peers(9));
    assert.equal(recipients.size, 9);
  });

  it("are none for blocks, which everybody gets at once", () => {
    assert.equal(left(9, peers(9), "beacon_block"), 9);
  });
});

describe("the gossip library", () => {
  it("is refused when it is not the one that this was written for", () => {
    const whole: Record<string, unknown> = {
      mesh: new Map(),
      iwantCounts: new Map(),
      streamsInbound: new Map(),
      streamsOutbound: new Map(),
      score: {
        peerStats: new Map(),
        scoreCache: new Map(),
        removeIPsForPeer: () => {},
        addIP: () => {},
        deliveryRecords: {records: new Map(), queue: {shift: () => {}}, ensureRecord: () => {}},
      },
      seenCache: {entries: new Map(), put: () => false},
      mcache: {observeDuplicate: () => {}, getWithIWantCount: () => null},
      publishedMessageIds: {has: () => false},
      reportMessageValidationResult: () => {},
      selectPeersToPublish: () => ({tosend: new Set()}),
      handleIHave: () => [],
      handleIWant: () => [],
      handlePrune: async () => {},
      pipePeerReadStream: async () => {},
      decodeRpc: () => {},
      handlePeerReadStreamError: () => {},
      removePeer: () => {},
      createOutboundStream: async () => {},
      sendRpcInBatch: () => {},
      sendRpc: () => true,
    };
    assert.ok(routerOf(whole as never));
    for (const name of Object.keys(whole)) {
      assert.throws(() => routerOf({...whole, [name]: undefined} as never), new RegExp(`has changed: ${name}`));
    }
  });

  it("does what it did, and is listened to", () => {
    const calls: unknown[][] = [];
    const router = {
      selectPeersToPublish: (...args: unknown[]) => {
        calls.push(["select", ...args]);
        return {tosend: peers(2)};
      },
      handleIHave: (...args: unknown[]) => calls.push(["ihave", ...args]),
      mcache: {observeDuplicate: (...args: unknown[]) => calls.push(["duplicate", ...args])},
    } as unknown as GossipRouter;
    const heard: unknown[] = [];
    hookRouter(router, {
      onSelected: (topicName, recipients) => heard.push([topicName, recipients.delete("p0")]),
      onDuplicate: (messageId, peer) => heard.push([messageId, peer]),
      onOffered: (peer, offers) => heard.push([peer, offers.length]),
    });
    assert.deepEqual([...router.selectPeersToPublish("topic", true).tosend], ["p1"]);
    router.handleIHave("p1", []);
    router.mcache.observeDuplicate("id", "p1");
    assert.deepEqual(heard, [
      ["topic", true],
      ["p1", 0],
      ["id", "p1"],
    ]);
    assert.deepEqual(
      calls.map(([name, first]) => [name, first]),
      [
        ["select", "topic"],
        ["ihave", "p1"],
        ["duplicate", "id"],
      ],
    );
  });
});
