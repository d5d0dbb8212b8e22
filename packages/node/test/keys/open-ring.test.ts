import assert from "node:assert/strict";
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Clock, Log} from "@mote/core";
import {ExitError} from "../../src/exit-error.ts";
import {openRing} from "../../src/keys/open-ring.ts";

const clock: Clock = {nowMs: () => 0, after: () => () => {}};
const quiet = (): void => {};
const log: Log = {debug: quiet, info: quiet, warn: quiet, error: quiet};

describe("a start without keys", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-ring-"));
  });
  afterEach(() => rmSync(dir, {recursive: true}));

  const open = (below: string, mayBeEmpty = false) =>
    openRing(
      {
        keys: {kind: "keystores", keystoresDir: join(dir, below), secretsDir: join(dir, "secrets")},
        remoteSigners: {tls: {}} as never,
        mayBeEmpty,
      },
      {clock, log},
    );
  const refusal = async (below: string): Promise<string> => {
    const error = await open(below).then(
      () => assert.fail("it started"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ExitError);
    assert.equal(error.exitCode, 2);
    return error.message;
  };

  it("says in words that there are none, and how some come there", async () => {
    mkdirSync(join(dir, "empty"));
    for (const below of ["nowhere", "empty"]) {
      const message = await refusal(below);
      assert.match(message, new RegExp(`^there are no keys in ${join(dir, below)}: `));
      assert.match(message, /mote keys new.*mote keys import.*--http/);
      assert.doesNotMatch(message, /ENOENT|scandir/);
      const {ring} = await open(below, true);
      await ring.close();
    }
  });

  it("says so when all that there are do not count", async () => {
    mkdirSync(join(dir, "disabled"));
    writeFileSync(join(dir, "disabled/keystore-0.json.disabled"), "{}");
    assert.match(await refusal("disabled"), /all keys in .*disabled are disabled: mote keys enable/);
    mkdirSync(join(dir, "damaged"));
    writeFileSync(join(dir, "damaged/keystore-0.json"), "{");
    assert.match(await refusal("damaged"), /no keystore of .*damaged can be used: each was refused/);
  });

  it("says in words why the folder cannot be read", async () => {
    writeFileSync(join(dir, "file"), "");
    assert.match(await refusal("file"), /file cannot be read: a part of the path is not a directory; /);
  });
});
