import assert from "node:assert/strict";
import type {DevnetSummary} from "@mote/devnet";
import {type EndedDuty, failedDuties} from "../support/duty-lines.ts";
import type {LogLine, MoteProcess} from "../support/mote-process.ts";
import {
  BEACON_NODES,
  type NetworkLine,
  networkLine,
  networkLines,
  openNetwork,
  searchFlags,
} from "../support/p2p-node.ts";
import type {Room} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {explained} from "../support/scenario.ts";
import {startNode} from "../support/start-node.ts";
import {slotEnded, voteCells} from "../support/vote-tap.ts";

const SLOTS_PER_EPOCH = 8;
const VALIDATORS = 16;
/** Two chains and nodes that start at once. */
const GENESIS_DELAY_SEC = 11;
const LAST_SLOT = 9;
/** In which votes have found their block. */
const INCLUSION_SLOTS = 2;
/** The hostile peer is as good as any before it. */
const FIRST_HOSTILE_SLOT = 3;
/** A node without p2p takes some 110, and twice that is what a node with it may take on mainnet; a bomb inflates to more than the rest. */
const RSS_BYTES_MAX = 256 * 2 ** 20;

/** Why this node says goodbye, in numbers. phase0/p2p-interface.md#goodbye-v1, and above 127 what clients have agreed on */
const GOODBYE = {irrelevantNetwork: 2, fault: 3, badScore: 250, banned: 251} as const;

interface Attack {
  /** As the devnet's `--fault p2p:…` has it. */
  readonly fault: string;
  /** False: it is hostile from the first word on, and never is a peer. */
  readonly beginsWell: boolean;
  /** One of these must be among what its score pays for. */
  readonly offence: string;
  readonly goodbyes: readonly number[];
}

const ATTACKS = {
  lie: {fault: "lie", beginsWell: true, offence: "invalid_message", goodbyes: [GOODBYE.badScore, GOODBYE.banned]},
  flood: {fault: "flood", beginsWell: true, offence: "rate_limit", goodbyes: [GOODBYE.badScore, GOODBYE.banned]},
  bombs: {fault: "bombs", beginsWell: true, offence: "invalid_message", goodbyes: [GOODBYE.badScore, GOODBYE.banned]},
  stall: {fault: "stall", beginsWell: false, offence: "too_slow", goodbyes: [GOODBYE.fault]},
  fork: {fault: "fork", beginsWell: false, offence: "wrong_chain", goodbyes: [GOODBYE.irrelevantNetwork]},
} satisfies Record<string, Attack>;

interface Attacked extends Attack {
  readonly mote: MoteProcess;
  /** When the last slot had ended, as all that follows. */
  readonly summary: DevnetSummary;
  readonly failed: readonly EndedDuty[];
  readonly lines: readonly LogLine[];
  /** By slot, what came of its votes. */
  readonly votes: ReadonlyMap<number, readonly string[]>;
  readonly hostile: string;
  readonly network: NetworkLine;
}

/** A chain on which one Mote signs for everybody and finds four peers, of which one is hostile; none is kept at any price. */
async function attack(room: Room, attack: Attack): Promise<Attacked> {
  const {fault, beginsWell} = attack;
  const devnet = await openNetwork(room, {
    genesisDelaySec: GENESIS_DELAY_SEC,
    validators: VALIDATORS,
    faults: [`p2p:${fault}${beginsWell ? `@${FIRST_HOSTILE_SLOT}-${LAST_SLOT}` : ""}`],
  });
  const mote = startNode(room, devnet, {name: fault}, ...searchFlags(devnet), "--log-level", "debug");
  await explained(mote, () => mote.ready());
  devnet.start();
  await slotEnded(devnet, LAST_SLOT);
  const votes = new Map<number, readonly string[]>();
  for (let slot = 0; slot <= LAST_SLOT; slot++)
    votes.set(
      slot,
      voteCells(devnet, slot).map(({cell}) => cell),
    );
  const hostile = devnet.peers()[BEACON_NODES]?.split("/p2p/")[1] ?? "";
  const network = await networkLine(mote, LAST_SLOT);
  const [summary, failed, lines] = [devnet.summary(), failedDuties(mote), [...mote.lines]];
  return {...attack, mote, summary, failed, lines, votes, hostile, network};
}

