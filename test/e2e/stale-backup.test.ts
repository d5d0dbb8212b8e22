import assert from "node:assert/strict";
import {cpSync} from "node:fs";
import {join} from "node:path";
import type {Devnet} from "@mote/devnet";
import {endedDuties} from "./support/duty-lines.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import {killBetweenTwoHeads} from "./support/restarts.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {slotEnded, VoteTap} from "./support/vote-tap.ts";

const VALIDATORS = 16;
const VOTES_A_SLOT = VALIDATORS / 8;
const HELD = /not signing\. The chain saw votes of epoch [\d and]+ that are not on record here/;

const isHeldLine = ({msg}: {readonly msg: string}): boolean => HELD.test(msg);

function start(room: Room, devnet: Devnet, datadir: string, ...flags: readonly string[]): MoteProcess {
  return room.mote(
    ...["start", "--network", "devnet", "--datadir", join(room.dir, datadir), "--json", ...flags],
    ...["--beacon-nodes", devnet.urls.join(), "--interop-keys", `0..${VALIDATORS - 1}`],
  );
}

async function stop(mote: MoteProcess): Promise<void> {
  mote.signal("SIGTERM");
  assert.equal((await mote.exited).code, 0);
}

interface Restored {
  readonly devnet: Devnet;
  readonly tap: VoteTap;
  readonly votesInSlot: ReadonlyMap<number, number>;
  readonly restarted: MoteProcess;
  readonly restored: MoteProcess;
  /** The slot in which the restored node was ready. */
  readonly restoredSlot: number;
}

/**
 * The data directory is copied after slot 2, between a stop and a quick restart. After slot 10 the node is stopped, and when its last votes are in blocks,
 * after slot 11, started on the copy.
 * The run ends with epoch 4.
 */
async function restoreOldBackup(room: Room): Promise<Restored> {
  const devnet = await room.devnet({validators: VALIDATORS, secondsPerSlot: 2});
  const tap = new VoteTap(devnet);
  const votesInSlot = new Map<number, number>();
  devnet.subscribe((event) => {
    if (event.kind === "slot_ended") votesInSlot.set(event.slot, devnet.chain.ledger.slot(event.slot)?.published ?? 0);
  });
  const first = start(room, devnet, "live", "--init-slashing-protection");
  await first.ready();
  devnet.start();
  await slotEnded(devnet, 2);
  await stop(first);
  cpSync(join(room.dir, "live"), join(room.dir, "backup"), {recursive: true});
  const restarted = start(room, devnet, "live");
  await slotEnded(devnet, 10);
  await stop(restarted);
  await slotEnded(devnet, 11);
  const restored = start(room, devnet, "backup");
  await restored.ready();
  const restoredSlot = devnet.chain.currentSlot;
  await slotEnded(devnet, 39);
  return {devnet, tap, votesInSlot, restarted, restored, restoredSlot};
}

/** Indices of those who voted for the epoch. */
const votersOf = ({tap}: Restored, epoch: number): Set<number> =>
  new Set(tap.votes.filter(({targetEpoch}) => targetEpoch === epoch).map(({validatorIndex}) => validatorIndex));

describe("stale backups", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let run: Promise<Restored>;
  let emptied: ReturnType<typeof killBetweenTwoHeads>;
  before(() => {
    run = rooms.live(restoreOldBackup);
    emptied = rooms.live((room) => killBetweenTwoHeads(room, {datadirs: ["lost", "new"]}));
  });
  after(() => rooms.clear());

  it("a quick restart on its own records costs no vote and says nothing", async () => {
    const {restarted, votesInSlot} = await run;
    await explained(restarted, () => {
      assert.deepEqual(restarted.lines.filter(isHeldLine), []);
      const votes = [8, 9, 10].map((slot) => votesInSlot.get(slot));
      assert.deepEqual(votes, Array(3).fill(VOTES_A_SLOT));
    });
  });

  it("a restored old backup is noticed before it signs, and says so", async () => {
    const {restored} = await run;
    await explained(restored, () => {
      const [line, ...more] = restored.lines.filter(isHeldLine);
      // Keys about which the blocks had to be asked come in a line of their own.
      assert.ok(line !== undefined && more.length <= 1, `${more.length} more lines`);
      assert.equal(line.level, "error");
      assert.ok(restored.lines.indexOf(line) < restored.lines.findIndex(({event}) => event === "ready"));
    });
  });

  it("its held keys vote for nothing until two clean epochs have passed, then for everything", async () => {
    const done = await run;
    const {restored, restoredSlot} = done;
    await explained(restored, () => {
      assert.ok(restoredSlot < 16, `ready in slot ${restoredSlot}: too late for what this run is about`);
      const refused = endedDuties(restored).filter(
        ({end}) => end.kind === "failed" && end.reason === "VOTES_UNEXPLAINED",
      );
      const held = new Set<number>(refused.map(({key}) => key.validatorIndex));
      assert.ok(held.size > 0);
      for (const epoch of [2, 3]) {
        assert.deepEqual(
          [...votersOf(done, epoch)].filter((index) => held.has(index)),
          [],
          `epoch ${epoch}`,
        );
      }
      assert.equal(votersOf(done, 4).size, VALIDATORS);
    });
  });

  it("leads to no slashable message", async () => {
    const {devnet} = await run;
    assert.deepEqual(devnet.chain.slashings.report().offences, []);
  });

  it("an emptied data directory is held as an old one is", async () => {
    const {devnet, restarted} = await emptied;
    await explained(restarted, () => {
      const ends = endedDuties(restarted).filter(({key}) => key.slot === 1);
      assert.ok(ends.length > 0);
      for (const {end} of ends) assert.equal(end.kind === "failed" && end.reason, "VOTES_UNEXPLAINED");
    });
    assert.deepEqual(devnet.chain.slashings.report().offences, []);
  });
});
