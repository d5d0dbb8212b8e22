import assert from "node:assert/strict";
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {readSecretFile} from "../../src/prompt/secret-file.ts";
import {SecretScreen} from "../../src/prompt/secret-screen.ts";

describe("a file with a secret", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-secret-"));
  });
  after(() => rmSync(dir, {recursive: true}));
  const file = (text: string, mode = 0o600): string => {
    const path = join(dir, "secret");
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const refuses = (path: string, pattern: RegExp) =>
    assert.rejects(readSecretFile(path, "--password-file"), (error: Error & {exitCode?: number}) => {
      assert.match(error.message, pattern);
      assert.doesNotMatch(error.message, /Kieselstein/);
      return error.exitCode === 2;
    });

  it("is read without the newline that editors add", async () => {
    assert.equal(await readSecretFile(file(" Kieselstein 7 \r\n\n"), "--password-file"), " Kieselstein 7 ");
    assert.equal(await readSecretFile(file("Kieselstein", 0o400), "--password-file"), "Kieselstein");
  });

  it("is refused when others may read it, when it is empty, too large, or not there", async () => {
    for (const mode of [0o640, 0o604, 0o644]) {
      await refuses(file("Kieselstein 7", mode), /--password-file: .*read by others than its owner: chmod 600/);
    }
    await refuses(file("\n"), /is empty/);
    await refuses(file("Kieselstein".repeat(1000)), /larger than 4096 bytes/);
    await refuses(join(dir, "nothing"), /there is no such file/);
    await refuses(dir, /it is a directory/);
  });
});

describe("a screen for secrets", () => {
  it("is entered once, wiped between frames and wiped when it is left", () => {
    let shown = "";
    const screen = new SecretScreen({stream: {write: (text) => (shown += text)}});
    const listeners = process.listenerCount("exit");
    screen.close();
    screen.draw(["abandon"]);
    assert.equal(process.listenerCount("exit"), listeners + 1);
    screen.draw(["asked"]);
    screen.close();
    screen.close();
    assert.equal(
      shown,
      "\u001b[?1049h\u001b[H\u001b[2Jabandon\n\u001b[H\u001b[2Jasked\n\u001b[H\u001b[2J\u001b[?1049l",
    );
    assert.equal(process.listenerCount("exit"), listeners);
  });
});
