import assert from "node:assert/strict";
import type {Devnet, DevnetSummary} from "@mote/devnet";
import {BlockReader, type ReadBlock} from "../support/block-reader.ts";
import {type EndedDuty, endedDuties, failedDuties} from "../support/duty-lines.ts";
import type {MoteProcess} from "../support/mote-process.ts";
import {BEACON_NODES, joinFlags, type NetworkLine, networkLine, openNetwork} from "../support/p2p-node.ts";
import type {Room, RoomDevnetOptions} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {explained} from "../support/scenario.ts";
import {startNode} from "../support/start-node.ts";
import {slotEnded} from "../support/vote-tap.ts";

const SLOTS_PER_EPOCH = 8;
const VALIDATORS = 32;
const VOTES_A_SLOT = VALIDATORS / SLOTS_PER_EPOCH;
const SYNC_COMMITTEE_SIZE = 32;
const PTC_SIZE = 16;
/** Two chains of three peers each, and two nodes that start at once. */
const GENESIS_DELAY_SEC = 14;
const ECHO_RATE_MIN = 0.99;
/** In which votes have found their block. */
const INCLUSION_SLOTS = 2;

type VotePaths = NonNullable<ReturnType<Devnet["votePaths"]>>;

/** Slots, both ends included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

interface Life extends RoomDevnetOptions {
  readonly lastSlot: number;
  /** In which no beacon node takes anything that is signed. */
  readonly cut: Range;
}

interface Lived extends Life {
  readonly mote: MoteProcess;
  /** When the last slot had ended, as all that follows. */
  readonly summary: DevnetSummary;
  readonly blocks: readonly ReadBlock[];
  /** By Mote's journal: what has come to its end, and whatever failed. */
  readonly votes: readonly EndedDuty[];
  readonly syncMessages: readonly EndedDuty[];
  readonly payloadVotes: readonly EndedDuty[];
  readonly failed: readonly EndedDuty[];
  readonly network: NetworkLine;
  /** Votes by path that had come before the cut, and when it was over. */
  readonly pathsBefore: VotePaths;
  readonly pathsAfter: VotePaths;
  /** Slots in which all beacon nodes refused. */
  readonly refused: readonly number[];
  /** By slot, how many of its votes were in blocks soon after it. */
  readonly votesIncluded: ReadonlyMap<number, number>;
}

/** A chain of three beacon nodes and their peers, on which one Mote signs for everybody and joins them. */
async function live(room: Room, life: Life): Promise<Lived> {
  const {lastSlot, cut, ...options} = life;
  const devnet = await openNetwork(room, {
    genesisDelaySec: GENESIS_DELAY_SEC,
    validators: VALIDATORS,
    faults: Array.from({length: BEACON_NODES}, (_, i) => `bn${i}:no-publish@${cut.first}-${cut.last}`),
    ...options,
  });
  const reader = new BlockReader(devnet);
  const watched = watchSlots(devnet);
  const mote = startNode(room, devnet, {name: "on-the-network"}, ...joinFlags(devnet));
  await explained(mote, () => mote.ready());
  devnet.start();
  await slotEnded(devnet, cut.first - 1);
  const pathsBefore = votePaths(devnet);
  await slotEnded(devnet, cut.last);
  const pathsAfter = votePaths(devnet);
  await slotEnded(devnet, lastSlot);
  const [summary, votes, failed] = [devnet.summary(), endedDuties(mote), failedDuties(mote)];
  const [syncMessages, payloadVotes] = [endedDuties(mote, "sync_message"), endedDuties(mote, "payload_attestation")];
  const [network, blocks] = await Promise.all([networkLine(mote, lastSlot), reader.blocks(1, lastSlot)]);
  const ended = {votes, syncMessages, payloadVotes, failed};
  return {...life, ...watched, ...ended, mote, summary, network, blocks, pathsBefore, pathsAfter};
}

