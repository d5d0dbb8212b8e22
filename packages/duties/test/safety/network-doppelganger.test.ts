import assert from "node:assert/strict";
import {attestationSigningRoot, blockRootSigningRoot, syncCommitteeMessageSigningRoot} from "@mote/consensus";
import {type AttestationData, hexToBytes, type NetworkEvent, type Root, type ValidatorInfo} from "@mote/core";
import {FakeChainWitness, FakeDutiesSource, FakeLog, MemorySlashingProtection} from "@mote/testing";
import type {Doppelganger} from "../../src/safety/doppelganger.ts";
import {NetworkDoppelgangerWatch} from "../../src/safety/network-doppelganger.ts";
import type {SignedKind, SignedMessage} from "../../src/safety/signed-book.ts";
import {attestationOf, seenBlock, seenVote} from "../support/network.ts";
import {networkConfig} from "../support/runner-world.ts";
import {
  data,
  duty,
  epoch,
  fakeTime,
  pubkey,
  root,
  SLOT_MS,
  SLOTS_PER_EPOCH,
  slot,
  validator,
} from "../support/world.ts";

const config = networkConfig({gloasEpoch: 0});
/** The process began in slot 8. */
const SINCE = 8;
const NOW = 21;

async function setUp({isStoreShared = false, isRecordedElsewhere = false, threshold = 1} = {}) {
  const {clock, slotClock} = fakeTime(SINCE);
  const [log, protection] = [new FakeLog(), new MemorySlashingProtection()];
  const signed = new Map<string, SignedMessage>();
  const found: Doppelganger[] = [];
  const ours: ValidatorInfo[] = [validator(1), validator(2)];
  const witnesses = [1, 2, 3].map(() => {
    const duties = new FakeDutiesSource({
      dutyOf: (_, index) => duty(index, NOW - 1, {validatorCommitteeIndex: index}),
      dependentRootOf: () => root(1),
    });
    return new FakeChainWitness({committeeLengths: () => [4], duties});
  });
  const watch = new NetworkDoppelgangerWatch(
    {config, isStoreShared, onDoppelganger: (each) => found.push(each)},
    {
      registry: {validatorAt: (at) => ours.find(({index}) => index === at) ?? null, withDuties: () => ours},
      protection,
      signed: {of: (kind, at, index) => signed.get(`${kind}/${at}/${index}`) ?? null},
      chain: {witnessThreshold: threshold, witnesses: () => witnesses},
      isRecordedElsewhere: () => isRecordedElsewhere,
      slotClock,
      log,
    },
  );
  watch.onSlot(slot(SINCE));
  await clock.advance((NOW - SINCE) * SLOT_MS);
  watch.onSlot(slot(NOW));
  /** This process has signed. */
  const sign = (
    kind: SignedKind,
    at: number,
    index: number,
    signingRoot: SignedMessage["signingRoot"],
    begunMs = slotClock.nowMs(),
  ) => signed.set(`${kind}/${at}/${index}`, {signingRoot, begunMs});
  /** A node on this store votes: this process, or another. */
  const record = async (index: number, vote: AttestationData) => {
    const signingRoot = attestationSigningRoot(config, vote);
    const [sourceEpoch, targetEpoch] = [vote.source.epoch, vote.target.epoch];
    const verdict = await protection.recordAttestation(pubkey(index), {sourceEpoch, targetEpoch, signingRoot});
    assert.equal(verdict.kind, "accepted");
    return signingRoot;
  };
  const shows = async (event: NetworkEvent) => {
    watch.onNetworkEvent(event);
    await clock.advance(2_000);
  };
  return {clock, slotClock, log, protection, ours, witnesses, watch, found, sign, record, shows};
}

type World = Awaited<ReturnType<typeof setUp>>;
const alarm = (index: number, of: number): Doppelganger[] => [
  {pubkeys: [pubkey(index)], evidence: [{validatorIndex: validator(index).index, epoch: epoch(of)}]},
];
const other = (at: number) => data(at, {beaconBlockRoot: root(666)});
const nowMs = ({slotClock}: World) => slotClock.nowMs();

