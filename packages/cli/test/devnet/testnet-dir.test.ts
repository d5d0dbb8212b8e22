import assert from "node:assert/strict";
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {DevnetRefusedError} from "../../src/devnet/devnet-refused-error.ts";
import {TESTNET_TITLE, TestnetDir} from "../../src/devnet/testnet-dir.ts";

describe("TestnetDir", () => {
  const room = mkdtempSync(join(tmpdir(), "mote-testnet-dir-"));
  after(() => rmSync(room, {recursive: true}));
  const config = (text: string) => new Map([["config.yaml", `# ${TESTNET_TITLE}\n${text}`]]);

  it("makes the directory and writes text and bytes", () => {
    const path = join(room, "a/new");
    new TestnetDir({path}).write(
      new Map<string, string | Uint8Array>([...config("A: 1\n"), ["b.ssz", Uint8Array.of(7)]]),
    );
    assert.deepEqual(readdirSync(path).sort(), ["b.ssz", "config.yaml"]);
    assert.deepEqual([...readFileSync(join(path, "b.ssz"))], [7]);
  });

  it("overwrites what an earlier devnet wrote", () => {
    const path = join(room, "again");
    for (const text of ["A: 1\n", "B: 2\n"]) new TestnetDir({path}).write(config(text));
    assert.match(readFileSync(join(path, "config.yaml"), "utf8"), /^B: 2$/m);
  });

  it("leaves another network's config alone", () => {
    for (const text of ["CONFIG_NAME: hoodi\n", ""]) {
      writeFileSync(join(room, "config.yaml"), text);
      assert.throws(
        () => new TestnetDir({path: room}),
        new DevnetRefusedError(`--write-testnet: ${room} has the config.yaml of another network`),
      );
      assert.equal(readFileSync(join(room, "config.yaml"), "utf8"), text);
    }
  });

  it("says why a directory cannot be used", () => {
    writeFileSync(join(room, "a-file"), "");
    assert.throws(
      () => new TestnetDir({path: join(room, "a-file/dir")}),
      /^DevnetRefusedError: --write-testnet: .*a-file\/dir cannot be used: /,
    );
    const dir = new TestnetDir({path: join(room, "taken")});
    writeFileSync(dir.path, "");
    assert.throws(() => dir.write(config("")), DevnetRefusedError);
  });
});
