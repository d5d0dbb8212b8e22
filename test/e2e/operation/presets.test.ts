import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {once} from "node:events";
import {mkdirSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {createInterface} from "node:readline";
import {KeystoreFolder} from "../support/keystores.ts";
import type {Room} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {explained} from "../support/scenario.ts";

const DEVNET = join(import.meta.dirname, "../support/preset-devnet.ts");

describe("a chain of another preset", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let room: Room;
  before(async () => {
    room = await rooms.open();
  });
  after(() => rooms.clear());

  /** @returns the URL of its beacon node */
  async function devnet(preset: string, changed: Readonly<Record<string, number>> = {}): Promise<string> {
    const child = spawn(process.execPath, [DEVNET, preset, JSON.stringify(changed)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    room.atEnd(async () => {
      child.kill("SIGKILL");
    });
    const [url] = await Promise.race([
      once(createInterface(child.stdout), "line"),
      once(child, "exit").then(() => assert.fail("the devnet ended")),
    ]);
    return String(url);
  }

  /** Votes and a block of ours are on the chain, and epochs have the length that the preset says. */
  async function votes(url: string, {slotsPerEpoch, flags}: {slotsPerEpoch: number; flags: readonly string[]}) {
    const datadir = ["--datadir", join(room.dir, `data-${slotsPerEpoch}`), "--init-slashing-protection"];
    const mote = room.mote("start", "--beacon-nodes", url, "--json", ...datadir, ...flags);
    await explained(mote, async () => {
      await mote.line(({event}) => event === "proposal");
      const {slot, epoch} = await mote.line(
        ({event, slot, included}) => event === "slot" && Number(slot) > slotsPerEpoch && Number(included) > 0,
      );
      assert.equal(epoch, Math.floor(Number(slot) / slotsPerEpoch));
    });
    mote.signal("SIGTERM");
    assert.equal((await mote.exited).code, 0);
  }

  it("is joined by what its beacon node says: gnosis", async () => {
    const url = await devnet("gnosis");
    await votes(url, {slotsPerEpoch: 16, flags: ["--network", "devnet", "--interop-keys", "0..63"]});
  });

  it("is joined by what its beacon node says: values that no preset has", async () => {
    const url = await devnet("minimal", {SLOTS_PER_EPOCH: 6, SYNC_COMMITTEE_SIZE: 16, MAX_COMMITTEES_PER_SLOT: 2});
    await votes(url, {slotsPerEpoch: 6, flags: ["--network", "devnet", "--interop-keys", "0..63"]});
  });

  it("is refused where the testnet directory says another", async () => {
    const url = await devnet("minimal", {SLOTS_PER_EPOCH: 6});
    const dir = join(room.dir, "testnet");
    mkdirSync(dir);
    const spec = (await (await fetch(`${url}/eth/v1/config/spec`)).json()) as {data: Record<string, unknown>};
    const {SLOTS_PER_EPOCH: _, ...values} = spec.data;
    const lines = Object.entries(values).filter(([, value]) => typeof value === "string");
    writeFileSync(join(dir, "config.yaml"), lines.map(([name, value]) => `${name}: '${value}'\n`).join(""));
    const keys = new KeystoreFolder(join(room.dir, "keys"));
    keys.add(0);
    const datadir = ["--datadir", join(room.dir, "refused")];
    const mote = room.mote("start", "--testnet-dir", dir, "--beacon-nodes", url, "--json", ...datadir, ...keys.flags);
    const {code} = await mote.exited;
    await explained(mote, () => {
      assert.equal(code, 2);
      assert.match(JSON.stringify(mote.lines), /SLOTS_PER_EPOCH is 6 there and 8 here/);
    });
  });
});
