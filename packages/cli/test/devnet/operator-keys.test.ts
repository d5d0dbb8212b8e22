import assert from "node:assert/strict";
import {mkdtempSync, rmSync, statSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {writeOperatorKeys} from "../../src/devnet/operator-keys.ts";

describe("writeOperatorKeys", () => {
  const dir = mkdtempSync(join(tmpdir(), "mote-operator-keys-"));
  after(() => rmSync(dir, {recursive: true, force: true}));

  it("refuses a datadir that is none", () => {
    const path = join(dir, "a-file");
    writeFileSync(path, "");
    const files = {keystores: new Map<string, string>(), secrets: new Map<string, string>()};
    assert.throws(() => writeOperatorKeys(path, files), /^DevnetRefusedError: --datadir: .*a-file cannot be used/);
  });

  it("writes what the two options name, for the owner's eyes only, a second time too", () => {
    const files = {keystores: new Map([["keystore-0.json", "{}"]]), secrets: new Map([["0xaa", "password"]])};
    for (let time = 0; time < 2; time++) {
      const {keystoresDir, secretsDir} = writeOperatorKeys(join(dir, "node0"), files);
      const [keystore, secret] = [join(keystoresDir, "keystore-0.json"), join(secretsDir, "0xaa")].map((path) =>
        statSync(path),
      );
      assert.deepEqual([keystore!.size, secret!.size], [2, 8]);
      assert.deepEqual([keystore!.mode & 0o777, secret!.mode & 0o777], [0o600, 0o600]);
    }
  });
});
