import assert from "node:assert/strict";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import {type DevnetRun, readSummary} from "./support/devnet-run.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import {Room} from "./support/room.ts";
import {begun, explained} from "./support/scenario.ts";
import {blockShown, slotEnded, VoteTap} from "./support/vote-tap.ts";

/** What is promised; the vote of the test is under way for a third of it. */
const STOP_MS_MAX = 3000;

interface Interrupted {
  readonly mote: MoteProcess;
  readonly code: number | null;
  readonly tookMs: number;
  /** Votes that had reached the beacon node when the signal was sent, and when the node had ended. */
  readonly votes: {readonly before: number; readonly after: number};
  readonly again: MoteProcess;
}

/**
 * The beacon node takes up each request a second late, so that a vote of slot 1 that begins at its due time (1.3 s) arrives after more than 3 s. The
 * signal comes at 2 s.
 */
async function interruptVote(room: Room): Promise<Interrupted> {
  const devnet = await room.devnet({validators: 64, secondsPerSlot: 4, faults: ["bn0:delay=1s@1"]});
  const tap = new VoteTap(devnet);
  const start = (...flags: readonly string[]) =>
    room.mote(
      ...["start", "--network", "devnet", "--datadir", join(room.dir, "interrupted"), "--json"],
      ...["--beacon-nodes", devnet.urls.join(), "--interop-keys", "0..63"],
      ...flags,
    );
  const mote = start("--init-slashing-protection");
  await mote.ready();
  devnet.start();
  await slotEnded(devnet, 0);
  const votesOfSlot0 = tap.votes.length;
  await blockShown(devnet, 1);
  await sleep(2000);
  const before = tap.votes.length - votesOfSlot0;
  const sinceMs = performance.now();
  mote.signal("SIGINT");
  const {code} = await mote.exited;
  const tookMs = performance.now() - sinceMs;
  const after = tap.votes.length - votesOfSlot0;
  const again = start();
  await explained(again, () => again.ready());
  return {mote, code, tookMs, votes: {before, after}, again};
}

/** The beacon node says where it is and serves nothing: the start waits for it. */
async function interruptStart(room: Room): Promise<Pick<Interrupted, "mote" | "code" | "tookMs">> {
  const devnet = await room.devnet({validators: 8, faults: ["bn0:optimistic"]});
  devnet.start();
  const mote = room.mote(
    ...["start", "--network", "devnet", "--datadir", join(room.dir, "waiting"), "--json", "--init-slashing-protection"],
    ...["--beacon-nodes", devnet.urls.join(), "--interop-keys", "0..7"],
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
  this.timeout(120_000);
  const room = new Room();
  let vote: Promise<Interrupted>;
  let waiting: ReturnType<typeof interruptStart>;
  let devnet: Promise<DevnetRun>;
  before(() => {
    vote = begun(interruptVote(room));
    waiting = begun(interruptStart(room));
    devnet = begun(interruptDevnet(room));
  });
  after(() => room.clear());

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
    await explained(mote, () => assert.deepEqual(votes, {before: 0, after: 8}));
  });

  it("leaves the datadir so that the next start is not hindered", async () => {
    const {again} = await vote;
    assert.ok(again.isRunning, again.story());
  });
});