function watchSlots(devnet: Devnet): Pick<Lived, "refused" | "votesIncluded"> {
  const refused: number[] = [];
  const votesIncluded = new Map<number, number>();
  devnet.subscribe((event) => {
    if (event.kind !== "slot_ended") return;
    const {slot, snapshot} = event;
    if (snapshot.endpoints.every(({faults}) => faults.join() === "no-publish")) refused.push(slot);
    const before = (slot - INCLUSION_SLOTS) as typeof slot;
    votesIncluded.set(before, devnet.chain.ledger.slot(before)?.included ?? 0);
  });
  return {refused, votesIncluded};
}

function votePaths(devnet: Devnet): VotePaths {
  const paths = devnet.votePaths();
  assert.ok(paths !== null);
  return paths;
}

const sumOf = ({both, apiOnly, gossipOnly}: VotePaths): number => both + apiOnly + gossipOnly;

/** What the chain counted, and what Mote's own journal says: everything asked for was done, and done by the rules. */
function assertNothingMissed({mote, summary, blocks, failed, lastSlot, fork}: Lived): Promise<void> {
  return explained(mote, async () => {
    assert.deepEqual(failed, []);
    const {attestations, proposals, payloadAttestations, aggregates, syncContributions, slashableMessages} = summary;
    const {expected, published, included, missed} = attestations;
    // A vote may be included up to the end of the epoch after its own, and that slot must have passed.
    const votes = VALIDATORS * (Math.floor(lastSlot / SLOTS_PER_EPOCH) - 1);
    assert.deepEqual(
      {expected, published, included, missed},
      {expected: votes, published: votes, included: votes, missed: 0},
    );
    assert.deepEqual(proposals, {expected: lastSlot - 1, included: lastSlot - 1, missed: 0});
    const seats = blocks.map(({syncBits}) => syncBits);
    assert.deepEqual(seats, Array(lastSlot).fill(SYNC_COMMITTEE_SIZE), "of the sync committee in each block");
    assert.equal(payloadAttestations.missed, 0);
    assert.equal(payloadAttestations.expected > 0, fork !== undefined);
    assert.deepEqual([aggregates.rejected, syncContributions.rejected, slashableMessages], [0, 0, 0]);
    assert.deepEqual(await mote.exited, {code: 0, signal: null}, "it stayed until it was asked to go");
  });
}

function assertTravelled({mote, votes, syncMessages, network}: Lived): Promise<void> {
  return explained(mote, () => {
    assertEchoed(votes);
    assertEchoed(syncMessages);
    assert.ok(network.echoRate !== null && network.echoRate >= ECHO_RATE_MIN, `echo rate ${network.echoRate}`);
    assert.equal(network.peers, BEACON_NODES);
  });
}

/** By their records. */
function assertEchoed(duties: readonly EndedDuty[], endedMin = VALIDATORS): void {
  const echoed = duties.filter(({reachedMs}) => reachedMs.echoed !== undefined);
  const what = `${duties[0]?.key.kind}: ${echoed.length} of ${duties.length} came back`;
  assert.ok(duties.length >= endedMin && echoed.length >= ECHO_RATE_MIN * duties.length, what);
}

/** Nobody lied: nothing may have been vetoed. */
function assertNoVeto({mote, network}: Lived): Promise<void> {
  return explained(mote, () => assert.deepEqual(network.vetoes, {source: 0, target: 0, head: 0}));
}

/** Everything that was signed during the cut came by gossip, and only there. */
function assertGossipAlone({mote, cut, refused, pathsBefore, pathsAfter, blocks, votesIncluded}: Lived): Promise<void> {
  return explained(mote, () => {
    const slots = Array.from({length: cut.last - cut.first + 1}, (_, at) => cut.first + at);
    assert.deepEqual(refused, slots);
    assert.deepEqual(
      {
        byGossipAlone: pathsAfter.gossipOnly - pathsBefore.gossipOnly,
        byAnyPath: sumOf(pathsAfter) - sumOf(pathsBefore),
      },
      {byGossipAlone: VOTES_A_SLOT * slots.length, byAnyPath: VOTES_A_SLOT * slots.length},
    );
    const late = slots.filter((slot) => votesIncluded.get(slot) !== VOTES_A_SLOT);
    assert.deepEqual(late, [], "slots whose votes were not all included at once");
    const proposed = blocks.map(({slot}) => slot).filter((slot) => slot >= cut.first && slot <= cut.last);
    assert.deepEqual(proposed, slots, "blocks");
  });
}