/** What the chain and Mote's own journal say: every duty was done, whoever was among the peers. */
function assertNothingMissed({mote, summary, failed, votes, network}: Attacked): Promise<void> {
  return explained(mote, async () => {
    assert.deepEqual(await mote.exited, {code: 0, signal: null}, "it stayed until it was asked to go");
    const {proposals, syncCommittee, aggregates, syncContributions, slashableMessages} = summary;
    const late = [...votes].filter(
      ([slot, cells]) => slot <= LAST_SLOT - INCLUSION_SLOTS && cells.join() !== VOTES_INCLUDED,
    );
    assert.deepEqual(late, [], "slots whose votes were not all included at once");
    assert.deepEqual(proposals, {expected: LAST_SLOT - 1, included: LAST_SLOT - 1, missed: 0});
    assert.equal(syncCommittee.participation, 1);
    assert.deepEqual([aggregates.rejected, syncContributions.rejected, slashableMessages], [0, 0, 0]);
    assert.deepEqual(failed, []);
    assert.deepEqual(network.vetoes, {source: 0, target: 0, head: 0});
    const {lightClientSlot} = network;
    assert.ok(lightClientSlot !== null && lightClientSlot >= LAST_SLOT - 2, `proven to slot ${lightClientSlot}`);
  });
}

const VOTES_INCLUDED = Array(VALIDATORS / SLOTS_PER_EPOCH)
  .fill("included")
  .join();

const saying = (lines: readonly LogLine[], msg: string): LogLine[] => lines.filter((line) => line.msg === msg);

/** The hostile one has gone for good and for the right reason, and the others are still there, with a clean slate. */
function assertThrownOut({mote, lines, hostile, beginsWell, offence, goodbyes, network}: Attacked): Promise<void> {
  return explained(mote, () => {
    const peersIn = (slot: number) => networkLines(mote).find((line) => line.slot === slot)?.peers;
    assert.equal(peersIn(FIRST_HOSTILE_SLOT - 1), beginsWell ? BEACON_NODES + 1 : BEACON_NODES);
    assert.equal(network.peers, BEACON_NODES);
    const paid = saying(lines, "A peer's score pays");
    assert.deepEqual([...new Set(paid.map(({peer}) => peer))], [hostile]);
    assert.ok(
      paid.some((line) => line.offence === offence),
      paid.map((line) => line.offence).join(),
    );
    const [left, ...more] = saying(lines, "A peer is left");
    assert.equal(left?.peer, hostile);
    assert.ok(goodbyes.includes(Number(left?.reason)), `goodbye ${left?.reason}`);
    assert.deepEqual(more, []);
  });
}

function assertMemoryBounded({mote, lines}: Attacked): Promise<void> {
  return explained(mote, () => {
    const rss = lines.flatMap(({rssBytes}) => (typeof rssBytes === "number" ? [rssBytes] : []));
    assert.ok(rss.length >= LAST_SLOT - INCLUSION_SLOTS - 2, `${rss.length} figures of memory`);
    assert.ok(Math.max(...rss) <= RSS_BYTES_MAX, `${Math.max(...rss)} bytes`);
  });
}

describe("one hostile peer of four", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms({placesEach: 3});
  const attacked: Partial<Record<keyof typeof ATTACKS, Promise<Attacked>>> = {};
  before(() => {
    const live = (one: Attack) => rooms.live((room) => attack(room, one));
    const {lie, flood, bombs, stall, fork} = ATTACKS;
    attacked.lie = live(lie);
    attacked.stall = live(stall);
    attacked.fork = live(fork);
    attacked.flood = live(flood);
    attacked.bombs = live(bombs);
  });
  after(() => rooms.clear());

  const titles: Record<keyof typeof ATTACKS, string> = {
    lie: "that forges blocks, votes and light-client updates",
    stall: "that reads nothing and answers nothing",
    fork: "that is of another chain",
    flood: "that floods others with streams and messages",
    bombs: "that sends what inflates beyond all bounds, or is too long",
  };
  for (const name of ["lie", "stall", "fork", "flood", "bombs"] as const) {
    describe(titles[name], () => {
      const lived = (): Promise<Attacked> => attacked[name] ?? Promise.reject(new Error("it was not begun"));
      it("keeps no duty from being done", async () => assertNothingMissed(await lived()));
      it("is thrown out, and nobody else is", async () => assertThrownOut(await lived()));
      it("takes no memory", async () => assertMemoryBounded(await lived()));
    });
  }
});
