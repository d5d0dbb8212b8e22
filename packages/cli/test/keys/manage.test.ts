import assert from "node:assert/strict";
import {existsSync, readdirSync, readFileSync, statSync} from "node:fs";
import type {Root} from "@mote/core";
import {DiskKeyFolder, MNEMONIC_LANGUAGES, SystemKeyDisk} from "@mote/duty-signing";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import {rangesText} from "../../src/keys/derived-keys.ts";
import {kdfProgressText} from "../../src/keys/kdf-progress.ts";
import {listKeysCommand} from "../../src/keys/list-command.ts";
import {LANGUAGES, LIST_OPTIONS, REMOVE_OPTIONS, SWITCH_OPTIONS} from "../../src/keys/options.ts";
import {removeKeysCommand} from "../../src/keys/remove-command.ts";
import {CLIENTS, exportCommand} from "../../src/keys/sources/client.ts";
import {disableKeysCommand, enableKeysCommand} from "../../src/keys/switch-command.ts";
import {KeysRoom, NOW_MS, type RunOptions} from "./support/keys-room.ts";
import {keystoreText, PASSWORD, pubkeyOf} from "./support/keystore-text.ts";

const CHAIN = `0x${"ab".repeat(32)}` as Root;

describe("the keys in the folder", () => {
  let room: KeysRoom;
  beforeEach(() => {
    room = new KeysRoom();
    for (const index of [0, 1, 2]) {
      room.write(`data/validator_keys/keystore-${index}.json`, keystoreText(index));
      room.write(`data/secrets/${pubkeyOf(index)}`, PASSWORD);
    }
  });
  afterEach(() => room.clear());

  const list = (...argv: readonly string[]) => room.run({table: LIST_OPTIONS, command: listKeysCommand}, argv);
  const disable = (...argv: readonly string[]) => room.run({table: SWITCH_OPTIONS, command: disableKeysCommand}, argv);
  const enable = (...argv: readonly string[]) => room.run({table: SWITCH_OPTIONS, command: enableKeysCommand}, argv);
  const remove = (argv: readonly string[], options: RunOptions = {}) =>
    room.run({table: REMOVE_OPTIONS, command: removeKeysCommand}, argv, options);

  async function vote(...indices: readonly number[]): Promise<void> {
    const init = {
      path: room.path("data/slashing-protection"),
      genesisValidatorsRoot: CHAIN,
      retainEpochs: 16,
      mustExist: false,
    };
    const store = await openLevelSlashingProtection(init);
    const data = indices.map((index) => ({
      pubkey: pubkeyOf(index),
      signed_blocks: [],
      signed_attestations: [{source_epoch: "2", target_epoch: "3"}],
    }));
    await store.importInterchange({
      metadata: {interchange_format_version: "5", genesis_validators_root: CHAIN},
      data,
    });
    await store.close();
  }

  it("are listed, those that are disabled and those that cannot be read too", async () => {
    await disable(pubkeyOf(1));
    room.write("data/validator_keys/keystore-9.json", "{");
    const {status, stdout, stderr} = await list();
    assert.equal(status, 0);
    assert.match(stdout, /^3 keys in .*validator_keys, 1 of them disabled\n/);
    assert.match(stdout, new RegExp(`${pubkeyOf(0)} {2}enabled {3}m/12381/3600/0/0/0 {2}keystore-0.json\n`));
    assert.match(stdout, new RegExp(`${pubkeyOf(1)} {2}disabled {2}m/12381/3600/1/0/0 {2}keystore-1.json.disabled\n`));
    assert.match(stderr, /keystore-9\.json: not JSON/);
    const report = JSON.parse((await list("--json")).stdout);
    assert.deepEqual([report.keys.length, report.failed.length, report.keys[1].isEnabled], [3, 1, false]);
  });

  it("are listed as people count", async () => {
    room.write("data/validator_keys/keystore-10.json", keystoreText(3));
    const {keys} = JSON.parse((await list("--json")).stdout);
    assert.deepEqual(
      keys.map(({pubkey}: {pubkey: string}) => pubkey),
      [0, 1, 2, 3].map(pubkeyOf),
    );
  });

  it("are none in a folder that is not there", async () => {
    const {status, stderr} = await list("--keystores-dir", "nowhere");
    assert.equal(status, 0);
    assert.match(stderr, /there are no keys in .*nowhere: mote keys new, or mote keys import/);
    assert.ok(!existsSync(room.path("nowhere")));
  });

  it("are told of in words when their folder cannot be read", async () => {
    room.write("file", "");
    const {status, stderr} = await list("--keystores-dir", "file/keys");
    assert.equal(status, 2);
    assert.match(stderr, /^mote: .*\/file\/keys cannot be read: a part of the path is not a directory\n$/);
  });

  it("are freed of what a command that was killed did not finish", async () => {
    room.write("data/validator_keys/.keystore-9.json.unfinished", keystoreText(0).slice(0, 99));
    room.write("data/secrets/.0xab.unfinished", PASSWORD);
    room.write("data/secrets/.mine", "");
    const {status} = await disable(pubkeyOf(0));
    assert.equal(status, 0);
    assert.equal(room.keystores.length, 3);
    assert.deepEqual(readdirSync(room.secretsDir).sort(), [".mine", ...[0, 1, 2].map(pubkeyOf)].sort());
  });

  it("are disabled and enabled by the beginning of their public keys, or all", async () => {
    assert.match((await disable(pubkeyOf(0).slice(0, 10), pubkeyOf(1))).stdout, /^2 keys disabled now\n/);
    assert.match((await disable("--all")).stdout, /^1 key disabled now, 2 had been before\n/);
    assert.ok(room.keystores.every((name) => name.endsWith(".disabled")));
    assert.match((await enable(pubkeyOf(0).slice(2).toUpperCase())).stdout, /^1 key enabled now\n/);
    assert.equal(room.keystores.filter((name) => name.endsWith(".json")).length, 1);
  });

  it("change only when exactly one is meant", async () => {
    const CASES: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /which keys\? Give their public keys/],
      [["--all", pubkeyOf(0)], /exclude each other/],
      [["0xa9"], /"0xa9" is no public key: 0x and 96 hex digits, or the first 6 or more/],
      [["0x123456789", pubkeyOf(0)], /no key here begins with "0x123456789"/],
    ];
    for (const [argv, pattern] of CASES) {
      const {status, stderr} = await disable(...argv);
      assert.equal(status, 2);
      assert.match(stderr, pattern);
    }
    assert.ok(room.keystores.every((name) => name.endsWith(".json")));
  });

  it("are switched and removed without looking at every file again for each", async () => {
    room.write("data/validator_keys/keystore-3.json", keystoreText(3));
    let reads = 0;
    class CountingDisk extends SystemKeyDisk {
      override read(path: string, sizeBytesMax: number): Promise<Uint8Array> {
        reads++;
        return super.read(path, sizeBytesMax);
      }
    }
    const options: RunOptions = {folder: ({folders}) => new DiskKeyFolder({folders}, {disk: new CountingDisk()})};
    const READS: readonly (readonly [command: typeof disableKeysCommand, timesMax: number])[] = [
      [disableKeysCommand, 2],
      [enableKeysCommand, 2],
    ];
    for (const [command, timesMax] of READS) {
      reads = 0;
      assert.equal((await room.run({table: SWITCH_OPTIONS, command}, ["--all"], options)).status, 0);
      assert.equal(reads, timesMax * 4);
    }
    reads = 0;
    assert.equal((await remove(["--all", "--yes"], options)).status, 0);
    assert.equal(reads, 3 * 4);
    assert.deepEqual(room.keystores, []);
  });

  it("are told of in numbers when the disk refuses some of them", async () => {
    const full = Object.assign(new Error("no space"), {code: "ENOSPC"});
    class FullDisk extends SystemKeyDisk {
      override async rename(from: string, to: string): Promise<void> {
        if (from.endsWith("keystore-1.json")) throw full;
        await super.rename(from, to);
      }
    }
    const folder: RunOptions["folder"] = ({folders}) => new DiskKeyFolder({folders}, {disk: new FullDisk()});
    const runs = [
      () => room.run({table: SWITCH_OPTIONS, command: disableKeysCommand}, ["--all"], {folder}),
      () => remove(["--all", "--yes"], {folder}),
    ];
    for (const run of runs) {
      const {status, stderr} = await run();
      assert.equal(status, 2);
      assert.match(stderr, /2 of 3 keys are disabled now: run it again for the rest\nmote: .*there is no space left/);
      assert.deepEqual(room.keystores, ["keystore-0.json.disabled", "keystore-1.json", "keystore-2.json.disabled"]);
    }
  });

  it("are listed without a cut through the middle where the terminal is narrow", async () => {
    const {stdout} = await room.run({table: LIST_OPTIONS, command: listKeysCommand}, [], {columns: 60});
    const lines = stdout.split("\n");
    assert.ok(lines.includes(`  ${pubkeyOf(0)}`), stdout);
    assert.ok(lines.includes("    enabled  m/12381/3600/0/0/0  keystore-0.json"), stdout);
  });

  describe("and their removal", () => {
    it("asks first, and no is the answer that keeps everything", async () => {
      for (const options of [{answers: [false]}, {}] satisfies RunOptions[]) {
        const {status, stderr} = await remove(["--all"], options);
        assert.equal(status, 2);
        assert.match(stderr, /3 keys will be taken out .*\n(?:mote: {3}0x[0-9a-f]{96}\n){3}/);
        assert.match(stderr, /nothing was removed|give --yes/);
      }
      assert.equal(room.keystores.length, 3);
      assert.ok(room.keystores.every((name) => name.endsWith(".json")));
    });

    it("writes down what they signed before they go", async () => {
      await vote(0, 1);
      const {status, stdout, stderr} = await remove([pubkeyOf(0), pubkeyOf(2)], {answers: [true]});
      assert.equal(status, 0, stderr);
      const path = room.path(`data/slashing-protection-removed-${NOW_MS / 1000}.json`);
      assert.ok(stdout.includes(`What they have signed: ${path}`));
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const {data} = JSON.parse(readFileSync(path, "utf8"));
      const expected = [pubkeyOf(0), pubkeyOf(2)].sort();
      assert.deepEqual(
        data.map(({pubkey}: {pubkey: string}) => pubkey),
        expected,
      );
      assert.equal(
        data.find(({pubkey}: {pubkey: string}) => pubkey === pubkeyOf(0)).signed_attestations[0].target_epoch,
        "3",
      );
      assert.deepEqual(room.keystores, ["keystore-1.json"]);
      assert.deepEqual(readdirSync(room.secretsDir), [pubkeyOf(1)]);
    });

    it("leaves them disabled, and says so, when their history cannot be written", async () => {
      await vote(0);
      const {status, stderr} = await remove([pubkeyOf(0), "--yes", "--export", "no/such/folder/history.json"]);
      assert.equal(status, 2);
      assert.match(
        stderr,
        /nothing was removed: 1 key disabled so far, and mote keys enable takes that back\n.*cannot be written/,
      );
      assert.deepEqual(room.keystores, ["keystore-0.json.disabled", "keystore-1.json", "keystore-2.json"]);
      assert.ok(existsSync(room.path("data/secrets", pubkeyOf(0))));
    });

    it("does not write over another history, nor while a Mote signs", async () => {
      room.write("history.json", "{}");
      const taken = await remove(["--all", "--yes", "--export", "history.json"]);
      assert.match(taken.stderr, /history\.json is there already: give another name/);
      await vote(0);
      const init = {
        path: room.path("data/slashing-protection"),
        genesisValidatorsRoot: CHAIN,
        retainEpochs: 16,
        mustExist: true,
      };
      const running = await openLevelSlashingProtection(init);
      const held = await remove(["--all", "--yes"]);
      await running.close();
      assert.equal(held.status, 2);
      assert.match(held.stderr, /stop the mote that is running on it, then run this again/);
      assert.equal(room.keystores.length, 3);
    });

    it("says so when this Mote has never signed", async () => {
      const {status, stdout} = await remove([pubkeyOf(0), "--yes"]);
      assert.equal(status, 0);
      assert.match(stdout, /no slashing protection here, so nothing tells what they have signed/);
    });
  });
});

describe("small parts of the commands about keys", () => {
  it("name the languages that the word lists have", () => {
    assert.deepEqual(LANGUAGES, MNEMONIC_LANGUAGES);
  });

  it("write indices as ranges", () => {
    assert.equal(rangesText([0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
    assert.equal(rangesText([]), "");
  });

  it("show how far the slow part is, and how fast", () => {
    const at = (done: number, tookMs: number) => kdfProgressText({done, total: 8}, {verb: "unlocked", tookMs});
    assert.equal(at(0, 0), "░░░░░░░░░░░░░░░░░░░░ 0 of 8 keys unlocked");
    assert.equal(at(4, 2000), "██████████░░░░░░░░░░ 4 of 8 keys unlocked, 2.0 a second");
    assert.equal(at(8, 500), "████████████████████ 8 of 8 keys unlocked, 16 a second");
    assert.match(kdfProgressText({done: 0, total: 0}, {verb: "locked", tookMs: 1}), /^█{20} 0 of 0/);
  });

  it("know an export command of each client", () => {
    for (const client of CLIENTS) {
      const command = exportCommand(client, {datadir: "/d", network: {kind: "known", name: "hoodi"}});
      assert.match(command, /export/);
      assert.match(command, /\/d/);
    }
  });
});
