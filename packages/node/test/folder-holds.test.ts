import assert from "node:assert/strict";
import {mkdir, mkdtemp, rm, stat, symlink, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {DiskKeyFiles, loadKeystores} from "@mote/duty-signing";
import {FakeLog} from "@mote/testing";
import type {KeySource, StartConfig} from "../src/config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../src/exit-error.ts";
import {FolderHolds} from "../src/folder-holds.ts";

describe("FolderHolds", () => {
  let dir: string;
  let keystoresDir: string;
  let log: FakeLog;
  const taken: FolderHolds[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "mote-holds-"));
    keystoresDir = join(dir, "keys");
    await mkdir(keystoresDir);
    log = new FakeLog();
  });
  afterEach(async () => {
    for (const holds of taken.splice(0)) await holds.release();
    await rm(dir, {recursive: true, force: true});
  });

  const keystores = (keystoresDir: string): KeySource => ({kind: "keystores", keystoresDir, secretsDir: dir});
  const take = async (
    keys: KeySource,
    {datadir = join(dir, "data"), shared = false, keymanager = null as StartConfig["keymanager"]} = {},
  ) => {
    const holds = new FolderHolds({log});
    taken.push(holds);
    const protectionStore: StartConfig["protectionStore"] = shared
      ? {kind: "postgres", url: "postgres://db/mote", passwordFile: null}
      : {kind: "level", path: join(datadir, "slashing-protection")};
    await holds.take({datadir, keys, keymanager, protectionStore});
    return holds;
  };
  const refusal = (words: string) => new ExitError(words, EXIT_NEEDS_HUMAN);

  it("lets one Mote sign from a keystore folder, whatever its data directory, and names the folder", async () => {
    const first = await take(keystores(keystoresDir));
    const words = `another Mote signs with the keys in ${keystoresDir}: only one may, so stop that one first`;
    await assert.rejects(take(keystores(keystoresDir), {datadir: join(dir, "other")}), refusal(words));
    await first.release();
    await take(keystores(keystoresDir), {datadir: join(dir, "other")});
    assert.deepEqual(log.lines, []);
  });

  it("holds the data directory of a shared store, made when missing, and the keystore folder too", async () => {
    const datadir = join(dir, "data");
    await take(keystores(keystoresDir), {shared: true});
    await assert.rejects(
      take({kind: "interop", indices: [0]}, {shared: true}),
      refusal(`another Mote runs on this data directory: ${datadir} is locked`),
    );
    await assert.rejects(take(keystores(keystoresDir), {datadir: join(dir, "other"), shared: true}), ExitError);
  });

  it("holds a folder once that is both, by whatever path", async () => {
    const link = join(dir, "link");
    await symlink(keystoresDir, link);
    await take(keystores(link), {datadir: keystoresDir, shared: true});
  });

  it("leaves a missing keystore folder to those who look for keystores", async () => {
    await take(keystores(join(dir, "none")));
    assert.deepEqual(log.lines, []);
  });

  it("makes and holds a keystore folder that keys may come into while Mote runs", async () => {
    const keymanager = {address: "127.0.0.1", port: 0, tokenFile: {path: "", mayCreate: true}, tls: null};
    const folder = join(dir, "new", "keys");
    await take(keystores(folder), {keymanager});
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    await assert.rejects(take(keystores(folder), {datadir: join(dir, "other")}), ExitError);
  });

  it("goes on with one warning where nothing can be written", async () => {
    await writeFile(join(keystoresDir, ".mote-lock"), "in the way");
    await take(keystores(keystoresDir));
    assert.deepEqual(log.lines, [
      `warn ${keystoresDir} cannot be held: a second Mote that uses it would not be noticed`,
    ]);
  });

  it("puts nothing into the folder that is taken for a keystore", async () => {
    await take(keystores(keystoresDir));
    const found = await loadKeystores({keystoresDir, secretsDir: dir}, {files: new DiskKeyFiles()});
    assert.deepEqual(found, {loaded: [], failed: [], ignored: []});
  });
});
