import assert from "node:assert/strict";
import {assertEveryDutyDone, assertNothingMissed, type DevnetRun, runDevnet} from "./support/devnet-run.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";

const DIALECTS = ["prysm", "lighthouse", "charon"];

/** A chain alone, and a node that joins it by the very words that it prints. */
async function joinAsTold(room: Room): Promise<DevnetRun> {
  const mote = room.mote(
    "devnet",
    "--no-node",
    "--seconds-per-slot",
    "2",
    "--epochs",
    "3",
    "--validators",
    "16",
    "--json",
  );
  const said = await explained(mote, () => mote.stderrSays(/^mote (start .*)$/m));
  const node = room.mote(...(said[1] ?? "").split(" "));
  const {code} = await mote.exited;
  node.signal("SIGTERM");
  return {mote, code};
}

describe("a chain that only Mote votes on", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let crossing: Promise<DevnetRun>;
  let joined: Promise<DevnetRun>;
  const spoken = new Map<string, Promise<DevnetRun>>();
  before(() => {
    crossing = rooms.live((room) => runDevnet(room, "--epochs", "4", "--fork", "gloas@2"));
    joined = rooms.live(joinAsTold);
    for (const name of DIALECTS) {
      const dialect = ["--dialect", `bn0=${name}`];
      spoken.set(
        name,
        rooms.live((room) => runDevnet(room, "--epochs", "3", ...dialect)),
      );
    }
  });
  after(() => rooms.clear());

  for (const name of DIALECTS) {
    it(`is justified through a beacon node that speaks as ${name} does`, async () => {
      assertEveryDutyDone(await assertNothingMissed(await spoken.get(name)!, {epochs: 3}));
    });
  }

  it("is joined by the command that it prints", async () => {
    const {mote, code} = await joined;
    await explained(mote, () => {
      assert.equal(code, 0);
      const {attestations, slashableMessages, rssBytes} = JSON.parse(mote.stdout);
      assert.deepEqual([attestations.expected, attestations.missed, slashableMessages, rssBytes], [16, 0, 0, null]);
    });
  });

  it("is justified across the fork to Gloas, with every duty done", async () => {
    const summary = await assertNothingMissed(await crossing, {epochs: 4});
    assert.ok(summary.justifiedEpoch >= 2, `justified ${summary.justifiedEpoch}`);
    assertEveryDutyDone(summary, {gloasSlots: 2 * 8});
  });
});
