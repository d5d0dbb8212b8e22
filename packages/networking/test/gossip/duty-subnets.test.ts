import assert from "node:assert/strict";
import type {CommitteeIndex, CommitteeSubscription, Epoch, Slot, ValidatorIndex} from "@mote/core";
import {SlotClock} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {computeSubnetForAttestation, DutySubnets} from "../../src/gossip/duty-subnets.ts";
import {SyncSeats} from "../../src/gossip/sync-seats.ts";
import {SLOTS_PER_EPOCH} from "./support/chains.ts";
import {FakeGossip, FakePeers} from "./support/fake-gossip.ts";

/** As mainnet's, so that leaving a subnet costs two slots. */
const SLOT_DURATION_MS = 12_000;

function parts(slot: number, slotDurationMs = SLOT_DURATION_MS) {
  const clock = new FakeClock({nowMs: 1_000_000_000});
  const genesisTimeSec = (clock.nowMs() - slot * slotDurationMs) / 1000;
  const timing = {genesisTimeSec, slotDurationMs, slotsPerEpoch: SLOTS_PER_EPOCH};
  const slotClock = new SlotClock(timing, {clock});
  const gossip = new FakeGossip({slotClock});
  return {clock, slotClock, gossip, peers: new FakePeers()};
}

function subnets(slot: number, joinedMax = 16, slotDurationMs = SLOT_DURATION_MS) {
  const all = parts(slot, slotDurationMs);
  const room = new DutySubnets({joinedMax}, all);
  room.start();
  const joined = () => [...all.gossip.joined.keys()].map((key) => Number(key.split(" ")[1])).sort((a, b) => a - b);
  /** What is joined in each of the next slots. */
  const history = async (slots: number) => {
    const seen: string[] = [];
    for (let i = 0; i < slots; i++) {
      seen.push(joined().join(" "));
      await all.clock.advance(SLOT_DURATION_MS);
    }
    return seen;
  };
  return {...all, room, joined, history};
}

const duty = (slot: number, committeeIndex = 0, committeesAtSlot = 2): CommitteeSubscription => ({
  validatorIndex: 1 as ValidatorIndex,
  committeeIndex: committeeIndex as CommitteeIndex,
  committeesAtSlot,
  slot: slot as Slot,
  isAggregator: false,
});

/** Its duties are known; this one is far away. */
const NEXT_EPOCH = duty(95);

