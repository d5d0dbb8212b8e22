import assert from "node:assert/strict";
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {FakeLog} from "@mote/testing";
import {ExitError} from "../../../src/exit-error.ts";
import {loadApiToken} from "../../../src/http/keymanager/api-token.ts";
import {DiskStateFiles} from "../../../src/system/state-files.ts";

describe("loadApiToken", () => {
  let dir: string;
  let log: FakeLog;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-token-"));
    log = new FakeLog();
  });
  afterEach(() => rmSync(dir, {recursive: true}));

  const files = new DiskStateFiles();
  const random = {bytes: (sizeBytes: number) => new Uint8Array(sizeBytes).fill(0xab)};
  const path = () => join(dir, "data", "api-token.txt");
  const load = (init: {path?: string; mayCreate?: boolean} = {}) =>
    loadApiToken({path: path(), mayCreate: true, ...init}, {files, random, log});
  const given = (text: string, mode = 0o600) => {
    const file = join(dir, "token");
    writeFileSync(file, text);
    chmodSync(file, mode);
    return load({path: file, mayCreate: false});
  };

  it("makes a token that only this user can read, and reads it at the next start", async () => {
    const token = await load();
    assert.equal(token, `api-token-0x${"ab".repeat(32)}`);
    assert.equal(statSync(path()).mode & 0o777, 0o600);
    assert.equal(statSync(join(dir, "data")).mode & 0o777, 0o700);
    assert.equal(readFileSync(path(), "utf8"), `${token}\n`);
    assert.deepEqual(readdirSync(join(dir, "data")), ["api-token.txt"]);
    assert.deepEqual(log.lines, [`info a token for the Keymanager API was made: ${path()}`]);
    assert.equal(await load({}), token);
    assert.equal(log.lines.length, 1);
  });

  it("takes the operator's own token", async () => {
    assert.equal(await given(`${"cd".repeat(32)}\r\n`), "cd".repeat(32));
    assert.deepEqual(log.lines, []);
  });

  it("warns when others can read it", async () => {
    await given("cd".repeat(32), 0o644);
    assert.match(log.lines.join(), /^warn .*can be read by every user of this machine: chmod 600 /);
  });

  for (const text of [
    "",
    "\n",
    "short",
    "a".repeat(31),
    `${"a".repeat(40)} ${"b".repeat(40)}`,
    "é".repeat(40),
    "a\0".repeat(40),
  ]) {
    it(`refuses ${JSON.stringify(text).slice(0, 30)}`, async () => {
      await assert.rejects(given(text), (error) => {
        assert.ok(error instanceof ExitError && error.exitCode === 2);
        assert.match(error.message, /^--http-token-file: .*holds no token/);
        return !(text.length > 4 && error.message.includes(text));
      });
    });
  }

  it("refuses a file that is named and not there, too large, or a directory", async () => {
    await assert.rejects(
      load({path: join(dir, "none"), mayCreate: false}),
      /there is no such file; write a token into it/,
    );
    await assert.rejects(given("x".repeat(5000)), /larger than 4096 bytes/);
    await assert.rejects(load({path: dir, mayCreate: false}), ExitError);
  });

  it("ends when the token cannot be kept: nobody could know it", async () => {
    writeFileSync(join(dir, "data"), "");
    await assert.rejects(load(), ExitError);
    const refusing = {...files, read: async () => null, writeWhole: async () => Promise.reject(new Error("ENOSPC"))};
    await assert.rejects(loadApiToken({path: path(), mayCreate: true}, {files: refusing, random, log}), (error) => {
      return error instanceof ExitError && error.exitCode === 1 && /cannot be kept/.test(error.message);
    });
  });
});
