import assert from "node:assert/strict";
import {mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {StartConfig} from "../../src/config/index.ts";
import {hasKeys} from "../../src/keys/known-keys.ts";
import {keystoreOf, pubkeyOf, SIGNER_URL} from "./support/keys-world.ts";

describe("whether there are keys", function () {
  this.timeout(30_000);
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "mote-known-keys-"));
  });
  afterEach(() => rm(dir, {recursive: true}));

  const ask = (over: Partial<StartConfig["remoteSigners"]> = {}, keystoresDir = dir) => {
    const keys = {kind: "keystores", keystoresDir, secretsDir: dir} as const;
    const none = {urls: [], publicKeys: "external", tls: {}, isProtectionTheirs: false} as const;
    return hasKeys({keys, remoteSigners: {...none, ...over}, added: []});
  };

  it("is no for a folder that is empty or not there", async () => {
    assert.deepEqual([await ask(), await ask({}, join(dir, "none"))], [false, false]);
  });

  for (const name of ["keystore-1.json", "keystore-1.json.disabled"]) {
    it(`is yes for ${name}, whether it can be opened or not`, async () => {
      await writeFile(join(dir, name), (await keystoreOf(1)).text);
      assert.equal(await ask(), true);
      await writeFile(join(dir, name), "{");
      assert.equal(await ask(), true);
    });
  }

  it("is yes with a remote signer, which lists no keys while it loads them", async () => {
    const urls = ["http://127.0.0.1:1"];
    assert.equal(await ask({urls}), true);
    assert.equal(await ask({urls, publicKeys: [pubkeyOf(1)]}), true);
  });

  it("is yes for well-known keys, and for those that were added over the API", async () => {
    const remoteSigners = {urls: [], publicKeys: "external", tls: {}, isProtectionTheirs: false} as const;
    const interop = {kind: "interop", indices: [0]} as const;
    assert.equal(await hasKeys({keys: interop, remoteSigners, added: []}), true);
    const keys = {kind: "keystores", keystoresDir: dir, secretsDir: dir} as const;
    const added = [{pubkey: pubkeyOf(1), url: SIGNER_URL}];
    assert.equal(await hasKeys({keys, remoteSigners, added}), true);
  });
});
