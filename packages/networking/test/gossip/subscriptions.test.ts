import assert from "node:assert/strict";
import {FakeClock} from "@mote/testing";
import type {DigestPeriod} from "../../src/forks/fork-digests.ts";
import {periodsFollowedAt, Subscriptions} from "../../src/gossip/subscriptions.ts";
import {asEpoch, chain, SLOT_DURATION_MS, SLOTS_PER_EPOCH, slotClockAt} from "./support/chains.ts";

const EPOCH_MS = SLOT_DURATION_MS * SLOTS_PER_EPOCH;
const {digests, topics} = chain();
const [fulu, blobs, gloas] = digests.periods as readonly [DigestPeriod, DigestPeriod, DigestPeriod];

function subscriptionsAt(slot: number) {
  const clock = new FakeClock({nowMs: 1_000_000_000});
  const joined = new Set<string>();
  const moves: string[] = [];
  const subscriptions = new Subscriptions(
    {digests, topics},
    {
      slotClock: slotClockAt(clock, slot),
      join: (name) => {
        assert.ok(!joined.has(name), "joined twice");
        joined.add(name);
        moves.push(`+${name.split("/")[2]}`);
      },
      leave: (name) => {
        assert.ok(joined.delete(name), "left twice");
        moves.push(`-${name.split("/")[2]}`);
      },
    },
  );
  return {clock, subscriptions, joined, moves};
}

describe("fork digests that are followed", () => {
  it("overlap by two epochs on either side of a boundary", () => {
    const digestsAt = (epoch: number) => periodsFollowedAt(digests, asEpoch(epoch)).map(({digest}) => digest);
    assert.deepEqual(digestsAt(0), [fulu.digest]);
    assert.deepEqual(digestsAt(7), [fulu.digest]);
    assert.deepEqual(digestsAt(8), [fulu.digest, blobs.digest]);
    assert.deepEqual(digestsAt(11), [fulu.digest, blobs.digest]);
    assert.deepEqual(digestsAt(12), [blobs.digest]);
    assert.deepEqual(digestsAt(18), [blobs.digest, gloas.digest]);
    assert.deepEqual(digestsAt(22), [gloas.digest]);
  });
});

describe("subscriptions", () => {
  it("move over a blob boundary and a fork with the clock", async () => {
    const {clock, subscriptions, moves} = subscriptionsAt(6 * SLOTS_PER_EPOCH);
    subscriptions.add("beacon_block", null);
    assert.deepEqual(moves, [], "nothing before the start");
    subscriptions.start();
    const seen: [number, string[]][] = [];
    for (let epoch = 6; epoch <= 23; epoch++) {
      if (moves.length > 0) seen.push([epoch, moves.splice(0)]);
      await clock.advance(EPOCH_MS);
    }
    subscriptions.stop();
    assert.deepEqual(seen, [
      [6, [`+${fulu.digest}`]],
      [8, [`+${blobs.digest}`]],
      [12, [`-${fulu.digest}`]],
      [18, [`+${gloas.digest}`]],
      [22, [`-${blobs.digest}`]],
    ]);
  });

  it("of Gloas kinds begin two epochs before Gloas", async () => {
    const {clock, subscriptions, moves} = subscriptionsAt(17 * SLOTS_PER_EPOCH);
    subscriptions.start();
    subscriptions.add("execution_payload", null);
    assert.deepEqual(moves, []);
    await clock.advance(EPOCH_MS);
    assert.deepEqual(moves, [`+${gloas.digest}`]);
    subscriptions.stop();
  });

  it("are counted: the last one to go leaves the topic", () => {
    const {subscriptions, joined, moves} = subscriptionsAt(0);
    subscriptions.start();
    for (let i = 0; i < 3; i++) subscriptions.add("sync_committee", 2);
    subscriptions.remove("sync_committee", 2);
    subscriptions.remove("sync_committee", 2);
    assert.equal(joined.size, 1);
    subscriptions.remove("sync_committee", 2);
    subscriptions.remove("sync_committee", 2);
    assert.deepEqual(moves, [`+${fulu.digest}`, `-${fulu.digest}`]);
    subscriptions.stop();
  });

  it("hold before genesis, for peers are there already", () => {
    const {subscriptions, moves} = subscriptionsAt(-20);
    subscriptions.start();
    subscriptions.add("beacon_block", null);
    assert.deepEqual(moves, [`+${fulu.digest}`]);
    subscriptions.stop();
  });

  it("expect what is on its way for a moment after leaving", async () => {
    const {clock, subscriptions, joined} = subscriptionsAt(0);
    subscriptions.start();
    subscriptions.add("beacon_attestation", 5);
    const [name] = [...joined];
    subscriptions.remove("beacon_attestation", 5);
    assert.ok(!subscriptions.isJoined(name!) && subscriptions.isExpected(name!));
    await clock.advance(2 * SLOT_DURATION_MS);
    assert.ok(!subscriptions.isExpected(name!));
    subscriptions.stop();
  });

  it("refuse what no fork has", () => {
    const {subscriptions} = subscriptionsAt(0);
    for (const subnetId of [null, -1, 64, 0.5]) {
      assert.throws(() => subscriptions.add("beacon_attestation", subnetId), /no subnet/, `${subnetId}`);
    }
    assert.throws(() => subscriptions.add("beacon_block", 0), /no subnet/);
  });

  it("do nothing more after the stop", async () => {
    const {clock, subscriptions, moves} = subscriptionsAt(7 * SLOTS_PER_EPOCH);
    subscriptions.start();
    subscriptions.add("beacon_block", null);
    subscriptions.stop();
    moves.splice(0);
    await clock.advance(2 * EPOCH_MS);
    subscriptions.add("voluntary_exit", null);
    assert.deepEqual(moves, []);
  });
});