describe("a node on the network", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms({placesEach: 3});
  let fulu: Promise<Lived>;
  let crossing: Promise<Lived>;
  before(() => {
    // The votes of epochs 2 and 3 make epoch 2 final.
    fulu = rooms.live((room) => live(room, {lastSlot: 34, cut: {first: 16, last: 31}}));
    crossing = rooms.live((room) => live(room, {fork: "gloas@2", lastSlot: 26, cut: {first: 19, last: 22}}));
  });
  after(() => rooms.clear());

  describe("under Fulu", () => {
    it("has every duty done, whether beacon nodes take what is signed or not", async () => {
      await assertNothingMissed(await fulu);
    });

    it("has its votes carried by beacon nodes and by peers, from which they and its sync messages come back", async () => {
      const {pathsBefore, cut, mote} = await fulu;
      await explained(mote, () => {
        assert.equal(sumOf(pathsBefore), VOTES_A_SLOT * cut.first);
        // Of which of them peers had heard before the API brought them, only the devnet's haste decides: the echoes tell of the other path.
        assert.equal(pathsBefore.gossipOnly, 0);
      });
      await assertTravelled(await fulu);
    });

    it("has everything carried by gossip alone while no beacon node takes what is signed, enough to finalise an epoch", async () => {
      await assertGossipAlone(await fulu);
      const {summary, cut} = await fulu;
      assert.equal(summary.finalizedEpoch, cut.first / SLOTS_PER_EPOCH);
    });

    it("knows by its light client what is final, as soon as it is", async () => {
      const {mote, network, summary} = await fulu;
      await explained(mote, () => assert.equal(network.lightClientFinalizedEpoch, summary.finalizedEpoch));
    });

    it("has nothing vetoed", async () => assertNoVeto(await fulu));
  });

  describe("across the fork to Gloas", () => {
    it("has every duty done, whether beacon nodes take what is signed or not", async () => {
      await assertNothingMissed(await crossing);
    });

    it("has its votes and sync messages come back from peers", async () => assertTravelled(await crossing));

    it("has its payload votes come back, once the topic of the new fork has its mesh", async () => {
      const {mote, payloadVotes, lastSlot} = await crossing;
      const later = payloadVotes.filter(({key}) => key.slot > 2 * SLOTS_PER_EPOCH);
      // One validator may have several of a slot's seats.
      await explained(mote, () => assertEchoed(later, lastSlot - 2 * SLOTS_PER_EPOCH));
    });

    it("has votes, blocks, payloads and payload votes carried by gossip alone", async () => {
      await assertGossipAlone(await crossing);
      const {blocks, mote} = await crossing;
      const fork = 2 * SLOTS_PER_EPOCH;
      await explained(mote, () => {
        for (const {slot, version, payloadBits} of blocks) {
          assert.equal(version, slot < fork ? "fulu" : "gloas");
          assert.equal(payloadBits, slot <= fork ? 0 : PTC_SIZE, `slot ${slot}`);
        }
      });
    });

    it("knows by its light client what the committee signs after the fork", async () => {
      const {mote, network, lastSlot} = await crossing;
      const {lightClientSlot} = network;
      await explained(mote, () => {
        assert.ok(lightClientSlot !== null && lightClientSlot >= lastSlot - 2, `proven to slot ${lightClientSlot}`);
      });
    });

    it("has nothing vetoed", async () => assertNoVeto(await crossing));
  });
});
