import assert from "node:assert/strict";
import {mkdirSync, utimesSync} from "node:fs";
import {dirname} from "node:path";
import {holdDirectory} from "@mote/slashing-protection";
import {importKeysCommand} from "../../src/keys/import-command.ts";
import {IMPORT_OPTIONS} from "../../src/keys/options.ts";
import {KeysRoom, NOW_MS} from "./support/keys-room.ts";
import {keystoreText, PASSWORD, pubkeyOf} from "./support/keystore-text.ts";

const KEYSTORE = `lodestar/keystores/${pubkeyOf(0)}/voting-keystore.json`;

describe("mote keys import beside a client that may still run", () => {
  let room: KeysRoom;
  beforeEach(() => {
    room = new KeysRoom();
    room.write(KEYSTORE, keystoreText(0));
    room.write(`lodestar/secrets/${pubkeyOf(0)}`, PASSWORD);
  });
  afterEach(() => room.clear());

  const importKeys = (given: string) =>
    room.run({table: IMPORT_OPTIONS, command: importKeysCommand}, [given, "--never-signed"]);

  /** Lodestar's lock: a folder that it touches every few seconds. */
  function lockedAt(ageMs: number): void {
    const lock = room.path(`${KEYSTORE}.lock`);
    mkdirSync(lock);
    utimesSync(lock, (NOW_MS - ageMs) / 1000, (NOW_MS - ageMs) / 1000);
  }

  for (const given of ["lodestar", KEYSTORE]) {
    it(`takes nothing while Lodestar runs (${given === KEYSTORE ? "a file" : "its folder"} given)`, async () => {
      lockedAt(6_000);
      const {status, stdout, stderr} = await importKeys(given);
      assert.equal(status, 2);
      assert.match(
        stderr,
        /runs with these keystores, or did until seconds ago \(.*voting-keystore\.json\.lock\): stop it for good/,
      );
      assert.equal(stdout, "");
      assert.deepEqual(room.keystores, []);
    });
  }

  it("takes them, with a word of caution, when the lock is a left-over", async () => {
    lockedAt(60_000);
    const {status, stderr} = await importKeys("lodestar");
    assert.equal(status, 0, stderr);
    assert.match(stderr, /1 of these keystores is locked.*: make sure that it has stopped for good/);
    assert.equal(room.keystores.length, 1);
  });

  it("cannot tell by a lock file, as other clients have it, and says so", async () => {
    room.write(`${KEYSTORE}.lock`, "");
    const {status, stderr} = await importKeys("lodestar");
    assert.equal(status, 0, stderr);
    assert.match(stderr, /1 of these keystores is locked/);
  });

  it("takes nothing while another Mote runs, and says nothing of it once that has ended", async () => {
    const folder = dirname(room.write("other/validator_keys/keystore-0.json", keystoreText(0)));
    room.write(`other/secrets/${pubkeyOf(0)}`, PASSWORD);
    const hold = await holdDirectory(folder);
    const refused = await importKeys("other");
    await hold.release();
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /a Mote runs with the keys in .*other\/validator_keys: stop it for good/);
    assert.deepEqual(room.keystores, []);
    const {status, stderr} = await importKeys("other");
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /runs with/);
  });

  it("says nothing of locks where there are none", async () => {
    const {stderr} = await importKeys("lodestar");
    assert.doesNotMatch(stderr, /lock/);
  });
});
