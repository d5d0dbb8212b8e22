import assert from "node:assert/strict";
import {IdentityError, loadIdentity} from "../../src/identity.ts";
import {MemoryFiles} from "../peers/memory-files.ts";

describe("loadIdentity", () => {
  it("makes a key on first use, and has the same one ever after", async () => {
    const files = new MemoryFiles();
    const first = await loadIdentity(files);
    assert.equal(first.type, "secp256k1");
    assert.match(files.text("p2p-key"), /^[0-9a-f]{64}$/);
    const second = await loadIdentity(files);
    assert.ok(second.equals(first));
  });

  it("takes a key as other tools write it: with a new line, in capitals", async () => {
    const files = new MemoryFiles();
    const {raw} = await loadIdentity(files);
    await files.write("p2p-key", Buffer.from(`${Buffer.from(raw).toString("hex").toUpperCase()}\n`));
    assert.deepEqual(Buffer.from((await loadIdentity(files)).raw), Buffer.from(raw));
  });

  for (const [what, content] of [
    ["empty", ""],
    ["too short", "ab".repeat(31)],
    ["too long", "ab".repeat(33)],
    ["no hex", "zz".repeat(32)],
    ["zero", "00".repeat(32)],
    ["above the order of the curve", "ff".repeat(32)],
    ["large", "ab".repeat(1_000_000)],
  ] as const)
    it(`refuses a file that is ${what}, says what to do, and leaves it as it is`, async () => {
      const files = new MemoryFiles({"p2p-key": content});
      await assert.rejects(loadIdentity(files), (error: unknown) => {
        assert.ok(error instanceof IdentityError);
        assert.match(error.message, /restore it from a backup, or remove it/);
        return true;
      });
      assert.equal(files.text("p2p-key"), content);
    });
});
