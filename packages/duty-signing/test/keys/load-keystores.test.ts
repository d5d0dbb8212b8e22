import assert from "node:assert/strict";
import {mkdir, mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {DiskKeyFiles} from "../../src/keys/key-files.ts";
import {loadKeystores} from "../../src/keys/load-keystores.ts";
import {makeKeystore} from "./make-keystore.ts";
import {MemoryKeyDisk} from "./memory-key-disk.ts";

const FOLDERS = {keystoresDir: join("/k"), secretsDir: join("/s")};

/** Puts keystore number `secret` under `name` and its password beside it. */
async function putKey(files: MemoryKeyDisk, secret: number, name: string, password = `pw${secret}`) {
  const {text, pubkey} = await makeKeystore(secret, password);
  files.put(FOLDERS.keystoresDir, name, text).put(FOLDERS.secretsDir, pubkey, `${password}\n`);
  return {text, pubkey};
}

describe("loadKeystores", () => {
  it("loads a folder in the order of its file names, and counts along", async () => {
    const files = new MemoryKeyDisk();
    const pubkeys = [];
    for (const n of [3, 1, 2]) pubkeys[n] = (await putKey(files, n, `keystore-m_12381_3600_${n}_0_0-160.json`)).pubkey;
    const progress: string[] = [];
    const onProgress = ({done, total}: {done: number; total: number}) => progress.push(`${done}/${total}`);
    const {loaded, failed, ignored} = await loadKeystores(FOLDERS, {files, onProgress});
    assert.deepEqual(
      loaded.map(({pubkey}) => pubkey),
      pubkeys.slice(1),
    );
    assert.deepEqual([failed, ignored], [[], []]);
    assert.deepEqual(progress, ["1/3", "2/3", "3/3"]);
  });

  it("loads Lighthouse's layout", async () => {
    const files = new MemoryKeyDisk();
    const {text, pubkey} = await makeKeystore(5, "pw");
    files.put(FOLDERS.keystoresDir, join(pubkey, "voting-keystore.json"), text).put(FOLDERS.secretsDir, pubkey, "pw");
    files.put(FOLDERS.keystoresDir, "slashing_protection.sqlite", "");
    assert.deepEqual(
      (await loadKeystores(FOLDERS, {files})).loaded.map((key) => key.pubkey),
      [pubkey],
    );
  });

  it("names every keystore that fails and loads the others", async () => {
    const files = new MemoryKeyDisk();
    const {keystoresDir, secretsDir} = FOLDERS;
    const good = await putKey(files, 1, "keystore-good.json");
    const wrong = await putKey(files, 2, "keystore-wrong.json");
    files.put(secretsDir, wrong.pubkey, "not it");
    const mute = await makeKeystore(3, "pw");
    files.put(keystoresDir, "keystore-no-password.json", mute.text);
    const odd = await putKey(files, 4, "keystore-odd-password.json");
    files.put(secretsDir, odd.pubkey, Uint8Array.of(0xff, 0xfe));
    files.put(keystoresDir, "keystore-cut.json", good.text.slice(0, 100));
    files.put(keystoresDir, "keystore-huge.json", " ".repeat(100_000));
    files.put(keystoresDir, "keystore-locked.json", new Error("EACCES"));
    files.put(keystoresDir, "keystore-list.json", "[]");
    const liar = await makeKeystore(6, "pw", {says: mute.pubkey});
    files.put(keystoresDir, "keystore-z-liar.json", liar.text);
    const anonymous = {...JSON.parse((await makeKeystore(7, "pw")).text), pubkey: undefined};
    files.put(keystoresDir, "keystore-anonymous.json", JSON.stringify(anonymous));

    let last = "";
    const onProgress = ({done, total}: {done: number; total: number}) => {
      last = `${done}/${total}`;
    };
    const {loaded, failed} = await loadKeystores(FOLDERS, {files, onProgress});
    assert.deepEqual(
      loaded.map(({pubkey}) => pubkey),
      [good.pubkey],
    );
    const told = Object.fromEntries(
      failed.map(({file, reason}) => [file.slice("/k/keystore-".length, -".json".length), reason]),
    );
    assert.deepEqual(told, {
      anonymous: "PASSWORD_MISSING",
      cut: "NOT_JSON",
      huge: "FILE_TOO_LARGE",
      list: "MALFORMED",
      locked: "FILE_UNREADABLE",
      "no-password": "PASSWORD_MISSING",
      "odd-password": "PASSWORD_UNREADABLE",
      wrong: "WRONG_PASSWORD",
      "z-liar": "PASSWORD_MISSING",
    });
    assert.deepEqual(
      failed.map(({file}) => file),
      failed.map(({file}) => file).sort(),
    );
    assert.equal(failed.find(({reason}) => reason === "WRONG_PASSWORD")?.pubkey, wrong.pubkey);
    assert.equal(last, "10/10");
  });

  it("never tells a password or a secret", async () => {
    const files = new MemoryKeyDisk();
    const {pubkey} = await putKey(files, 1, "keystore-1.json", "right");
    files.put(FOLDERS.secretsDir, pubkey, "a-wrong-password");
    files.put(FOLDERS.keystoresDir, "mnemonic.json", "abandon abandon about");
    const summary = JSON.stringify(await loadKeystores(FOLDERS, {files}));
    assert(!/a-wrong-password|abandon/.test(summary), summary);
  });

  it("loads a key once, from the first of its files that opens, and names the others", async () => {
    const files = new MemoryKeyDisk();
    const {keystoresDir} = FOLDERS;
    const {text, pubkey} = await putKey(files, 1, "keystore-b.json");
    const damaged = JSON.parse(text);
    damaged.crypto.cipher.message = "00".repeat(32);
    files.put(keystoresDir, "keystore-a.json", JSON.stringify(damaged)).put(keystoresDir, "keystore-c.json", text);
    const {loaded, failed} = await loadKeystores(FOLDERS, {files});
    assert.deepEqual(
      loaded.map((key) => key.pubkey),
      [pubkey],
    );
    assert.deepEqual(
      failed.map(({file, reason}) => [file, reason]),
      [
        [join(keystoresDir, "keystore-a.json"), "WRONG_PASSWORD"],
        [join(keystoresDir, "keystore-c.json"), "DUPLICATE_KEY"],
      ],
    );
    assert.match(failed[1]?.detail ?? "", /keystore-b\.json/);
  });

  it("leaves JSON of another kind alone, but not a keystore of any name", async () => {
    const files = new MemoryKeyDisk();
    const {keystoresDir} = FOLDERS;
    const {pubkey} = await putKey(files, 1, "my-key.json");
    files.put(keystoresDir, "deposit_data-160.json", `[{"pubkey":"00"},"${"x".repeat(100_000)}"]`);
    files.put(keystoresDir, "slashing_protection.json", '{"metadata":{},"data":[]}');
    files.put(keystoresDir, "torn.json", '{"crypto":');
    files.put(keystoresDir, "readme.txt", "hello");
    const totals = new Set<number>();
    const onProgress = ({total}: {total: number}) => totals.add(total);
    const {loaded, failed, ignored} = await loadKeystores(FOLDERS, {files, onProgress});
    assert.deepEqual([...totals], [2]);
    assert.deepEqual(
      loaded.map((key) => key.pubkey),
      [pubkey],
    );
    assert.deepEqual(
      failed.map(({file, reason}) => [file, reason]),
      [[join(keystoresDir, "torn.json"), "NOT_JSON"]],
    );
    const others = ["deposit_data-160.json", "slashing_protection.json"].map((name) => join(keystoresDir, name));
    assert.deepEqual(ignored, others);
  });

  it("passes over disabled keystores, and folders of keys that have none", async () => {
    const files = new MemoryKeyDisk();
    const {keystoresDir} = FOLDERS;
    const {pubkey} = await putKey(files, 1, "keystore-1.json");
    const disabled = await putKey(files, 2, "keystore-2.json.disabled");
    files.put(join(keystoresDir, disabled.pubkey), "voting-keystore.json.disabled", disabled.text);
    files.put(join(keystoresDir, pubkey), "readme.txt", "");
    const {loaded, failed, ignored} = await loadKeystores(FOLDERS, {files});
    assert.deepEqual([loaded.map((key) => key.pubkey), failed, ignored], [[pubkey], [], []]);
  });

  it("names a key's folder that cannot be looked into and loads the others", async () => {
    const files = new MemoryKeyDisk();
    const {pubkey} = await putKey(files, 1, "keystore-1.json");
    const locked = join(FOLDERS.keystoresDir, `0x${"ab".repeat(48)}`);
    files.put(FOLDERS.keystoresDir, `0x${"ab".repeat(48)}`, new Error("EACCES"));
    const {loaded, failed} = await loadKeystores(FOLDERS, {files});
    assert.deepEqual(
      loaded.map((key) => key.pubkey),
      [pubkey],
    );
    assert.deepEqual(
      failed.map(({file, reason}) => [file, reason]),
      [[join(locked, "voting-keystore.json"), "FILE_UNREADABLE"]],
    );
  });

  it("says so when there is no folder", async () => {
    await assert.rejects(loadKeystores(FOLDERS, {files: new MemoryKeyDisk()}), {
      name: "KeystoreError",
      reason: "FOLDER_UNREADABLE",
      file: FOLDERS.keystoresDir,
    });
  });
});

describe("DiskKeyFiles", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mote-keys-"));
  });
  after(() => rm(folder, {recursive: true}));

  it("lists and reads within bounds", async () => {
    const files = new DiskKeyFiles();
    await writeFile(join(folder, "a"), "12345");
    await mkdir(join(folder, "b"));
    assert.deepEqual([...(await files.list(folder))].sort(), ["a", "b"]);
    assert.equal(Buffer.from(await files.read(join(folder, "a"), 5)).toString(), "12345");
    await assert.rejects(files.read(join(folder, "a"), 4), {name: "FileTooLargeError"});
    await assert.rejects(files.read(join(folder, "c"), 4), {code: "ENOENT"});
    await assert.rejects(files.read(join(folder, "b"), 4));
    await assert.rejects(files.list(join(folder, "c")), {code: "ENOENT"});
  });

  it("feeds the loader", async () => {
    const {text, pubkey} = await makeKeystore(1, "pw");
    const [keystoresDir, secretsDir] = [join(folder, "keys"), join(folder, "secrets")];
    await Promise.all([keystoresDir, secretsDir].map((path) => mkdir(path)));
    await writeFile(join(keystoresDir, "keystore-1.json"), text);
    await writeFile(join(secretsDir, pubkey), "pw\n");
    const {loaded} = await loadKeystores({keystoresDir, secretsDir}, {files: new DiskKeyFiles()});
    assert.deepEqual(
      loaded.map((key) => key.pubkey),
      [pubkey],
    );
  });
});
