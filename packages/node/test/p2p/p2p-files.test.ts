import assert from "node:assert/strict";
import {mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {P2pFiles} from "../../src/p2p/p2p-files.ts";

describe("P2pFiles", () => {
  let datadir: string;
  beforeEach(() => {
    datadir = mkdtempSync(join(tmpdir(), "mote-p2p-"));
  });
  afterEach(() => rmSync(datadir, {recursive: true, force: true}));

  it("keeps bytes as they are, for the owner alone", async () => {
    const files = new P2pFiles({datadir});
    assert.equal(await files.read("p2p-key"), null);
    const key = Uint8Array.from({length: 256}, (_, i) => i);
    await files.write("p2p-key", key);
    assert.deepEqual(new Uint8Array((await files.read("p2p-key")) ?? []), key);
    assert.equal(statSync(join(datadir, "p2p/p2p-key")).mode & 0o777, 0o600);
    assert.equal(await files.lightClient.read(), null);
    await files.lightClient.write(key);
    assert.deepEqual(new Uint8Array((await new P2pFiles({datadir}).lightClient.read()) ?? []), key);
  });

  it("writes one after the other, and leaves nothing unfinished", async () => {
    const files = new P2pFiles({datadir});
    await Promise.all([1, 2, 3].map((n) => files.write("p2p-enr", Uint8Array.of(n))));
    assert.deepEqual([...((await files.read("p2p-enr")) ?? [])], [3]);
    assert.deepEqual(readdirSync(join(datadir, "p2p")), ["p2p-enr"]);
  });

  it("reads no file that is too large, and goes on after a write that failed", async () => {
    const files = new P2pFiles({datadir});
    await files.write("p2p-peers.json", Uint8Array.of(1));
    writeFileSync(join(datadir, "p2p/p2p-peers.json"), Buffer.alloc(1_000_000));
    await assert.rejects(files.read("p2p-peers.json"), /larger than/);
    rmSync(join(datadir, "p2p"), {recursive: true});
    writeFileSync(join(datadir, "p2p"), "");
    await assert.rejects(files.write("p2p-key", Uint8Array.of(1)));
    rmSync(join(datadir, "p2p"));
    await files.write("p2p-key", Uint8Array.of(2));
  });
});
