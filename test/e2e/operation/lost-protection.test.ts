import assert from "node:assert/strict";
import {mkdirSync, rmSync} from "node:fs";
import {join} from "node:path";
import type {Devnet} from "@mote/devnet";
import {KeystoreFolder} from "../support/keystores.ts";
import type {MoteProcess} from "../support/mote-process.ts";
import type {Room} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {explained} from "../support/scenario.ts";
import {VoteTap} from "../support/vote-tap.ts";

const INIT = "--init-slashing-protection";
const KEY_INDICES = [0, 1, 2, 3];
/** What a person has to be told who stands there without a database. */
const WAYS_OUT = [
  /Put it back/,
  /mote slashing-protection import <file>/,
  /start once with --init-slashing-protection/,
];

/** One story of one datadir and one keystore folder; each test goes on where the one before ended. */
describe("slashing protection and keystores", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let room: Room;
  let devnet: Devnet;
  let tap: VoteTap;
  let keystores: KeystoreFolder;
  let running: MoteProcess;
  before(async () => {
    room = await rooms.open();
    keystores = new KeystoreFolder(join(room.dir, "keys"));
    for (const index of KEY_INDICES) keystores.add(index);
    devnet = await room.devnet({validators: 8});
    tap = new VoteTap(devnet);
    devnet.start();
  });
  after(() => rooms.clear());

  const start = (datadir: string, ...flags: readonly string[]): MoteProcess => {
    const chain = ["--network", "devnet", "--beacon-nodes", devnet.urls.join()];
    return room.mote("start", ...chain, "--datadir", join(room.dir, datadir), "--json", ...keystores.flags, ...flags);
  };
  /** Asserts an end with exit code 2 and one error, which matches all of `expected`. */
  const assertRefused = async (mote: MoteProcess, expected: readonly RegExp[]): Promise<void> => {
    const {code} = await mote.exited;
    await explained(mote, () => {
      assert.equal(code, 2);
      const [error, ...more] = mote.lines.filter(({level}) => level === "error").map(({msg}) => msg);
      for (const each of expected) assert.match(error ?? "", each);
      assert.deepEqual(more, []);
    });
  };
  const kill = async (mote: MoteProcess): Promise<void> => {
    mote.signal("SIGKILL");
    assert.equal((await mote.exited).signal, "SIGKILL");
  };

  it("without a database end with exit code 2 and every way out, and nothing is signed", async () => {
    await assertRefused(start("data"), WAYS_OUT);
    // A second try finds what the first one left: nothing that counts as a database.
    await assertRefused(start("data"), WAYS_OUT);
    assert.deepEqual(tap.votes, []);
  });

  it("are begun when the person says so, and vote", async () => {
    running = start("data", INIT);
    await explained(running, async () => {
      const vote = tap.next();
      const {validators} = await running.ready();
      // Of what lies in the folder by now, the lock is no keystore.
      assert.equal(validators, KEY_INDICES.length);
      await Promise.race([vote, endedWithout(running, "a vote")]);
      assert.ok(KEY_INDICES.includes(Number((await vote).validatorIndex)));
    });
  });

  it("serve one Mote: another datadir does not open the same keystores", async () => {
    const folder = /another Mote signs with the keys in .*\/keys\/keystores: only one may/;
    await assertRefused(start("other-data", INIT), [folder]);
    assert.ok(running.isRunning, running.story());
  });

  it("are there at once for the next one after SIGKILL: no lock is left behind", async () => {
    await kill(running);
    running = start("data");
    const vote = tap.next();
    await explained(running, async () => {
      await running.ready();
      await Promise.race([vote, endedWithout(running, "a vote")]);
    });
  });

  it("are refused again when the database is lost, as when a container loses its volume", async () => {
    await kill(running);
    rmSync(join(room.dir, "data", "slashing-protection"), {recursive: true});
    const before = tap.votes.length;
    await assertRefused(start("data"), WAYS_OUT);
    assert.equal(tap.votes.length, before);
  });

  it("begun anew, do not sign while the chain still knows votes of theirs that the new database does not", async () => {
    const mote = start("data", INIT);
    await explained(mote, async () => {
      const {msg} = await mote.line(({reason}) => reason === "VOTES_UNEXPLAINED");
      const held =
        msg
          .match(/^validators? ([\d ]+): not signing/)?.[1]
          ?.split(" ")
          .map(Number) ?? [];
      assert.ok(held.includes(Number(tap.votes.at(-1)?.validatorIndex)), msg);
    });
  });

  it("have led to no slashable message", () => {
    assert.deepEqual(devnet.chain.slashings.report().offences, []);
  });
});

describe("slashing protection of a devnet's own node", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let room: Room;
  before(async () => {
    room = await rooms.open();
  });
  after(() => rooms.clear());

  const devnetIn = (datadir: string): MoteProcess =>
    room.mote("devnet", "--json", "--seconds-per-slot", "1", "--validators", "8", "--datadir", datadir);

  it("is begun in a datadir that is new", async () => {
    const mote = devnetIn(join(room.dir, "new"));
    await explained(mote, async () => {
      await mote.stderrSays(/^slot 0 .* votes 1\/1 /m);
      mote.signalGroup("SIGINT");
      assert.equal((await mote.exited).code, 0);
    });
  });

  it("is not begun in one with a past: there its loss is said as anywhere else", async () => {
    const datadir = join(room.dir, "past");
    mkdirSync(join(datadir, "validator_keys"), {recursive: true});
    const mote = devnetIn(datadir);
    await explained(mote, async () => {
      assert.equal((await mote.exited).code, 1);
      assert.match(mote.stderr, /there is no slashing protection at .*past/);
    });
  });
});

async function endedWithout(mote: MoteProcess, what: string): Promise<never> {
  const {code, signal} = await mote.exited;
  throw new Error(`it ended (${code ?? signal}) without ${what}`);
}
