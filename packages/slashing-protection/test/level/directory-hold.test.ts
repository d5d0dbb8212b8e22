import assert from "node:assert/strict";
import {type ChildProcess, spawn} from "node:child_process";
import {once} from "node:events";
import {mkdir, mkdtemp, readdir, rm, symlink, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {fileURLToPath} from "node:url";
import {
  holdDirectory,
  ProtectionStoreError,
  ProtectionStoreLockedError,
  ProtectionStoreNotWritableError,
} from "../../src/index.ts";

const SCRIPT = fileURLToPath(new URL("../support/hold-until-killed.ts", import.meta.url));

describe("holdDirectory", function () {
  this.timeout(30_000);
  let dir: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "mote-hold-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await rm(dir, {recursive: true, force: true});
  });

  const heldElsewhere = async (path: string): Promise<{kill: () => Promise<unknown>}> => {
    const child = spawn(process.execPath, [SCRIPT, path], {stdio: ["ignore", "pipe", "inherit"]});
    children.push(child);
    const exited = once(child, "exit");
    const [said] = await Promise.race([once(child.stdout, "data"), exited]);
    assert.equal(String(said), "held\n");
    return {
      kill: () => {
        child.kill("SIGKILL");
        return exited;
      },
    };
  };

  it("keeps another process out, and no longer once that was killed", async () => {
    const other = await heldElsewhere(dir);
    await assert.rejects(holdDirectory(dir), (error) => {
      assert(error instanceof ProtectionStoreLockedError);
      assert.ok(error.message.includes(dir));
      return true;
    });
    await other.kill();
    const hold = await holdDirectory(dir);
    await hold.release();
  });

  it("keeps another process out after this one has asked twice", async () => {
    const hold = await holdDirectory(dir);
    await assert.rejects(holdDirectory(dir), ProtectionStoreLockedError);
    const child = spawn(process.execPath, [SCRIPT, dir], {stdio: ["ignore", "pipe", "ignore"]});
    children.push(child);
    const [exitCode] = await once(child, "exit");
    assert.notEqual(exitCode, 0);
    await hold.release();
    await (await holdDirectory(dir)).release();
  });

  it("knows one folder by two paths", async () => {
    const folder = join(dir, "keys");
    const link = join(dir, "link");
    await mkdir(folder);
    await symlink(folder, link);
    const other = await heldElsewhere(link);
    await assert.rejects(holdDirectory(folder), ProtectionStoreLockedError);
    await other.kill();
    const hold = await holdDirectory(folder);
    // In one process too, where the system's lock alone would not tell them apart.
    await assert.rejects(holdDirectory(link), ProtectionStoreLockedError);
    await hold.release();
  });

  it("lets go on release, for another process as well", async () => {
    const hold = await holdDirectory(dir);
    await hold.release();
    await heldElsewhere(dir);
  });

  it("holds two folders apart, also one inside the other", async () => {
    const inner = join(dir, "inner");
    await mkdir(inner);
    const holds = [await holdDirectory(dir), await holdDirectory(inner)];
    for (const hold of holds) await hold.release();
  });

  it("does not stumble over damage, since there is nothing to lose", async () => {
    await (await holdDirectory(dir)).release();
    await writeFile(join(dir, ".mote-lock", "CURRENT"), "nonsense");
    const hold = await holdDirectory(dir);
    await hold.release();
    const other = await heldElsewhere(dir);
    // Not even while it is held: the lock is not among what is cleared away.
    await writeFile(join(dir, ".mote-lock", "CURRENT"), "nonsense");
    await assert.rejects(holdDirectory(dir), ProtectionStoreLockedError);
    await other.kill();
  });

  it("says by name that a folder cannot be written to", async () => {
    await writeFile(join(dir, ".mote-lock"), "in the way");
    await assert.rejects(holdDirectory(dir), ProtectionStoreNotWritableError);
  });

  it("does not pass by a lock that it cannot ask for, as on a read-only mount or as another user", async () => {
    // Where the tests run as root there is no file that may not be written to; one that is a folder cannot be opened either.
    await mkdir(join(dir, ".mote-lock", "LOCK"), {recursive: true});
    await assert.rejects(holdDirectory(dir), (error) => {
      assert(error instanceof ProtectionStoreError);
      assert(!(error instanceof ProtectionStoreNotWritableError));
      assert.match(error.message, /cannot see whether that one still runs/);
      return true;
    });
  });

  it("makes no folder that is not there", async () => {
    await assert.rejects(holdDirectory(join(dir, "none")), ProtectionStoreError);
    assert.deepEqual(await readdir(dir), []);
  });
});