describe("attestation subnets", () => {
  it("are counted through the epoch", () => {
    const subnet = (committees: number, slot: number, index: number) =>
      computeSubnetForAttestation(committees, slot as Slot, index as CommitteeIndex);
    assert.deepEqual([subnet(2, 8, 0), subnet(2, 8, 1), subnet(2, 9, 0), subnet(2, 15, 1)], [0, 1, 2, 15]);
    assert.equal(subnet(64, 9, 3), 3);
  });

  it("of our duties are joined from two slots before until the slot is over", async () => {
    const {room, history, peers} = subnets(80);
    room.learn([duty(84), NEXT_EPOCH]);
    assert.deepEqual(await history(6), ["", "", "8", "8", "8", ""]);
    assert.deepEqual(peers.wanted, ["attnets 8 until 84", "attnets 14 until 95"]);
  });

  it("are joined at once when the duty is near, and not for one that is past or far away", () => {
    const {room, joined, peers} = subnets(80);
    room.learn([duty(80, 0), duty(81, 0), duty(79, 1), duty(80 + 4 * SLOTS_PER_EPOCH, 1)]);
    assert.deepEqual(joined(), [0, 2]);
    assert.equal(peers.wanted.length, 2);
  });

  it("are not left when they are needed again before the mesh would take us back", async () => {
    const near = subnets(80);
    // The same subnet: 64 committees a slot.
    near.room.learn([duty(80, 5, 64), duty(84, 5, 64), NEXT_EPOCH]);
    assert.deepEqual(await near.history(6), ["5", "5", "5", "5", "5", ""]);
    const far = subnets(80);
    far.room.learn([duty(80, 5, 64), duty(86, 5, 64), NEXT_EPOCH]);
    assert.deepEqual(await far.history(6), ["5", "", "", "", "5", "5"]);
  });

  it("are kept for a while when the next epoch's duties are not known", async () => {
    const {room, history} = subnets(80);
    room.learn([duty(80, 5, 64)]);
    assert.deepEqual(await history(5), ["5", "5", "5", "", ""]);
    const {room: told, history: historyOfTold} = subnets(80);
    told.learn([duty(80, 5, 64), duty(95, 0, 64)]);
    assert.deepEqual(await historyOfTold(3), ["5", "", ""]);
  });

  it("are joined to a number, the most urgent first", async () => {
    const {room, history} = subnets(80, 2);
    room.learn([duty(82, 4, 64), duty(82, 5, 64), duty(80, 0, 64), duty(81, 2, 64), NEXT_EPOCH]);
    assert.deepEqual(await history(4), ["0 2", "2 4", "4 5", ""]);
  });

  it("are more where they share fewer committees", async () => {
    const {room, history} = subnets(80, 2);
    room.learn([duty(82, 4, 32), duty(82, 5, 32), duty(80, 0, 32), duty(81, 2, 32), duty(95, 0, 32)]);
    assert.deepEqual(await history(4), ["0 4 5 34", "4 5 34", "4 5", ""]);
  });

  it("of short slots are joined once when every slot has duties", async () => {
    const {room, gossip, clock, slotClock} = subnets(80, 8, 1_000);
    const every = (epoch: number) =>
      Array.from({length: SLOTS_PER_EPOCH}, (_, i) => epoch * SLOTS_PER_EPOCH + i).flatMap((slot) => [
        duty(slot, 0),
        duty(slot, 1),
      ]);
    let left = 0;
    const unsubscribe = gossip.unsubscribe.bind(gossip);
    gossip.unsubscribe = (...args) => {
      left++;
      unsubscribe(...args);
    };
    for (let i = 0; i < 3 * SLOTS_PER_EPOCH; i++) {
      const epoch = slotClock.currentEpoch();
      // Those of the next epoch become known in its middle.
      room.learn(i % SLOTS_PER_EPOCH < SLOTS_PER_EPOCH / 2 ? every(epoch) : [...every(epoch), ...every(epoch + 1)]);
      await clock.advance(1_000);
    }
    assert.deepEqual([gossip.joined.size, left], [16, 0]);
  });

  it("are known for the votes of epochs that were told", async () => {
    const {room, clock} = subnets(80);
    const subnetOf = (slot: number) => room.subnetOf(slot as Slot, 1 as CommitteeIndex);
    assert.equal(subnetOf(83), null);
    room.learn([duty(84)]);
    assert.equal(subnetOf(83), 7);
    assert.equal(subnetOf(88), null);
    await clock.advance(2 * SLOTS_PER_EPOCH * SLOT_DURATION_MS);
    assert.equal(subnetOf(83), null, "forgotten");
  });

  it("are not left at the stop, for whoever comes back would be kept out", () => {
    const {room, joined} = subnets(80);
    room.learn([duty(81)]);
    const before = joined();
    assert.equal(before.length, 1);
    room.stop();
    assert.deepEqual(joined(), before);
  });
});

describe("sync committee subnets", () => {
  const seatsOf = (validatorIndex: number, seats: readonly number[], untilEpoch: number) => ({
    validatorIndex: validatorIndex as ValidatorIndex,
    seats,
    untilEpoch: untilEpoch as Epoch,
  });
  const one = 1 as ValidatorIndex;

  it("are those of the seats, joined until the period is over", async () => {
    const all = parts(80);
    const room = new SyncSeats(all);
    room.start();
    // Minimal: 32 seats, 8 a subnet.
    room.learn([seatsOf(1, [0, 7, 31], 12), seatsOf(2, [8], 11)]);
    const joined = () => [...all.gossip.joined.keys()];
    assert.deepEqual(joined(), ["sync_committee 0", "sync_committee 3", "sync_committee 1"]);
    assert.deepEqual(all.peers.wanted, ["syncnets 0 until 95", "syncnets 3 until 95", "syncnets 1 until 87"]);
    await all.clock.advance(SLOTS_PER_EPOCH * SLOT_DURATION_MS);
    assert.deepEqual(joined(), ["sync_committee 0", "sync_committee 3"]);
    await all.clock.advance(SLOTS_PER_EPOCH * SLOT_DURATION_MS);
    assert.deepEqual(joined(), []);
    room.stop();
  });

  it("change with the period, whose last slot is the next committee's", () => {
    const room = new SyncSeats(parts(80));
    room.learn([seatsOf(1, [8], 24), seatsOf(1, [0], 16)]);
    const subnetsOf = (slot: number) => room.subnetsOf(one, slot as Slot);
    assert.deepEqual([subnetsOf(126), subnetsOf(127), subnetsOf(190), subnetsOf(191)], [[0], [1], [1], []]);
    assert.deepEqual(room.subnetsOf(2 as ValidatorIndex, 80 as Slot), []);
  });
});
