import assert from "node:assert/strict";
import type {Devnet} from "@mote/devnet";
import {assertFaultHeld, assertNothingMissed, type DevnetRun, runDevnet} from "./support/devnet-run.ts";
import {endedDuties} from "./support/duty-lines.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {startNode} from "./support/start-node.ts";
import {slotEnded, type TappedVote, VoteTap} from "./support/vote-tap.ts";

const GENESIS_DELAY = ["--genesis-delay", "10"];
const THREE_NODES = ["--beacon-nodes", "3", ...GENESIS_DELAY];
/** One node of three is down, and another gives a wrong source in these. */
const OVERLAP = {firstSlot: 26, lastSlot: 30};
/** Of slots of 2 s, in which a vote is due after a third, but for what two clocks may differ. */
const DUE_TO_END_OF_SLOT_MS = 1_300;

interface Watched {
  readonly devnet: Devnet;
  readonly mote: MoteProcess;
  readonly votes: readonly TappedVote[];
  /** Epoch of the chain's justified checkpoint, by the slot in which it was asked. */
  readonly justifiedInSlot: ReadonlyMap<number, number>;
}

/** A devnet in this process and a node on it, from genesis to the end of `lastSlot`. */
async function watch(
  room: Room,
  {lastSlot, ...options}: {lastSlot: number} & Parameters<Room["devnet"]>[0],
): Promise<Watched> {
  const devnet = await room.devnet(options);
  const {votes} = new VoteTap(devnet);
  const justifiedInSlot = new Map<number, number>();
  devnet.subscribe((event) => {
    if (event.kind === "slot_ended") justifiedInSlot.set(event.slot, event.snapshot.justifiedEpoch);
  });
  const mote = startNode(room, devnet, {name: `${devnet.urls[0]?.split(":").at(-1)}`});
  await mote.ready();
  devnet.start();
  await slotEnded(devnet, lastSlot);
  return {devnet, mote, votes, justifiedInSlot};
}

/** Votes whose source is not what the chain had justified when the target's epoch began. */
function votesWithForeignSource({votes, justifiedInSlot}: Watched): TappedVote[] {
  return votes.filter(({sourceEpoch, targetEpoch}) => sourceEpoch !== justifiedInSlot.get(targetEpoch * 8));
}

/** @returns how many votes were not cast for want of agreement; in the last slot all may be cast, in the moment after it, when the liar tells the truth */
function withheldIn(mote: MoteProcess): number {
  let withheld = 0;
  for (let slot = OVERLAP.firstSlot; slot <= OVERLAP.lastSlot; slot++) {
    const ended = endedDuties(mote).filter(({key}) => key.slot === slot);
    assert.equal(ended.length, 8, `duties of slot ${slot}`);
    for (const {end, dueMs, reachedMs} of ended) {
      const recordedMs = reachedMs.recorded ?? null;
      if (slot === OVERLAP.lastSlot && recordedMs !== null) {
        assert.ok(recordedMs - dueMs >= DUE_TO_END_OF_SLOT_MS, `recorded ${recordedMs - dueMs} ms after it was due`);
        continue;
      }
      assert.equal(end.kind === "failed" && end.reason, "BEACON_NODES_DISAGREE", JSON.stringify(end));
      assert.equal(recordedMs, null);
      withheld++;
    }
  }
  return withheld;
}

