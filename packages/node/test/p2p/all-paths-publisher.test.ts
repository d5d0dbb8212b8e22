import assert from "node:assert/strict";
import {type Publisher, type PublishOutcome, type Slot, SlotClock} from "@mote/core";
import {FakeClock, FakeLog, FakePublisher, publishableMessages, publisherContract} from "@mote/testing";
import {AllPathsPublisher, type SecondPath} from "../../src/p2p/all-paths-publisher.ts";

const messages = publishableMessages({slot: 17 as Slot, gloasSlot: 801 as Slot, beaconNode: "bn2"});
/** It is the middle of the messages' slot. */
const TIMING = {genesisTimeSec: 0, slotDurationMs: 12_000, slotsPerEpoch: 32};
const PATHS = ["bn0", "bn1", "bn2"];
const never = new Promise<never>(() => {});
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
/** A beacon node is a socket away; peers have been sent to by then. */
const answersLater = (beaconNodes: FakePublisher) => {
  beaconNodes.until.votes = turn().then(turn).then(turn);
  beaconNodes.until.blocks = beaconNodes.until.votes;
};

function setUp(second: (gossip: FakePublisher) => Partial<SecondPath> | null = () => ({}), paths = PATHS) {
  const clock = new FakeClock({nowMs: 17.5 * TIMING.slotDurationMs});
  const log = new FakeLog();
  const beaconNodes = new FakePublisher({paths}, {clock});
  const gossip = new FakePublisher({paths: ["gossip"]}, {clock});
  const changed = second(gossip);
  let secondPath: SecondPath | null =
    changed === null
      ? null
      : (new Proxy(gossip, {get: (target, name) => Reflect.get(changed, name) ?? bound(target, name)}) as SecondPath);
  const stopping = new AbortController();
  const publisher = new AllPathsPublisher({
    beaconNodes,
    secondPath: () => secondPath,
    slotClock: new SlotClock(TIMING, {clock}),
    log,
    signal: stopping.signal,
    yieldToEventLoop: turn,
  });
  const open = () => {
    secondPath = gossip;
    publisher.secondPathOpened();
  };
  return {clock, log, beaconNodes, gossip, publisher, open, stopping};
}

const bound = (target: object, name: string | symbol) => {
  const value = Reflect.get(target, name);
  return typeof value === "function" ? value.bind(target) : value;
};
const wordsOf = (outcomes: readonly PublishOutcome[]) =>
  outcomes.map(({kind, receipts}) =>
    [kind, ...receipts.map((receipt) => `${receipt.path} ${receipt.kind}`)].join(", "),
  );

describe("AllPathsPublisher keeps the contract of its port", () => {
  publisherContract(() => {
    const {beaconNodes, gossip, publisher} = setUp(() => ({}), ["bn0", "bn2"]);
    const refused = new Map<string, readonly number[]>();
    for (const each of [beaconNodes, gossip]) {
      each.judge = ({path, place}) => {
        if (each.deaf.has(path)) return "unanswered";
        return refused.get(path)?.includes(place) ? "refused" : "accepted";
      };
    }
    return {
      publisher: publisher as Publisher,
      paths: ["bn0", "gossip", "bn2"],
      messages,
      refuse: (path, places) => refused.set(path, places),
      silence: (path) => (path === "gossip" ? gossip : beaconNodes).deaf.add(path),
      voteRequestCount: () => beaconNodes.votes.length,
    };
  });
});

