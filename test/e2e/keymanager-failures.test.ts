import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {existsSync, mkdirSync, readdirSync, watch} from "node:fs";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import type {Devnet} from "@mote/devnet";
import {endedDuties} from "./support/duty-lines.ts";
import {KeymanagerClient, sayWhenKeymanagerUnjudged} from "./support/keymanager-client.ts";
import {keystoreText, PASSWORD} from "./support/keystores.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {FEE_RECIPIENT} from "./support/start-node.ts";
import {slotEnded, VoteTap, voteCells} from "./support/vote-tap.ts";

const VALIDATORS = 20;
const SECONDS_PER_SLOT = 2;
const SLOTS_PER_EPOCH = 8;
/** Half of the validators and more have to vote in them. */
const WATCHED_SLOTS = 5;
/** Keystores that have come or gone when the process is killed. */
const KILLED_AFTER = [1, 10];
const ALL = Array.from({length: VALIDATORS}, (_, index) => index);
const LEAVING = ALL.slice(0, 5);
/** No file of the running node is as large: only a keystore that is made so. */
const FILE_SIZE_BYTES_MAX = 50_000;
const LARGE = "x".repeat(60_000);
const HAS_PRLIMIT = spawnSync("prlimit", ["--version"]).status === 0;

/** A node of which an operator moves keys, killed and started again on what it left on disk. */
class KilledNode {
  readonly keystoresDir: string;
  readonly #datadir: string;
  readonly #room: Room;
  readonly #devnet: Devnet;
  #mote: MoteProcess | null = null;
  #api: KeymanagerClient | null = null;

