import assert from "node:assert/strict";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import type {Epoch, ValidatorIndex} from "@mote/core";
import {type DevnetRun, readSummary} from "../support/devnet-run.ts";
import type {MoteProcess} from "../support/mote-process.ts";
import type {Room} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {begun, explained} from "../support/scenario.ts";
import {startNode} from "../support/start-node.ts";
import {blockShown, VoteTap} from "../support/vote-tap.ts";

/** What is promised; the vote of the test is under way for a third of it. */
const STOP_MS_MAX = 3000;

interface Interrupted {
  readonly mote: MoteProcess;
  readonly code: number | null;
  readonly tookMs: number;
  /** Votes of slot 1 that had reached the beacon node when the signal was sent, and when the node had ended. */
  readonly votes: {readonly before: number; readonly after: number; readonly expected: number};
  readonly again: MoteProcess;
}

/**
 * The first beacon node takes up each request a second late, and tells of the block of slot 1 a second late, so that a vote of that slot is asked
 * for after 1 s, sent after 2 s and taken after 3 s. The signal comes in between. The block itself comes from another node, through another
 * beacon node, in time.
 */
async function interruptVote(room: Room): Promise<Interrupted> {
  const devnet = await room.devnet({
    secondsPerSlot: 4,
    beaconNodes: 2,
    faults: ["bn0:delay=1s@1"],
    genesisDelaySec: 12,
  });
  const {chain} = devnet;
  const proposer = chain.head.state.epochCtx.getBeaconProposer(1);
  const all = chain.pubkeys.map((_, index) => index as ValidatorIndex);
  const duties = chain.attesterDuties(0 as Epoch, all) ?? [];
  const voters = duties.flatMap(({slot, validatorIndex}) =>
    slot === 1 && validatorIndex !== proposer ? validatorIndex : [],
  );
  const keys = all.filter((index) => index !== proposer).join();
  const tap = new VoteTap(devnet);
  const votesNow = () =>
    new Set(tap.votes.flatMap(({validatorIndex: index}) => (voters.includes(index) ? index : []))).size;
  const start = (isNew: boolean) =>
    startNode(room, devnet, {name: "interrupted", keys, urls: devnet.urls.slice(0, 1), isNew});
  const other = startNode(room, devnet, {name: "proposer", keys: `${proposer}`, urls: devnet.urls.slice(1)});
  const mote = start(true);
  await Promise.all([mote.ready(), other.ready()]);
  devnet.start();
  await blockShown(devnet, 1);
  await sleep(2500);
  const before = votesNow();
  const sinceMs = performance.now();
  mote.signal("SIGINT");
  const {code} = await mote.exited;
  const tookMs = performance.now() - sinceMs;
  const after = votesNow();
  const again = start(false);
  await explained(again, () => again.ready());
  return {mote, code, tookMs, votes: {before, after, expected: voters.length}, again};
}

/** The beacon node says where it is and serves nothing: the start waits for it. */
async function interruptStart(room: Room): Promise<Pick<Interrupted, "mote" | "code" | "tookMs">> {
  const devnet = await room.devnet({validators: 8, faults: ["bn0:optimistic"]});
  devnet.start();
  const mote = room.mote(
    ...["start", "--network", "devnet", "--datadir", join(room.dir, "waiting"), "--json", "--init-slashing-protection"],
    ...["--beacon-nodes", devnet.urls.join(), "--interop-keys", "0..7", "--log-level", "debug"],
  );
  await explained(mote, () => mote.line(({msg}) => msg === "validator statuses not read"));
  const sinceMs = performance.now();
  mote.signal("SIGTERM");
  const {code} = await mote.exited;
  return {mote, code, tookMs: performance.now() - sinceMs};
}

async function interruptDevnet(room: Room): Promise<DevnetRun> {
  const mote = room.mote("devnet", "--seconds-per-slot", "1", "--json", "--validators", "8");
  await explained(mote, () => mote.stderrSays(/^slot 1 /m));
  mote.signalGroup("SIGINT");
  const {code} = await mote.exited;
  return {mote, code};
}

describe("Ctrl-C", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let vote: Promise<Interrupted>;
  let waiting: ReturnType<typeof interruptStart>;
  let devnet: Promise<DevnetRun>;
  before(() => {
    vote = begun(rooms.open().then(interruptVote));
    waiting = rooms.live(interruptStart);
    devnet = rooms.live(interruptDevnet);
  });
  after(() => rooms.clear());

  it("ends a devnet and its node with exit code 0 and the summary so far", async () => {
    const run = await devnet;
    await explained(run.mote, () => {
      assert.equal(run.code, 0);
      assert.ok(readSummary(run).slots >= 2);
      assert.doesNotMatch(run.mote.stderr, /^mote: /m);
    });
  });

  it("ends a node with exit code 0 within 3 s", async () => {
    const {mote, code, tookMs} = await vote;
    await explained(mote, () => {
      assert.equal(code, 0);
      assert.ok(tookMs <= STOP_MS_MAX, `took ${Math.round(tookMs)} ms`);
    });
  });

  it("ends a node that still waits for its beacon nodes", async () => {
    const {mote, code, tookMs} = await waiting;
    await explained(mote, () => {
      assert.equal(code, 0);
      assert.ok(tookMs <= STOP_MS_MAX, `took ${Math.round(tookMs)} ms`);
    });
  });

  it("lets the vote in flight arrive before the node ends", async () => {
    const {mote, votes} = await vote;
    await explained(mote, () => {
      const {before, after, expected} = votes;
      assert.ok(expected >= 7);
      assert.deepEqual({before, after}, {before: 0, after: expected});
    });
  });

  it("leaves the datadir so that the next start is not hindered", async () => {
    const {again} = await vote;
    assert.ok(again.isRunning, again.story());
  });
});
