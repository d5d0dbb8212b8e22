import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {ExecutionAddress, ProposerSettings, Pubkey} from "@mote/core";
import {checkFeeRecipient} from "../../src/doctor/fee-recipient-check.ts";
import {checkKeys, lookAtKeys} from "../../src/doctor/keys-check.ts";

const PUBKEY = `0x${"9".repeat(96)}` as Pubkey;
const keystore = (n: number) =>
  JSON.stringify({
    version: 4,
    pubkey: PUBKEY.slice(2),
    path: "m/12381/3600/0/0/0",
    uuid: "1d85ae20-35c5-4611-98e8-aa14a633906f",
    crypto: {
      kdf: {function: "scrypt", params: {dklen: 32, n, r: 8, p: 1, salt: "ab".repeat(32)}, message: ""},
      checksum: {function: "sha256", params: {}, message: "00".repeat(32)},
      cipher: {function: "aes-128-ctr", params: {iv: "00".repeat(16)}, message: "00".repeat(32)},
    },
  });

describe("doctor: keys", () => {
  let dir: string;
  let folders: {keystoresDir: string; secretsDir: string};
  let secret: string;
  let file: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-doctor-keys-"));
    folders = {keystoresDir: join(dir, "validator_keys"), secretsDir: join(dir, "secrets")};
    for (const folder of Object.values(folders)) mkdirSync(folder);
    file = join(folders.keystoresDir, "keystore-m_12381_3600_0_0_0-1.json");
    secret = join(folders.secretsDir, PUBKEY);
    writeFileSync(file, keystore(262_144));
    writeFileSync(secret, "password", {mode: 0o600});
  });
  afterEach(() => rmSync(dir, {recursive: true, force: true}));

  const examine = async (hasOtherKeys = false) => checkKeys(await lookAtKeys(folders), {hasOtherKeys});
  const problems = async () =>
    (await examine()).flatMap(({level, detail}) => (level === "ok" ? [] : [`${level}: ${detail}`]));

  it("is content with a keystore and its password, and knows what unlocking takes", async () => {
    const facts = await lookAtKeys(folders);
    assert.deepEqual(
      checkKeys(facts, {hasOtherKeys: false}).map(({level}) => level),
      ["ok"],
    );
    assert.equal(Math.round(facts.kdfMemoryBytesMax / 2 ** 20), 256);
  });

  it("names a password that is missing", async () => {
    rmSync(secret);
    assert.match((await problems()).join(), /^fail: no readable password for 1: 0x9999/);
  });

  it("warns of a password that others may read", async () => {
    chmodSync(secret, 0o644);
    assert.match((await problems()).join(), /^warn: other users of this machine can read .*secrets/);
  });

  it("names a keystore that cannot be used, and one that is there twice", async () => {
    copyFileSync(file, join(folders.keystoresDir, "keystore-second.json"));
    writeFileSync(join(folders.keystoresDir, "keystore-third.json"), keystore(1000));
    const said = (await problems()).join("\n");
    assert.match(said, /fail: keystores that cannot be used: .*keystore-third\.json/);
    assert.match(said, /warn: there twice: 0x9999/);
  });

  it("fails without keys in use, unless a remote signer has some", async () => {
    renameSync(file, `${file}.disabled`);
    assert.match((await problems()).join(), /^fail: all 1 keys of .* are disabled/);
    rmSync(`${file}.disabled`);
    assert.match((await problems()).join(), /^fail: .* has no keystore/);
    assert.deepEqual(
      (await examine(true)).map(({level}) => level),
      ["ok"],
    );
  });

  it("says why a folder cannot be looked into", async () => {
    rmSync(folders.keystoresDir, {recursive: true});
    writeFileSync(folders.keystoresDir, "");
    assert.match((await problems()).join(), /^fail: .*validator_keys cannot be looked into/);
  });

  it("shows no secret in whatever it finds", async () => {
    chmodSync(secret, 0o644);
    assert.ok(readFileSync(secret, "utf8") === "password");
    assert.ok(!JSON.stringify(await lookAtKeys(folders)).includes('password"'));
  });
});

describe("doctor: fee recipient", () => {
  const withAddress = (feeRecipient: string | null): ProposerSettings => ({
    feeRecipient: feeRecipient as ExecutionAddress | null,
    gasLimit: null as never,
    graffiti: null,
    builder: {isEnabled: false, boostFactor: null as never},
  });
  const mine = withAddress(`0x${"ab".repeat(20)}`);
  const check = (...settings: ProposerSettings[]) => {
    const pubkeys = settings.map((_, at) => `0x${String(at).padStart(96, "0")}` as Pubkey);
    const settingsOf = (pubkey: Pubkey) => settings[pubkeys.indexOf(pubkey)] as ProposerSettings;
    return checkFeeRecipient(pubkeys, {defaults: withAddress(null), settingsOf});
  };

  it("wants one for every key, and not the zero address", () => {
    assert.equal(check(mine, mine).level, "ok");
    assert.equal(check().level, "warn");
    assert.match(check(mine, withAddress(null)).detail, /none is set for 1 of 2 keys/);
    assert.match(check(withAddress(`0x${"0".repeat(40)}`)).detail, /lost to everyone/);
  });
});
