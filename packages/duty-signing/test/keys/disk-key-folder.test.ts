import assert from "node:assert/strict";
import {mkdtemp, readdir, rm, stat} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Pubkey} from "@mote/core";
import {DiskKeyFolder} from "../../src/keys/disk-key-folder.ts";
import {SystemKeyDisk} from "../../src/keys/key-disk.ts";
import type {NewKeystore} from "../../src/keys/key-folder.ts";
import {loadKeystores} from "../../src/keys/load-keystores.ts";
import {makeKeystore} from "./make-keystore.ts";
import {MemoryKeyDisk} from "./memory-key-disk.ts";

const FOLDERS = {keystoresDir: join("/d", "validator_keys"), secretsDir: join("/d", "secrets")};
const {keystoresDir, secretsDir} = FOLDERS;

const folderOn = (disk: MemoryKeyDisk) => new DiskKeyFolder({folders: FOLDERS}, {disk});
const fileOf = (n: number) => `keystore-m_12381_3600_${n}_0_0-160.json`;

async function keyOf(n: number): Promise<NewKeystore> {
  const {text, pubkey} = await makeKeystore(n, `pw${n}`);
  return {text, pubkey, password: `pw${n}`, fileName: fileOf(n)};
}

/** The public keys that a node would sign with, and what it would complain of. */
async function usedBy(disk: MemoryKeyDisk): Promise<{used: Pubkey[]; complaints: string[]}> {
  const {loaded, failed} = await loadKeystores(FOLDERS, {files: disk});
  return {used: loaded.map(({pubkey}) => pubkey), complaints: failed.map(({reason}) => reason)};
}

