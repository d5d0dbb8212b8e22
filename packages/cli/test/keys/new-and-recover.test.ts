import assert from "node:assert/strict";
import {readFileSync, statSync} from "node:fs";
import {join} from "node:path";
import {DiskKeyFiles, deriveSigningKey, loadKeystores, readMnemonic} from "@mote/duty-signing";
import {newKeysCommand} from "../../src/keys/new-command.ts";
import {NEW_OPTIONS, RECOVER_OPTIONS} from "../../src/keys/options.ts";
import {recoverKeysCommand} from "../../src/keys/recover-command.ts";
import {fullAfter} from "./support/full-disk.ts";
import {KeysRoom, type RunOptions} from "./support/keys-room.ts";

const PASSWORD = "Kieselstein 7";
/** A mnemonic of the BIP-39 vectors; nobody keeps anything behind it. */
const WORDS = `${"abandon ".repeat(23)}art`;
const LIGHT = ["--kdf", "pbkdf2"];

async function pubkeysOf(text: string, indices: readonly number[], passphrase = ""): Promise<readonly string[]> {
  const mnemonic = await readMnemonic(text);
  assert.ok(mnemonic.kind === "ok");
  const seed = await mnemonic.seed(passphrase);
  return indices.map((index) => deriveSigningKey(seed, index).pubkey);
}