describe("NetworkDoppelgangerWatch", () => {
  describe("of votes on our subnets", () => {
    it("alarms for one that nobody here has signed, names it, and lets no key sign from then on", async () => {
      const world = await setUp();
      assert.equal(world.watch.refusal(), null);
      await world.shows(seenVote(duty(1, NOW), data(NOW), nowMs(world)));
      assert.deepEqual(world.found, alarm(1, 2));
      assert.equal(world.watch.refusal()?.reason, "DOPPELGANGER_WATCH");
      assert.match(world.log.lines.join(), /validator 1: the network has a vote of slot 21 that was not signed here/);
      await world.shows(seenVote(duty(2, NOW), data(NOW), nowMs(world)));
      assert.equal(world.found.length, 1, "once");
    });

    it("alarms for one with another signing root than ours", async () => {
      const world = await setUp();
      world.sign("attestation", NOW, 1, await world.record(1, data(NOW)));
      await world.shows(seenVote(duty(1, NOW), other(NOW), nowMs(world)));
      assert.deepEqual(world.found, alarm(1, 2));
    });

    it("alarms for one that was there before ours was begun, though it is the same", async () => {
      const world = await setUp();
      world.watch.onNetworkEvent(seenVote(duty(1, NOW), data(NOW), nowMs(world)));
      await world.clock.advance(500);
      world.sign("attestation", NOW, 1, await world.record(1, data(NOW)));
      await world.clock.advance(2_000);
      assert.deepEqual(world.found, alarm(1, 2));
      assert.match(
        world.log.lines.join(),
        /validator 1: the network has a vote of slot 21 that came before it was signed here/,
      );
    });

    it("knows its own echo, and the same vote of another node on its store", async () => {
      const world = await setUp();
      world.sign("attestation", NOW, 1, await world.record(1, data(NOW)));
      await world.record(2, data(NOW));
      await world.clock.advance(100);
      for (const index of [1, 2]) await world.shows(seenVote(duty(index, NOW), data(NOW), nowMs(world)));
      assert.deepEqual(world.found, []);
    });

    it("takes no vote for another's that arrives while ours is being recorded", async () => {
      const world = await setUp();
      const begunMs = nowMs(world);
      await world.clock.advance(10);
      world.watch.onNetworkEvent(seenVote(duty(1, NOW), data(NOW), nowMs(world)));
      await world.clock.advance(50);
      world.sign("attestation", NOW, 1, await world.record(1, data(NOW)), begunMs);
      await world.clock.advance(2_000);
      assert.deepEqual(world.found, []);
    });

    it("claims nothing of a record whose root nobody told, nor of others' keys", async () => {
      const world = await setUp();
      await world.protection.importInterchange({
        metadata: {interchange_format_version: "5", genesis_validators_root: root(0x2a)},
        data: [{pubkey: pubkey(1), signed_blocks: [], signed_attestations: [{source_epoch: "1", target_epoch: "2"}]}],
      });
      for (const index of [1, 9]) await world.shows(seenVote(duty(index, NOW), data(NOW), nowMs(world)));
      assert.deepEqual([world.found, world.log.lines], [[], []]);
    });

    it("claims nothing while the store does not answer, and says so once", async () => {
      const world = await setUp();
      await world.protection.close();
      for (const index of [1, 2]) await world.shows(seenVote(duty(index, NOW), data(NOW), nowMs(world)));
      assert.deepEqual(world.found, []);
      assert.equal(world.log.lines.length, 1);
      assert.match(world.log.lines[0] ?? "", /^warn not known whether a message on the network is ours/);
    });

    it("claims nothing of slots up to the one in which the key came", async () => {
      const world = await setUp();
      await world.shows(seenVote(duty(1, SINCE), data(SINCE), nowMs(world)));
      world.ours.push(validator(3));
      await world.shows(seenVote(duty(3, NOW), data(NOW), nowMs(world)));
      world.watch.onSlot(slot(NOW));
      await world.shows(seenVote(duty(3, NOW), data(NOW), nowMs(world)));
      assert.deepEqual(world.found, []);
      await world.clock.advance(SLOT_MS);
      await world.shows(seenVote(duty(3, NOW + 1), data(NOW + 1), nowMs(world)));
      assert.deepEqual(world.found, alarm(3, 2));
    });

    it("looks on where a clock that was ahead has been set right", async () => {
      const world = await setUp();
      world.ours.push(validator(3));
      world.watch.onSlot(slot(NOW + 7_200));
      world.watch.onSlot(slot(NOW));
      await world.clock.advance(SLOT_MS);
      await world.shows(seenVote(duty(3, NOW + 1), data(NOW + 1), nowMs(world)));
      assert.deepEqual(world.found, alarm(3, 2));
    });

    it("forgets a key that went, and begins anew when it comes back", async () => {
      const world = await setUp();
      const [gone] = world.ours.splice(0, 1);
      world.watch.onSlot(slot(NOW));
      world.ours.push(gone as ValidatorInfo);
      world.watch.onSlot(slot(NOW));
      await world.shows(seenVote(duty(1, NOW), data(NOW), nowMs(world)));
      assert.deepEqual(world.found, []);
    });

    it("claims nothing of keys whose records are kept elsewhere", async () => {
      const world = await setUp({isRecordedElsewhere: true});
      await world.shows(seenVote(duty(1, NOW), data(NOW), nowMs(world)));
      assert.deepEqual(world.found, []);
    });
  });

  describe("of blocks", () => {
    const block = (world: World, over = {}) =>
      seenBlock(NOW, nowMs(world), {proposerIndex: validator(1).index, ...over});
    const rootOf = (n: number) => blockRootSigningRoot(config, slot(NOW), hexToBytes(root(n)));

    it("alarms for a signed one of ours that was not made here", async () => {
      const world = await setUp();
      await world.shows(block(world));
      assert.deepEqual(world.found, alarm(1, 2));
    });

    it("alarms for another than the one that was signed here", async () => {
      const world = await setUp();
      world.sign("proposal", NOW, 1, rootOf(5));
      await world.shows(block(world));
      assert.deepEqual(world.found, alarm(1, 2));
    });

    it("knows its own, and that of another node on its store", async () => {
      const world = await setUp();
      world.sign("proposal", NOW, 1, rootOf(1000 + NOW));
      await world.shows(block(world));
      await world.protection.recordBlock(pubkey(2), {slot: slot(NOW), signingRoot: rootOf(1)});
      await world.shows(block(world, {proposerIndex: validator(2).index}));
      assert.deepEqual(world.found, []);
    });

    for (const isStoreShared of [true, false]) {
      it(`${isStoreShared ? "claims nothing of" : "alarms for"} the same block before ours, where the store is ${isStoreShared ? "shared" : "this process's own"}`, async () => {
        const world = await setUp({isStoreShared});
        world.watch.onNetworkEvent(block(world));
        await world.clock.advance(500);
        world.sign("proposal", NOW, 1, rootOf(1000 + NOW));
        await world.clock.advance(2_000);
        assert.deepEqual(world.found, isStoreShared ? [] : alarm(1, 2));
      });
    }

    it("believes no block whose signature was not verified", async () => {
      const world = await setUp();
      await world.shows(block(world, {isSignatureVerified: false}));
      assert.deepEqual(world.found, []);
    });
  });

  describe("of messages that no store holds", () => {
    const syncMessage = (at: number, receivedMs: number, beaconBlockRoot = root(at)): NetworkEvent => ({
      kind: "sync_message",
      slot: slot(at),
      validatorIndex: validator(1).index,
      beaconBlockRoot,
      receivedMs,
    });
    /** Of a proposer that is none of ours; nobody has verified it. */
    const showsBlock = (world: World, at: number, blockRoot: Root) =>
      world.watch.onNetworkEvent(
        seenBlock(at, nowMs(world), {blockRoot, proposerIndex: validator(9).index, isSignatureVerified: false}),
      );
    const ptcVote = (at: number, receivedMs: number): NetworkEvent => ({
      kind: "payload_attestation",
      validatorIndex: validator(1).index,
      data: {slot: at, beaconBlockRoot: hexToBytes(root(5)), payloadPresent: true, blobDataAvailable: true},
      receivedMs,
    });

    for (const [what, message] of [
      ["sync message", syncMessage],
      ["payload vote", ptcVote],
    ] as const) {
      it(`alarms for a ${what} that was not signed here, after one full epoch`, async () => {
        const world = await setUp();
        for (const at of [SINCE + SLOTS_PER_EPOCH, NOW]) showsBlock(world, at, root(at));
        await world.shows(message(SINCE + SLOTS_PER_EPOCH, nowMs(world)));
        assert.deepEqual(world.found, [], "a process before this one may have signed it");
        await world.shows(message(NOW, nowMs(world)));
        assert.deepEqual(world.found, alarm(1, 2));
      });

      it(`claims nothing of a ${what} where other nodes sign with the same keys`, async () => {
        const world = await setUp({isStoreShared: true});
        await world.shows(message(NOW, nowMs(world)));
        assert.deepEqual(world.found, []);
      });
    }

    it("alarms for another sync message than ours over blocks of the slot, and for the same before ours", async () => {
      for (const [ours, isEarly] of [
        [root(6), false],
        [root(NOW), true],
      ] as const) {
        const world = await setUp();
        showsBlock(world, NOW, root(NOW));
        if (isEarly) world.watch.onNetworkEvent(syncMessage(NOW, nowMs(world)));
        await world.clock.advance(500);
        world.sign("sync_message", NOW, 1, syncCommitteeMessageSigningRoot(config, slot(NOW), ours));
        await world.shows(syncMessage(NOW, nowMs(world)));
        assert.deepEqual(world.found, alarm(1, 2));
      }
    });

    it("knows its own echo by a clock that was set back meanwhile", async () => {
      const world = await setUp();
      showsBlock(world, NOW, root(NOW));
      world.sign("sync_message", NOW, 1, syncCommitteeMessageSigningRoot(config, slot(NOW), root(NOW)));
      await world.shows(syncMessage(NOW, nowMs(world) - 5_000));
      assert.deepEqual(world.found, []);
    });

    it("claims nothing of an old sync message of ours that somebody sends again with another slot", async () => {
      const older = root(NOW - 1);
      const cases: readonly (readonly [what: string, ours: Root | null, shownSlot: number | null])[] = [
        ["beside ours for another block", root(NOW), NOW - 1],
        ["before ours for the same block, in a slot without one", older, NOW - 1],
        ["where we have signed none", null, NOW - 1],
        ["over a block that nobody showed", root(NOW), null],
      ];
      for (const [what, ours, shownSlot] of cases) {
        const world = await setUp();
        if (shownSlot !== null) showsBlock(world, shownSlot, older);
        const arrivedMs = nowMs(world);
        await world.clock.advance(500);
        if (ours !== null) world.sign("sync_message", NOW, 1, syncCommitteeMessageSigningRoot(config, slot(NOW), ours));
        await world.shows(syncMessage(NOW, arrivedMs, older));
        assert.deepEqual(world.found, [], what);
      }
    });

    it("looks for the block of a sync message a second time", async () => {
      const world = await setUp();
      world.watch.onNetworkEvent(syncMessage(NOW, nowMs(world)));
      await world.clock.advance(500);
      showsBlock(world, NOW, root(NOW));
      await world.clock.advance(2_000);
      assert.deepEqual(world.found, alarm(1, 2));
    });

    it("knows its own, also one that is being signed when it arrives", async () => {
      const world = await setUp();
      showsBlock(world, NOW, root(NOW));
      const signingRoot = syncCommitteeMessageSigningRoot(config, slot(NOW), root(NOW));
      world.sign("sync_message", NOW, 1, signingRoot);
      await world.shows(syncMessage(NOW, nowMs(world)));
      assert.deepEqual(world.found, []);
    });
  });

  describe("of our bits in proven blocks", () => {
    const vote = (index: number, of = other(NOW - 1)) => ({
      duty: duty(index, NOW - 1, {validatorCommitteeIndex: index}),
      attestation: attestationOf(of, [index]),
      blockRoot: root(1),
      dependentRoot: root(1),
    });
    const holds = async (world: World, ...args: Parameters<typeof vote>) => {
      world.watch.onIncludedVote(vote(...args));
      await world.clock.advance(2_000);
    };

    it("alarms for one over data that were not signed here", async () => {
      const world = await setUp();
      world.sign("attestation", NOW - 1, 1, await world.record(1, data(NOW - 1)));
      await holds(world, 1);
      assert.deepEqual(world.found, alarm(1, 2));
      assert.match(world.log.lines.join(), /\(in block 0x.*\) a vote of slot 20/);
    });

    it("knows its own votes, and those of other nodes on its store", async () => {
      const world = await setUp();
      world.sign("attestation", NOW - 1, 1, await world.record(1, data(NOW - 1)));
      await world.record(2, data(NOW - 1));
      for (const index of [1, 2]) await holds(world, index, data(NOW - 1));
      assert.deepEqual(world.found, []);
    });

    it("takes the word of so many beacon nodes that it is our place in the committee, and asks them again", async () => {
      const world = await setUp({threshold: 2});
      for (const witness of world.witnesses.slice(1)) witness.failure = "down";
      await holds(world, 1);
      assert.deepEqual(world.found, [], "one of them may lie");
      for (const witness of world.witnesses) witness.failure = null;
      world.watch.onSlot(slot(NOW));
      await world.clock.advance(2_000);
      assert.deepEqual(world.found, alarm(1, 2));
    });

    it("does not count bits by the committees of another chain: beacon nodes may be on a fork", async () => {
      const world = await setUp();
      world.watch.onIncludedVote({...vote(1), dependentRoot: root(2)});
      await world.clock.advance(2_000);
      assert.deepEqual(world.found, []);
    });

    it("does not take another's bit for ours", async () => {
      const world = await setUp();
      world.watch.onIncludedVote({...vote(1), duty: duty(1, NOW - 1), attestation: attestationOf(other(NOW - 1), [0])});
      await world.clock.advance(2_000);
      assert.deepEqual(world.found, []);
    });
  });
});