describe("beacon nodes in trouble", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let apart: Promise<DevnetRun>;
  let byTurns: Promise<DevnetRun>;
  let slow: Promise<DevnetRun>;
  let both: Promise<Watched>;
  let loneLiar: Promise<Watched>;
  before(() => {
    const downThenWrong = ["--fault", "bn1:down@12-20", "--fault", "bn2:wrong-source@25-33"];
    const run = (...argv: readonly string[]) => rooms.live((room) => runDevnet(room, ...THREE_NODES, ...argv));
    apart = run("--epochs", "6", ...downThenWrong);
    const faults = [
      "bn0:http-500@3-7",
      "bn1:optimistic@9-13",
      "bn2:stuck-head@12-19",
      "bn0:truncate@21-25",
      "bn1:wrong-source=later@26-31",
    ];
    byTurns = run("--epochs", "6", ...faults.flatMap((fault) => ["--fault", fault]));
    slow = run("--fault", "bn1:delay=800ms@2-12", "--epochs", "3");
    // The genesis checkpoint is the source until epoch 3, and a source before that one there is not: earlier, the lie would be the truth.
    const {firstSlot, lastSlot} = OVERLAP;
    const overlap = ["bn1:down@24-31", `bn2:wrong-source@${firstSlot}-${lastSlot}`];
    both = rooms.live((room) => watch(room, {beaconNodes: 3, secondsPerSlot: 2, faults: overlap, lastSlot: 49}));
    loneLiar = rooms.live((room) => watch(room, {validators: 16, faults: ["bn0:wrong-source@24-25"], lastSlot: 25}));
  });
  after(() => rooms.clear());

  describe("one down, and later another with a wrong source", () => {
    it("costs no vote", async () => {
      const run = await apart;
      const {finalizedEpoch} = await assertNothingMissed(run, {epochs: 6});
      assert.ok(finalizedEpoch >= 3, `finalised ${finalizedEpoch}`);
      assertFaultHeld(run, "bn1", "down", 12, 20);
      assertFaultHeld(run, "bn2", "wrong-source=previous", 25, 33);
    });
  });

  describe("one after another failing, unverified, stuck, cutting its answers short, and lying", () => {
    it("costs no vote", async () => {
      const run = await byTurns;
      await assertNothingMissed(run, {epochs: 6});
      assertFaultHeld(run, "bn0", "http-500", 3, 7);
      assertFaultHeld(run, "bn1", "optimistic", 9, 13);
      assertFaultHeld(run, "bn2", "stuck-head", 12, 19);
      assertFaultHeld(run, "bn0", "truncate", 21, 25);
      assertFaultHeld(run, "bn1", "wrong-source=later", 26, 31);
    });
  });

  describe("one that answers 800 ms late", () => {
    it("costs no vote", async () => {
      const run = await slow;
      await assertNothingMissed(run, {epochs: 3});
      assertFaultHeld(run, "bn1", "delay=800ms", 2, 12);
    });
  });

  describe("one down and another with a wrong source at the same time", () => {
    it("lets no vote with a source that is not the chain's out", async () => {
      const watched = await both;
      assert.ok(watched.votes.length > 0);
      assert.deepEqual(votesWithForeignSource(watched), []);
      assert.equal(watched.devnet.chain.slashings.report().slashableMessages, 0);
      const reasons = endedDuties(watched.mote).map(({end}) => end.kind === "failed" && end.reason);
      assert.equal(reasons.includes("PUBLISH_REFUSED"), false);
    });

    it("closes each vote that was not cast with the reason", async () => {
      const {mote, votes, devnet} = await both;
      await explained(mote, () => {
        const withheld = withheldIn(mote);
        const voters = new Set(votes.filter(({targetEpoch}) => targetEpoch === 3).map((vote) => vote.validatorIndex));
        assert.equal(voters.size, devnet.chain.pubkeys.length - withheld, "all others voted in epoch 3");
      });
    });

    it("goes on to finalise afterwards", async () => {
      const {devnet, mote} = await both;
      const {finalizedEpoch, attestations} = devnet.summary();
      assert.ok(finalizedEpoch >= 4, `finalised ${finalizedEpoch}`);
      assert.equal(attestations.missed, withheldIn(mote));
    });
  });

  it("would be caught: the wrong source of a node that nobody contradicts is signed, and seen", async () => {
    const watched = await loneLiar;
    const wrong = votesWithForeignSource(watched);
    assert.deepEqual([...new Set(wrong.map(({targetEpoch}) => targetEpoch))], [3]);
  });
});