describe("AllPathsPublisher", () => {
  const votes = messages.votes.slice(0, 2);

  it("sends by both paths and tells what became of it on each", async () => {
    const {publisher, beaconNodes, gossip} = setUp();
    answersLater(beaconNodes);
    const outcomes = await publisher.publishAttestations(votes);
    assert.deepEqual([beaconNodes.votes, gossip.votes], [[votes], [votes]]);
    const each = "accepted, bn0 accepted, bn1 accepted, bn2 accepted, gossip accepted";
    assert.deepEqual(wordsOf(outcomes), [each, each]);
  });

  it("lets the beacon nodes' requests leave before it turns to peers", async () => {
    const {publisher, beaconNodes, gossip} = setUp();
    const publishing = publisher.publishAttestations(votes);
    assert.deepEqual([beaconNodes.votes.length, gossip.votes.length], [1, 0]);
    await publishing;
    await turn();
    assert.equal(gossip.votes.length, 1);
  });

  it("counts what gossip alone took, vote by vote", async () => {
    const {publisher, beaconNodes, gossip} = setUp();
    beaconNodes.judge = () => "refused";
    gossip.judge = ({place}) => (place === 0 ? "accepted" : "unanswered");
    const outcomes = await publisher.publishAttestations(votes);
    assert.deepEqual(
      outcomes.map(({kind}) => kind),
      ["accepted", "failed"],
    );
    assert.equal(outcomes[1]?.kind === "failed" && outcomes[1].reason, "PUBLISH_REFUSED");
  });

  for (const [how, publishAttestations] of [
    ["hangs", () => never],
    ["throws", () => Promise.reject(new Error("a bug"))],
  ] as const) {
    it(`does not wait for a gossip that ${how}, and is not failed by it`, async () => {
      const {publisher, log} = setUp(() => ({publishAttestations}));
      const outcomes = await publisher.publishAttestations(votes);
      assert.ok(outcomes.every(({kind}) => kind === "accepted"));
      await turn();
      assert.equal(log.lines.length, how === "throws" ? 1 : 0);
    });
  }

  it("waits a little for beacon nodes that do not answer what gossip took, and no longer", async () => {
    const {publisher, beaconNodes, clock} = setUp();
    beaconNodes.until.votes = never;
    let outcomes: readonly PublishOutcome[] | null = null;
    void publisher.publishAttestations(votes).then((all) => {
      outcomes = all;
    });
    await clock.advance(1_900);
    assert.equal(outcomes, null);
    await clock.advance(200);
    const each = "accepted, beacon nodes unanswered, gossip accepted";
    assert.deepEqual(outcomes === null ? null : wordsOf(outcomes), [each, each]);
  });

  describe("that peers have taken, while no beacon node answers", () => {
    async function published(world: ReturnType<typeof setUp>): Promise<void> {
      world.beaconNodes.judge = () => "unanswered";
      answersLater(world.beaconNodes);
      const outcomes = await world.publisher.publishAttestations(votes);
      assert.ok(outcomes.every(({kind}) => kind === "accepted"));
    }

    it("is sent to the beacon nodes again until one answers, and to peers no more", async () => {
      const world = setUp();
      await published(world);
      await world.clock.advance(250);
      assert.equal(world.beaconNodes.votes.length, 2);
      world.beaconNodes.judge = ({path}) => (path === "bn1" ? "accepted" : "unanswered");
      await world.clock.advance(500);
      await world.clock.advance(60_000);
      assert.deepEqual([world.beaconNodes.votes.length, world.gossip.votes.length], [3, 1]);
    });

    it("is sent no more after the slot when nobody takes it then", async () => {
      const {beaconNodes, clock, publisher} = setUp();
      beaconNodes.judge = () => "unanswered";
      beaconNodes.until.syncMessages = turn().then(turn).then(turn);
      await clock.advance(5_500);
      await publisher.publishSyncCommitteeMessages(messages.syncMessages);
      await clock.advance(60_000);
      assert.equal(beaconNodes.syncMessages.length, 2);
    });

    it("is sent four times more, and no more once Mote stops", async () => {
      const world = setUp();
      await published(world);
      await world.clock.advance(60_000);
      assert.equal(world.beaconNodes.votes.length, 5);
      const other = setUp();
      await published(other);
      other.stopping.abort();
      await other.clock.advance(60_000);
      assert.equal(other.beaconNodes.votes.length, 1);
    });
  });

  it("rejects with the beacon nodes' own bug", async () => {
    const {publisher, beaconNodes} = setUp();
    beaconNodes.until.votes = Promise.reject(new Error("a bug"));
    await assert.rejects(publisher.publishAttestations(votes), /a bug/);
  });

  it("sends what is blinded, or lacks its blobs, to nobody but the node that made it", async () => {
    const {publisher, gossip} = setUp();
    await publisher.publishBlock(messages.blindedBlock);
    await publisher.publishExecutionPayloadEnvelope(messages.envelopeWithoutBlobs);
    assert.deepEqual([gossip.blocks, gossip.envelopes], [[], []]);
  });

  describe("with blobs, whose columns beacon nodes alone send", () => {
    const {produced} = messages.block;
    assert.ok(produced.kind === "full");
    const block = {...messages.block, produced: {...produced, blobData: {kzgProofs: [], blobs: [new Uint8Array(1)]}}};
    const envelope = {...messages.envelope, blobData: {kzgProofs: [], blobs: [new Uint8Array(1)]}};

    for (const verdict of ["refused", "unanswered"] as const)
      it(`keeps from peers what every beacon node has ${verdict}`, async () => {
        const {publisher, beaconNodes, gossip} = setUp();
        beaconNodes.judge = () => verdict;
        answersLater(beaconNodes);
        const outcomes = [
          await publisher.publishBlock(block),
          await publisher.publishExecutionPayloadEnvelope(envelope),
        ];
        await turn();
        assert.deepEqual(
          outcomes.map(({kind}) => kind),
          ["failed", "failed"],
        );
        assert.deepEqual([gossip.blocks, gossip.envelopes], [[], []]);
      });

    it("sends to peers what one beacon node took, and not before", async () => {
      const {publisher, beaconNodes, gossip} = setUp();
      beaconNodes.judge = ({path}) => (path === "bn1" ? "accepted" : "refused");
      let answer = () => {};
      beaconNodes.until.blocks = new Promise((resolve) => {
        answer = resolve;
      });
      const publishing = publisher.publishBlock(block);
      for (let nth = 0; nth < 5; nth++) await turn();
      assert.deepEqual(gossip.blocks, []);
      answer();
      assert.deepEqual(wordsOf([await publishing]), [
        "accepted, bn0 refused, bn1 accepted, bn2 refused, gossip accepted",
      ]);
      assert.equal(gossip.blocks.length, 1);
    });

    it("does not wait for a gossip that hangs", async () => {
      const {publisher, clock} = setUp(() => ({publishBlock: () => never}));
      const publishing = publisher.publishBlock(block);
      for (let nth = 0; nth < 5; nth++) await turn();
      await clock.advance(500);
      assert.deepEqual(wordsOf([await publishing]), [
        "accepted, bn0 accepted, bn1 accepted, bn2 accepted, gossip unanswered",
      ]);
    });
  });

  it("works by beacon nodes alone until there is gossip, which is then told what it missed", async () => {
    const {publisher, gossip, open} = setUp(() => null);
    await publisher.subscribeCommittees([messages.subscription]);
    await publisher.subscribeSyncCommittees([messages.syncSubscription]);
    assert.equal((await publisher.publishAttestations(votes))[0]?.receipts.length, PATHS.length);
    open();
    assert.deepEqual(gossip.subscriptions, [[messages.subscription]]);
    assert.deepEqual(gossip.syncSubscriptions, [[messages.syncSubscription]]);
    await publisher.subscribeCommittees([messages.subscription]);
    assert.equal(gossip.subscriptions.length, 2);
  });

  it("asks beacon nodes alone for what only they do", async () => {
    const {publisher, beaconNodes, gossip} = setUp();
    await publisher.prepareProposers([messages.preparation]);
    await publisher.registerValidators([messages.registration]);
    assert.deepEqual([beaconNodes.preparations.length, beaconNodes.registrations.length], [1, 1]);
    assert.deepEqual([gossip.preparations.length, gossip.registrations.length], [0, 0]);
  });
});