  constructor(init: {readonly name: string}, {room, devnet}: {readonly room: Room; readonly devnet: Devnet}) {
    this.#datadir = join(room.dir, init.name);
    this.keystoresDir = join(this.#datadir, "validator_keys");
    this.#room = room;
    this.#devnet = devnet;
    // There from the beginning, so that it can be watched.
    mkdirSync(this.keystoresDir, {recursive: true, mode: 0o700});
  }

  get mote(): MoteProcess {
    assert.ok(this.#mote);
    return this.#mote;
  }

  get api(): KeymanagerClient {
    assert.ok(this.#api);
    return this.#api;
  }

  async start(): Promise<void> {
    const mote = this.#room.mote(
      ...["start", "--network", "devnet", "--datadir", this.#datadir, "--json", "--http", "--http-port", "0"],
      ...["--beacon-nodes", this.#devnet.urls.join(), "--suggested-fee-recipient", FEE_RECIPIENT],
    );
    this.#mote = mote;
    await explained(mote, () => mote.ready());
    this.#api = await KeymanagerClient.of(mote, this.#datadir);
  }

  async kill(): Promise<void> {
    this.mote.signal("SIGKILL");
    assert.equal((await this.mote.exited).signal, "SIGKILL");
  }

  import(indices: readonly number[], slashing_protection?: string, description?: string) {
    return this.api.call("POST", "/keystores", {
      keystores: indices.map((index) => keystoreText(index, index === indices[1] ? description : undefined)),
      passwords: indices.map(() => PASSWORD),
      ...(slashing_protection === undefined ? {} : {slashing_protection}),
    });
  }

  delete(indices: readonly number[]) {
    return this.api.call("DELETE", "/keystores", {pubkeys: this.#pubkeys(indices)});
  }

  /** Kills it when `isTime` says so of the number of keystores on disk. */
  async killDuring(request: Promise<unknown>, isTime: (count: number) => boolean): Promise<void> {
    const watcher = watch(this.keystoresDir);
    const time = new Promise<void>((resolve) => {
      const look = () => isTime(this.#files().length) && resolve();
      watcher.on("change", look);
      look();
    });
    const answered = request.then(
      () => {},
      () => {},
    );
    await Promise.race([time, answered]);
    watcher.close();
    await this.kill();
    await answered;
  }

  /** Of the validators whose key is in service; asserts that memory and disk are at one, and nothing lies about. */
  async inService(): Promise<readonly number[]> {
    const {body} = await this.api.call("GET", "/keystores");
    const listed = (body.data as {validating_pubkey: string}[]).map(({validating_pubkey}) => validating_pubkey);
    const files = this.#files();
    assert.equal(files.length, listed.length);
    assert.deepEqual(
      this.mote.lines.filter(({msg}) => msg.startsWith("keystore not used")),
      [],
    );
    for (const pubkey of listed) {
      assert.ok(files.includes(`keystore-${pubkey}.json`), pubkey);
      assert.ok(existsSync(join(this.#datadir, "secrets", pubkey)), pubkey);
    }
    return listed.map((pubkey) => this.#devnet.chain.pubkeys.indexOf(pubkey as never)).sort((a, b) => a - b);
  }

  /** All names in both folders. */
  leftovers(indices: readonly number[]): string[] {
    const names = [this.keystoresDir, join(this.#datadir, "secrets")].flatMap((dir) => readdirSync(dir));
    return names.filter((name) => this.#pubkeys(indices).some((pubkey) => name.includes(pubkey)));
  }

  #files(): string[] {
    return readdirSync(this.keystoresDir).filter((name) => !name.startsWith("."));
  }

  #pubkeys(indices: readonly number[]): string[] {
    return indices.map((index) => this.#devnet.chain.pubkeys[index] as string);
  }
}

const statuses = ({body}: {body: {data: {status: string}[]}}) => body.data.map(({status}) => status);

describe("keys that an operator moves while the machine fails", function () {
  sayWhenKeymanagerUnjudged();
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let room: Room;
  let devnet: Devnet;
  let tap: VoteTap;
  let node: KilledNode;
  let exported: string;

  before(async () => {
    room = await rooms.open();
    devnet = await room.devnet({validators: VALIDATORS, secondsPerSlot: SECONDS_PER_SLOT});
    tap = new VoteTap(devnet);
    node = new KilledNode({name: "node"}, {room, devnet});
    await node.start();
    devnet.start();
  });
  after(() => rooms.clear());

  const pubkeyOf = (index: number) => devnet.chain.pubkeys[index] as string;
  /** By the node of then: many are started and ended. */
  const check = (checks: () => Promise<void>) =>
    checks().catch((error) => explained(node.mote, () => Promise.reject(error)));

  /** From the next slot but one, each of these keys casts its votes, no other does, and slashing protection stands in no way. */
  async function voteAlone(indices: readonly number[]): Promise<void> {
    const first = devnet.chain.currentSlot + 2;
    const last = first + WATCHED_SLOTS - 1;
    await slotEnded(devnet, last);
    const slots = Array.from({length: WATCHED_SLOTS}, (_, at) => first + at);
    for (const {validatorIndex, cell} of slots.flatMap((slot) => voteCells(devnet, slot)))
      assert.equal(cell !== "expected", indices.includes(validatorIndex), `vote of validator ${validatorIndex}`);
    const failed = endedDuties(node.mote).filter(({key, end}) => key.slot >= first && end?.kind === "failed");
    assert.deepEqual(failed, []);
  }

  for (const count of KILLED_AFTER)
    it(`are there or not after a kill in the middle of an import, when ${count} had come`, () =>
      check(async () => {
        // Where the kill before was late, more had come than it waited for.
        const awaited = Math.min((await node.inService()).length + count, ALL.length);
        await node.killDuring(node.import(ALL), (files) => files >= awaited);
        await node.start();
        assert.ok((await node.inService()).length >= awaited);
      }));

  it("come with the same request again, and vote", () =>
    check(async () => {
      const there = await node.inService();
      assert.deepEqual(
        statuses(await node.import(ALL)),
        ALL.map((index) => (there.includes(index) ? "duplicate" : "imported")),
      );
      assert.deepEqual(await node.inService(), ALL);
      await voteAlone(ALL);
    }));

  it("are gone once that was answered, whatever happens then, and their records are whole", () =>
    check(async () => {
      const answer = await node.delete(LEAVING);
      await node.kill();
      assert.deepEqual(
        statuses(answer),
        LEAVING.map(() => "deleted"),
      );
      exported = answer.body.slashing_protection;
      assert.deepEqual(node.leftovers(LEAVING), []);
      await node.start();
      const staying = ALL.filter((index) => !LEAVING.includes(index));
      assert.deepEqual(await node.inService(), staying);
      await voteAlone(staying);
      // With the votes that were cast before, and none after.
      for (const {validatorIndex, targetEpoch} of tap.votes)
        if (LEAVING.includes(validatorIndex)) assert.ok(isOnRecord(exported, pubkeyOf(validatorIndex), targetEpoch));
    }));

  it("are there or not after a kill in the middle of a deletion; those that are there vote", () =>
    check(async () => {
      const before = await node.inService();
      await node.killDuring(node.delete(before), (files) => files <= before.length - 3);
      await node.start();
      const there = await node.inService();
      assert.ok(there.length <= before.length - 3);
      await voteAlone(there);
    }));

  it("come again with their records, and vote", () =>
    check(async () => {
      const there = await node.inService();
      assert.deepEqual(
        statuses(await node.import(LEAVING, exported)),
        LEAVING.map(() => "imported"),
      );
      await voteAlone([...LEAVING, ...there]);
    }));

  it("are errors of their own when the disk has no room for them, and the others vote on", function () {
    if (!HAS_PRLIMIT) this.skip();
    return check(async () => {
      const there = await node.inService();
      const absent = ALL.filter((index) => !there.includes(index));
      const [first = 0, second = 0, third = 0] = absent;
      limitFileSize(node.mote, FILE_SIZE_BYTES_MAX);
      const answer = await node.import([first, second, third], undefined, LARGE);
      limitFileSize(node.mote, "unlimited");
      assert.deepEqual(statuses(answer), ["imported", "error", "imported"]);
      assert.match(answer.body.data[1].message, /could not be stored.*EFBIG/);
      assert.deepEqual(node.leftovers([second]), []);
      await voteAlone([...there, first, third].sort((a, b) => a - b));
    });
  });

  it("do not come when the disk has no room at all; nothing is signed, which is said, until Mote starts with room", function () {
    if (!HAS_PRLIMIT) this.skip();
    return check(async () => {
      const there = await node.inService();
      const absent = ALL.filter((index) => !there.includes(index));
      await epochVoted(devnet);
      limitFileSize(node.mote, 1);
      assert.deepEqual(
        statuses(await node.import(absent)),
        absent.map(() => "error"),
      );
      assert.deepEqual(node.leftovers(absent), []);
      const {msg} = await node.mote.line(
        ({level, msg}) => level === "error" && msg.startsWith("slashing protection cannot write"),
      );
      assert.match(msg, /nothing is signed any more/);
      const {end} = await firstFailure(node.mote, devnet);
      assert.equal(end.kind === "failed" && end.reason, "PROTECTION_STORE_FAILED");
      limitFileSize(node.mote, "unlimited");
      node.mote.signal("SIGTERM");
      assert.equal((await node.mote.exited).code, 0);
      await node.start();
      assert.deepEqual(await node.inService(), there);
      await voteAlone(there);
    });
  });

  it("were never in a slashable message", () => {
    assert.equal(devnet.chain.slashings.report().slashableMessages, 0);
  });
});

/**
 * In the last slot of an epoch, when its votes are cast. A key that proposes and then cannot vote for the same epoch would be held after the restart, as
 * long as no vote of its committee is there that shows that its own is not.
 */
async function epochVoted(devnet: Devnet): Promise<void> {
  const lastSlot = Math.ceil((devnet.chain.currentSlot + 2) / SLOTS_PER_EPOCH) * SLOTS_PER_EPOCH - 1;
  await slotEnded(devnet, lastSlot - 1);
  await sleep(0.75 * SECONDS_PER_SLOT * 1000);
}

interface History {
  readonly pubkey: string;
  readonly signed_attestations: readonly {readonly target_epoch: string}[];
}

function isOnRecord(interchange: string, pubkey: string, targetEpoch: number): boolean {
  const history = (JSON.parse(interchange) as {data: readonly History[]}).data.find((each) => each.pubkey === pubkey);
  return history?.signed_attestations.some(({target_epoch}) => Number(target_epoch) === targetEpoch) ?? false;
}

/** What a full disk looks like to this process: what goes beyond so many bytes of a file is not written. */
function limitFileSize({pid}: MoteProcess, sizeBytes: number | "unlimited"): void {
  const {status, stderr} = spawnSync("prlimit", ["--pid", `${pid}`, `--fsize=${sizeBytes}:unlimited`]);
  assert.equal(status, 0, String(stderr));
}

async function firstFailure(mote: MoteProcess, devnet: Devnet) {
  for (;;) {
    const failed = endedDuties(mote).find(
      ({end}) => end?.kind === "failed" && end.reason === "PROTECTION_STORE_FAILED",
    );
    if (failed !== undefined) return failed;
    await slotEnded(devnet, devnet.chain.currentSlot + 1);
  }
}