describe("the keys of a mnemonic", function () {
  this.timeout(30_000);
  let room: KeysRoom;
  beforeEach(() => {
    room = new KeysRoom();
  });
  afterEach(() => room.clear());

  const newKeys = (argv: readonly string[], options: RunOptions = {}) =>
    room.run({table: NEW_OPTIONS, command: newKeysCommand}, [...LIGHT, ...argv], options);
  const recover = (argv: readonly string[], options: RunOptions = {}) =>
    room.run({table: RECOVER_OPTIONS, command: recoverKeysCommand}, [...LIGHT, ...argv], options);
  const loadable = async () => {
    const {loaded, failed} = await loadKeystores(room, {files: new DiskKeyFiles()});
    assert.deepEqual(failed, []);
    return loaded.map(({pubkey}) => pubkey);
  };

  describe("mote keys new", () => {
    it("writes a new mnemonic and its keys without a person", async () => {
      room.write("pw", PASSWORD);
      const argv = ["--count", "2", "--start-index", "3", "--words", "12", "--language", "spanish"];
      const {status, stdout, stderr} = await newKeys([...argv, "--write-mnemonic", "m", "--password-file", "pw"]);
      assert.equal(status, 0, stderr);
      assert.equal(statSync(room.path("m")).mode & 0o777, 0o600);
      const text = readFileSync(room.path("m"), "utf8");
      const reading = await readMnemonic(text);
      assert.ok(reading.kind === "ok" && reading.language === "spanish" && reading.words.length === 12);
      const expected = await pubkeysOf(text, [3, 4]);
      assert.deepEqual(await loadable(), expected);
      assert.match(room.keystores[0]!, /^keystore-m_12381_3600_3_0_0-1700000000\.json$/);
      for (const pubkey of expected) assert.match(stdout, new RegExp(`\\d {2}${pubkey}\n`));
      assert.match(stdout, /mote deposit --network devnet --datadir .*\/data --withdrawal-address/);
      assert.match(stdout, /mote start --network devnet .* --init-slashing-protection/);
      for (const word of reading.words) assert.ok(!`${stdout}${stderr}`.includes(word));
      assert.ok(!`${stdout}${stderr}`.includes(PASSWORD));
      assert.equal(statSync(join(room.secretsDir, expected[0]!)).mode & 0o777, 0o600);
      assert.equal(statSync(room.keystoresDir).mode & 0o777, 0o700);
    });

    it("makes no mnemonic when a file that it needs cannot be used", async () => {
      room.write("short", "7 signs");
      for (const argv of [
        ["--password-file", "short"],
        ["--password-file", "absent"],
        ["--passphrase-file", "absent"],
      ]) {
        const {status, stderr} = await newKeys([...argv, "--write-mnemonic", "m"]);
        assert.deepEqual([status, /--pass(word|phrase)-file: /.test(stderr)], [2, true], stderr);
        assert.throws(() => statSync(room.path("m")), /ENOENT/);
      }
    });

    it("names the folders in what comes next", async () => {
      room.write("pw", PASSWORD);
      const folders = ["--keystores-dir", "my keys", "--secrets-dir", "s"];
      const {stdout} = await newKeys([...folders, "--write-mnemonic", "m", "--password-file", "pw"]);
      for (const next of ["deposit", "start"]) {
        assert.match(stdout, new RegExp(`mote ${next} .* --keystores-dir '.*/my keys' --secrets-dir \\S+/s `));
      }
    });

    it("names the new keys for the deposit when others are there, which may have theirs", async () => {
      room.write("pw", PASSWORD);
      room.write("m", WORDS);
      const more = (first: number, count: number) =>
        newKeys(`--mnemonic-file m --password-file pw --start-index ${first} --count ${count}`.split(" "));
      assert.match((await more(0, 2)).stdout, /mote deposit --network devnet/);
      const [pubkey] = await pubkeysOf(WORDS, [2]);
      assert.match((await more(2, 1)).stdout, new RegExp(`mote deposit ${pubkey} --network devnet`));
      assert.match((await more(3, 5)).stdout, /mote deposit --from-mnemonic --indices 3-7 --network devnet/);
    });

    it("makes another mnemonic each time", async () => {
      room.write("pw", PASSWORD);
      for (const name of ["a", "b"]) await newKeys(["--write-mnemonic", name, "--password-file", "pw"]);
      assert.notEqual(readFileSync(room.path("a"), "utf8"), readFileSync(room.path("b"), "utf8"));
      assert.equal((await loadable()).length, 2);
    });

    it("goes on with a mnemonic that is there, from an index that somebody names", async () => {
      room.write("m", WORDS);
      const refused = await newKeys(["--mnemonic-file", "m"]);
      assert.equal(refused.status, 2);
      assert.match(refused.stderr, /which is the first new key\? Give --start-index/);
      const answers = [WORDS.replace("art", "arts"), WORDS.toUpperCase(), PASSWORD, PASSWORD];
      const {status, stderr} = await newKeys(["--existing-mnemonic", "--start-index", "7"], {
        answers: answers.slice(0, 3),
      });
      assert.equal(status, 2, "the password is asked for twice");
      assert.match(stderr, /this mnemonic cannot be used: word 24 is not in the english word list; try again/);
      assert.equal((await newKeys(["--existing-mnemonic", "--start-index", "7"], {answers})).status, 0);
      assert.deepEqual(await loadable(), await pubkeysOf(WORDS, [7]));
    });

    it("refuses before anything is made when nobody could see or keep the mnemonic", async () => {
      room.write("taken", "");
      const CASES: readonly (readonly [readonly string[], RegExp])[] = [
        [[], /there is no terminal to show the mnemonic on and to wipe it from: give --write-mnemonic/],
        [["--write-mnemonic", "taken"], /--write-mnemonic: the file is there already/],
        [["--existing-mnemonic", "--start-index", "1", "--write-mnemonic", "m"], /there is no new mnemonic to write/],
      ];
      for (const [argv, pattern] of CASES) {
        const {status, stderr} = await newKeys(argv);
        assert.equal(status, 2);
        assert.match(stderr, pattern);
        assert.deepEqual(room.keystores, []);
      }
    });

    it("never shows a mnemonic where standard error is no terminal", async () => {
      const {status, stderr} = await newKeys([], {isInteractive: true});
      assert.equal(status, 2);
      assert.match(stderr, /^mote: there is no terminal to show the mnemonic on/);
    });

    it("ends early when it is told to stop", async () => {
      room.write("m", WORDS);
      room.write("pw", PASSWORD);
      const argv = ["--mnemonic-file", "m", "--start-index", "0", "--count", "9000", "--password-file", "pw"];
      const {status, stderr} = await newKeys(argv, {stop: AbortSignal.abort()});
      assert.deepEqual([status, stderr], [1, "mote: stopped\n"]);
      assert.deepEqual(room.keystores, []);
    });

    it("makes other keys with a passphrase, which is asked for twice when it is new", async () => {
      room.write("pw", PASSWORD);
      const argv = ["--write-mnemonic", "m", "--passphrase", "--password-file", "pw"];
      const {status, stderr} = await newKeys(argv, {answers: ["one", "other", "both", "both"]});
      assert.equal(status, 0, stderr);
      assert.deepEqual(await loadable(), await pubkeysOf(readFileSync(room.path("m"), "utf8"), [0], "both"));
    });

    it("refuses a short password and one in a file that others may read", async () => {
      room.write("m", WORDS);
      const argv = ["--mnemonic-file", "m", "--start-index", "0", "--password-file", "pw"];
      room.write("pw", "short");
      assert.match((await newKeys(argv)).stderr, /--password-file: the password has to have 8 characters or more/);
      room.write("pw", PASSWORD, 0o644);
      assert.match((await newKeys(argv)).stderr, /chmod 600/);
      assert.deepEqual(room.keystores, []);
    });

    it("says how to go on with the rest when the disk refuses half-way", async () => {
      room.write("m", WORDS);
      room.write("pw", PASSWORD);
      const argv = ["--mnemonic-file", "m", "--start-index", "0", "--count", "4", "--password-file", "pw"];
      const {status, stderr} = await newKeys(argv, {
        folder: fullAfter(1),
      });
      assert.equal(status, 2);
      assert.match(stderr, /1 of 4 keys are in the folder, each whole\n.*--indices 1-3\n.*there is no space left/);
    });
  });

  describe("mote keys recover", () => {
    beforeEach(() => {
      room.write("m", `  ${WORDS.replaceAll(" ", "   ")}\n`);
      room.write("pw", PASSWORD);
    });

    it("puts the keys of the indices into the folder, and only those that are missing", async () => {
      const argv = ["--mnemonic-file", "m", "--password-file", "pw", "--indices"];
      assert.equal((await recover([...argv, "1,4"])).status, 0);
      assert.deepEqual(await loadable(), await pubkeysOf(WORDS, [1, 4]));
      const {status, stdout, stderr} = await recover([...argv, "0-1", "--json"]);
      assert.equal(status, 0, stderr);
      const results = JSON.parse(stdout).keys.map(({index, result}: {index: number; result: string}) => [
        index,
        result,
      ]);
      assert.deepEqual(results, [
        [0, "added"],
        [1, "duplicate"],
      ]);
      assert.match(stderr, /1 key in the folder already/);
      assert.match((await recover([...argv, "6"])).stdout, /take over what they have signed, or wait two epochs/);
    });

    it("lists which keys are here and which index is free", async () => {
      await recover(["--mnemonic-file", "m", "--password-file", "pw", "--indices", "0,2"]);
      const {status, stdout} = await recover(["--mnemonic-file", "m", "--look-through", "4"]);
      assert.equal(status, 0);
      assert.equal(stdout.match(/in the folder/g)?.length, 2);
      assert.match(
        stdout,
        /The next free index is 3, as far as this folder knows:\n {2}mote keys new .*--start-index 3/,
      );
      const report = JSON.parse((await recover(["--mnemonic-file", "m", "--look-through", "4", "--json"])).stdout);
      assert.deepEqual(report.nextFreeIndex, 3);
      assert.deepEqual(
        report.keys.map(({isStored}: {isStored: boolean}) => isStored),
        [true, false, true, false],
      );
      assert.equal(room.keystores.length, 2);
    });

    it("asks for the mnemonic until it is one, and never repeats a word of it", async () => {
      const answers = ["abandon abandon", WORDS.replace("art", "ability"), WORDS];
      const {status, stdout, stderr, asked} = await recover(["--look-through", "1"], {answers});
      assert.equal(status, 0);
      assert.ok(asked.every((text) => text.startsWith("(hidden)")));
      assert.match(stderr, /it has 2 words.*\n.*do not belong together/);
      assert.doesNotMatch(stdout + stderr, /abandon|ability/);
    });

    it("refuses a file with a mnemonic that is none, or that others may read", async () => {
      room.write("m", WORDS.replace("art", "xyzzy"));
      const wrong = await recover(["--mnemonic-file", "m"]);
      assert.equal(wrong.status, 2);
      assert.match(wrong.stderr, /--mnemonic-file: the mnemonic cannot be used: word 24 is not/);
      assert.doesNotMatch(wrong.stderr, /xyzzy/);
      room.write("m", WORDS, 0o644);
      assert.match((await recover(["--mnemonic-file", "m"])).stderr, /chmod 600/);
    });
  });
});