describe("DiskKeyFolder", () => {
  let disk = new MemoryKeyDisk();
  let keys: NewKeystore[] = [];
  const [a, b] = [() => keys[0] ?? assert.fail(), () => keys[1] ?? assert.fail()];
  before(async () => {
    keys = await Promise.all([1, 2, 3, 4].map(keyOf));
  });
  beforeEach(() => {
    disk = new MemoryKeyDisk();
  });

  it("is empty before it is there", async () => {
    assert.deepEqual(await folderOn(disk).list(), {keys: [], failed: []});
    assert.equal(await folderOn(disk).remove(a().pubkey), "absent");
    assert.equal(await folderOn(disk).setEnabled(a().pubkey, true), "absent");
  });

  it("cannot be listed when the folder cannot be read", async () => {
    disk.list = async () => Promise.reject(Object.assign(new Error("no"), {code: "EACCES"}));
    await assert.rejects(folderOn(disk).list(), {reason: "FOLDER_UNREADABLE"});
    await assert.rejects(folderOn(disk).add(a()), {reason: "FOLDER_UNREADABLE"});
  });

  it("adds keys that a node then uses, the password before the keystore", async () => {
    const folder = folderOn(disk);
    for (const key of keys) assert.equal(await folder.add(key), "added");
    assert.deepEqual(disk.changes.slice(0, 4), [
      "folder validator_keys",
      "folder secrets",
      `write ${a().pubkey}`,
      `write ${a().fileName}`,
    ]);
    assert.deepEqual(await usedBy(disk), {used: keys.map(({pubkey}) => pubkey), complaints: []});
    const {keys: stored} = await folderOn(disk).list();
    assert.deepEqual(stored[0], {
      pubkey: a().pubkey,
      file: join(keystoresDir, fileOf(1)),
      derivationPath: "m/12381/3600/0/0/0",
      isEnabled: true,
    });
  });

  it("leaves a key that is there as it is, enabled or not", async () => {
    const folder = folderOn(disk);
    await folder.add(a());
    const before = [...disk.contents];
    assert.equal(await folder.add({...a(), password: "another", fileName: null}), "duplicate");
    assert.deepEqual([...disk.contents], before);
    await folder.setEnabled(a().pubkey, false);
    assert.equal(await folder.add(a()), "duplicate");
    assert.equal(await folderOn(disk).add(a()), "duplicate");
    assert.deepEqual(await usedBy(disk), {used: [], complaints: []});
  });

  it("lets one of two that come at once in", async () => {
    const folder = folderOn(disk);
    const results = await Promise.all([folder.add(a()), folder.add(a()), folder.add(b())]);
    assert.deepEqual(results, ["added", "duplicate", "added"]);
  });

  it("adds many in their order, and tells of each", async () => {
    const folder = folderOn(disk);
    await folder.add(b());
    const many = Array.from({length: 40}, (_, at): NewKeystore => (at % 2 === 0 ? a() : (keys[2] ?? assert.fail())));
    const told: [Pubkey, string][] = [];
    const onAdded = (pubkey: Pubkey, result: string) => told.push([pubkey, result]);
    await folder.addAll([b(), ...many], {onAdded, signal: new AbortController().signal});
    assert.deepEqual(
      told.map(([pubkey]) => pubkey),
      [b(), ...many].map(({pubkey}) => pubkey),
    );
    assert.deepEqual(
      told.map(([, result]) => result),
      ["duplicate", "added", "added", ...Array.from({length: 38}, () => "duplicate")],
    );
    assert.deepEqual(new Set((await usedBy(disk)).used), new Set([b(), ...many].map(({pubkey}) => pubkey)));
  });

  it("adds none after it was told to stop", async () => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await assert.rejects(folderOn(disk).addAll([a()], {onAdded: () => assert.fail(), signal}), /stopped/);
    assert.deepEqual([...disk.contents], []);
  });

  it("adds a disabled key without enabling it at any moment", async () => {
    const folder = folderOn(disk);
    assert.equal(await folder.add({...a(), isEnabled: false}), "added");
    assert.equal(
      disk.changes.some((change) => change.startsWith("rename") || change === `write ${fileOf(1)}`),
      false,
    );
    assert.deepEqual(await usedBy(disk), {used: [], complaints: []});
    assert.equal(await folder.add({...a(), isEnabled: true}), "duplicate");
    assert.equal(await folder.setEnabled(a().pubkey, true), "changed");
    assert.deepEqual((await usedBy(disk)).used, [a().pubkey]);
  });

  it("does not read every file again for every key", async () => {
    const folder = folderOn(disk);
    await folder.add(a());
    await folder.add(b());
    disk.reads.length = 0;
    await folder.add(keys[2] ?? assert.fail());
    assert.deepEqual(disk.reads, []);
  });

  it("never overwrites another key's file", async () => {
    const folder = folderOn(disk);
    await folder.add(a());
    await folder.add({...b(), fileName: fileOf(1)});
    assert.deepEqual((await usedBy(disk)).used.sort(), [a().pubkey, b().pubkey].sort());
    disk.put(keystoresDir, `keystore-${keys[2]?.pubkey}.json`, "damaged");
    await folder.add({...(keys[2] ?? assert.fail()), fileName: null});
    assert.equal(disk.contents.get(join(keystoresDir, `keystore-${keys[2]?.pubkey}.json`)), "damaged");
    assert.equal((await usedBy(disk)).used.length, 3);
  });

  it("takes no file name that leads elsewhere or is no keystore's", async () => {
    for (const fileName of [
      "../keystore-1.json",
      "keystore/1.json",
      ".json",
      "keystore-1.txt",
      "keystore-\n.json",
      "",
    ]) {
      disk = new MemoryKeyDisk();
      await folderOn(disk).add({...a(), fileName});
      assert.deepEqual([...disk.contents.keys()].sort(), [
        join(secretsDir, a().pubkey),
        join(keystoresDir, `keystore-${a().pubkey}.json`),
      ]);
    }
  });

  it("refuses a keystore of another key, a password that could not be read again, and what is no keystore", async () => {
    const folder = folderOn(disk);
    await assert.rejects(folder.add({...a(), text: b().text}), {reason: "PUBKEY_MISMATCH"});
    await assert.rejects(folder.add({...a(), password: "ä".repeat(2049)}), {reason: "PASSWORD_UNREADABLE"});
    await assert.rejects(folder.add({...a(), text: "{"}), {reason: "NOT_JSON"});
    assert.deepEqual(disk.changes, []);
  });

  it("writes the public key into a keystore that says none, so that its password is found", async () => {
    for (const pubkey of [undefined, ""]) {
      disk = new MemoryKeyDisk();
      const text = JSON.stringify({...JSON.parse(a().text), pubkey});
      assert.equal(await folderOn(disk).add({...a(), text}), "added");
      assert.deepEqual(await usedBy(disk), {used: [a().pubkey], complaints: []});
    }
  });

  it("disables a key so that no node uses it, and enables it again", async () => {
    const folder = folderOn(disk);
    for (const key of [a(), b()]) await folder.add(key);
    assert.equal(await folder.setEnabled(a().pubkey, true), "unchanged");
    assert.equal(await folder.setEnabled(a().pubkey, false), "changed");
    assert.equal(await folder.setEnabled(a().pubkey, false), "unchanged");
    assert.deepEqual(await usedBy(disk), {used: [b().pubkey], complaints: []});
    const [first] = (await folder.list()).keys;
    assert.deepEqual([first?.file, first?.isEnabled], [join(keystoresDir, `${fileOf(1)}.disabled`), false]);
    assert.equal(await folder.setEnabled(a().pubkey, true), "changed");
    assert.deepEqual(await usedBy(disk), {used: [a().pubkey, b().pubkey], complaints: []});
  });

  it("switches many keys with one look through the folder, and tells of each", async () => {
    const folder = folderOn(disk);
    for (const key of keys.slice(0, 3)) await folder.add(key);
    await folder.setEnabled(b().pubkey, false);
    disk.reads.length = 0;
    const results = await folder.setEnabledAll(
      keys.map(({pubkey}) => pubkey),
      false,
    );
    assert.deepEqual([...results.values()], ["changed", "unchanged", "changed", "absent"]);
    assert.equal(disk.reads.length, 3);
    assert.deepEqual((await usedBy(disk)).used, []);
    disk.changesLeft = 1;
    const full = await folder.setEnabledAll([a().pubkey, b().pubkey], true);
    assert.equal(full.get(a().pubkey), "changed");
    assert.match(String(full.get(b().pubkey)), /ENOSPC/);
    assert.deepEqual((await usedBy(disk)).used, [a().pubkey]);
  });

  it("knows whose key it has disabled when the file cannot be read afterwards", async () => {
    const folder = folderOn(disk);
    await folder.add(a());
    await folder.setEnabledAll([a().pubkey], false);
    disk.put(keystoresDir, `${fileOf(1)}.disabled`, new Error("bad sector"));
    await assert.rejects(folder.remove(a().pubkey), /it was a keystore of this key: .*bad sector/);
  });

  it("gives no file of those that it switches together the name of another", async () => {
    disk.put(keystoresDir, "keystore-a.json", a().text).put(keystoresDir, "keystore-a.json.disabled", b().text);
    disk.put(keystoresDir, "keystore-a-2.json", b().text);
    const folder = folderOn(disk);
    for (const isEnabled of [false, true]) await folder.setEnabledAll([a().pubkey, b().pubkey], isEnabled);
    const {keys: stored} = await folder.list();
    assert.deepEqual(stored.map(({pubkey}) => pubkey).sort(), [a().pubkey, b().pubkey, b().pubkey].sort());
  });

  it("disables all files of a key and enables one", async () => {
    const folder = folderOn(disk);
    await folder.add(a());
    disk.put(keystoresDir, "keystore-copy.json", a().text);
    // The name that the copy would get.
    disk.put(keystoresDir, "keystore-copy.json.disabled", b().text);
    assert.equal(await folder.setEnabled(a().pubkey, false), "changed");
    assert.deepEqual((await usedBy(disk)).used, []);
    assert.equal((await folder.list()).keys.length, 3);
    assert.equal(await folder.setEnabled(a().pubkey, true), "changed");
    assert.deepEqual(await usedBy(disk), {used: [a().pubkey], complaints: []});
  });

  it("removes every file of a key and its password, and nothing else", async () => {
    const folder = folderOn(disk);
    for (const key of [a(), b()]) await folder.add(key);
    disk.put(keystoresDir, "keystore-copy.json.disabled", a().text);
    disk.put(keystoresDir, "deposit_data-1.json", "[]");
    assert.equal(await folder.remove(a().pubkey), "removed");
    assert.deepEqual([...disk.contents.keys()].sort(), [
      join(secretsDir, b().pubkey),
      join(keystoresDir, "deposit_data-1.json"),
      join(keystoresDir, fileOf(2)),
    ]);
    assert.equal(await folder.remove(a().pubkey), "absent");
    assert.equal(await folder.add(a()), "added");
    assert.deepEqual((await usedBy(disk)).used, [a().pubkey, b().pubkey]);
  });

  it("keeps Lighthouse's folders apart from their keys", async () => {
    const {pubkey, text} = a();
    disk.put(join(keystoresDir, pubkey), "voting-keystore.json", text).put(secretsDir, pubkey, "pw1");
    disk.put(join(keystoresDir, pubkey), "voting-keystore.json.lock", "");
    const folder = folderOn(disk);
    assert.deepEqual((await usedBy(disk)).used, [pubkey]);
    assert.equal(await folder.setEnabled(pubkey, false), "changed");
    assert.deepEqual(await usedBy(disk), {used: [], complaints: []});
    assert.equal(await folder.setEnabled(pubkey, true), "changed");
    assert.deepEqual((await usedBy(disk)).used, [pubkey]);
    assert.equal(await folder.remove(pubkey), "removed");
    assert.deepEqual(await usedBy(disk), {used: [], complaints: []});
    assert.equal(await folder.add(a()), "added");
  });

  it("looks again before it removes or disables: files may have been exchanged", async () => {
    const folder = folderOn(disk);
    for (const key of [a(), b()]) await folder.add(key);
    disk.put(keystoresDir, fileOf(1), b().text).put(keystoresDir, fileOf(3), b().text);
    assert.equal(await folder.remove(a().pubkey), "absent");
    assert.equal(await folder.setEnabled(b().pubkey, false), "changed");
    assert.deepEqual((await usedBy(disk)).used, []);
    assert.equal(await folder.remove(b().pubkey), "removed");
    assert.deepEqual(await folder.list(), {keys: [], failed: []});
  });

  it("names what it could not read and lists the others", async () => {
    const folder = folderOn(disk);
    await folder.add(a());
    disk.put(keystoresDir, "keystore-cut.json", a().text.slice(0, 50)).put(keystoresDir, "deposit_data-1.json", "[]");
    disk.put(keystoresDir, "keystore-old.json", JSON.stringify({...JSON.parse(b().text), version: 3}));
    const {keys: stored, failed} = await folder.list();
    assert.equal(stored.length, 1);
    assert.deepEqual(
      failed.map(({reason}) => reason),
      ["NOT_JSON", "UNSUPPORTED"],
    );
  });

  describe("on a disk that is full from any one change on", () => {
    const operations: Readonly<Record<string, (folder: DiskKeyFolder) => Promise<unknown>>> = {
      add: (folder) => folder.add(b()),
      addAll: (folder) =>
        folder.addAll([b(), keys[3] ?? assert.fail()], {onAdded: () => {}, signal: new AbortController().signal}),
      remove: (folder) => folder.remove(a().pubkey),
      disable: (folder) => folder.setEnabled(a().pubkey, false),
      enable: (folder) => folder.setEnabled(keys[2]?.pubkey ?? assert.fail(), true),
    };
    for (const [name, operate] of Object.entries(operations)) {
      it(`${name} is done or not done, and can be done again`, async () => {
        for (let changesLeft = 0; ; changesLeft++) {
          assert(changesLeft < 10);
          disk = new MemoryKeyDisk();
          const setUp = folderOn(disk);
          for (const key of [a(), keys[2] ?? assert.fail()]) await setUp.add(key);
          await setUp.setEnabled(keys[2]?.pubkey ?? assert.fail(), false);
          const before = await usedBy(disk);
          disk.changesLeft = changesLeft;
          const folder = folderOn(disk);
          const isDone = await operate(folder).then(
            () => true,
            (error) => {
              assert.equal(error.code, "ENOSPC");
              return false;
            },
          );
          const after = await usedBy(disk);
          assert.deepEqual(after.complaints, []);
          if (isDone) {
            assert.notDeepEqual(after, before);
            break;
          }
          // Of several some may be there, each whole: this disk does not even let go.
          if (name !== "remove" && name !== "addAll") assert.deepEqual(after, before);
          disk.changesLeft = Number.POSITIVE_INFINITY;
          await operate(folder);
          assert.notDeepEqual((await usedBy(disk)).used, before.used);
          assert.deepEqual((await usedBy(disk)).complaints, []);
        }
      });
    }

    it("addAll takes all that it wrote back as soon as the disk lets it", async () => {
      const folder = folderOn(disk);
      await folder.add(a());
      const before = [...disk.contents.keys()];
      const {writeWhole} = disk;
      disk.writeWhole = async (path, text) => {
        if (path.endsWith(fileOf(4))) throw Object.assign(new Error("full"), {code: "ENOSPC"});
        await writeWhole.call(disk, path, text);
      };
      const many = [b(), keys[3] ?? assert.fail()];
      const signal = new AbortController().signal;
      await assert.rejects(folder.addAll(many, {onAdded: () => assert.fail(), signal}), {code: "ENOSPC"});
      assert.deepEqual([...disk.contents.keys()], before);
    });

    it("add takes the password back as soon as the disk lets it", async () => {
      const folder = folderOn(disk);
      await folder.add(a());
      const before = [...disk.contents.keys()];
      const {writeWhole} = disk;
      disk.writeWhole = async (path, text) => {
        if (path.startsWith(keystoresDir)) throw Object.assign(new Error("full"), {code: "ENOSPC"});
        await writeWhole.call(disk, path, text);
      };
      await assert.rejects(folder.add(b()), {code: "ENOSPC"});
      assert.deepEqual([...disk.contents.keys()], before);
    });
  });
});

describe("DiskKeyFolder on a real disk", () => {
  let root = "";
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "mote-key-folder-"));
  });
  after(() => rm(root, {recursive: true}));

  it("keeps keys and passwords for their owner alone", async () => {
    const folders = {keystoresDir: join(root, "data", "validator_keys"), secretsDir: join(root, "data", "secrets")};
    const folder = new DiskKeyFolder({folders}, {disk: new SystemKeyDisk()});
    const key = await keyOf(1);
    assert.equal(await folder.add(key), "added");
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    for (const path of [folders.keystoresDir, folders.secretsDir]) assert.equal(await modeOf(path), 0o700);
    for (const path of [join(folders.keystoresDir, fileOf(1)), join(folders.secretsDir, key.pubkey)]) {
      assert.equal(await modeOf(path), 0o600);
    }
    assert.deepEqual((await loadKeystores(folders, {files: new SystemKeyDisk()})).loaded.length, 1);
    assert.equal(await folder.setEnabled(key.pubkey, false), "changed");
    assert.equal(await folder.remove(key.pubkey), "removed");
    assert.deepEqual([await readdir(folders.keystoresDir), await readdir(folders.secretsDir)], [[], []]);
  });
});
