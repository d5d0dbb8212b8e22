import assert from "node:assert/strict";
import {readdirSync, readFileSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {Room} from "../support/room.ts";

const WHERE = ["--network", "devnet", "--datadir", "data"];

interface Recovered {
  readonly keys: readonly {readonly index: number; readonly status: string | null; readonly isStored: boolean}[];
  readonly nextFreeIndex: number;
}

describe("mote keys recover, beside a chain", function () {
  this.timeout(60_000);
  const room = new Room();
  after(() => room.clear());

  async function mote(...argv: readonly string[]): Promise<string> {
    const run = room.mote(...argv);
    const {code} = await run.exited;
    assert.equal(code, 0, run.story());
    return run.stdout;
  }

  it("finds the validators of a mnemonic on chain, and which of them are not here", async () => {
    writeFileSync(join(room.dir, "pw"), "Kieselstein 7", {mode: 0o600});
    const light = ["--kdf", "pbkdf2", "--password-file", "pw"];
    await mote("keys", "new", ...WHERE, ...light, "--count", "3", "--write-mnemonic", "m");
    const address = `0x${"de".repeat(20)}`;
    await mote("deposit", ...WHERE, "--withdrawal-address", address, "--yes", "--to", ".");
    const name = readdirSync(room.dir).find((each) => each.startsWith("deposit_data-")) ?? "";
    const devnet = await room.devnet({
      validators: 8,
      genesisDeposits: [{name, text: readFileSync(join(room.dir, name), "utf8")}],
    });
    devnet.start();
    await mote("keys", "remove", "--all", ...WHERE, "--yes");
    await mote("keys", "recover", ...WHERE, "--mnemonic-file", "m", ...light, "--indices", "1");

    const ask = ["keys", "recover", ...WHERE, "--mnemonic-file", "m", "--look-through", "5"];
    const asked = [...ask, "--beacon-nodes", devnet.urls.join()];
    const {keys, nextFreeIndex}: Recovered = JSON.parse(await mote(...asked, "--json"));
    assert.equal(nextFreeIndex, 3);
    assert.deepEqual(
      keys.map(({isStored}) => isStored),
      [false, true, false, false, false],
    );
    assert.deepEqual(
      keys.map(({status}) => status?.split("_")[0] ?? null),
      ["active", "active", "active", null, null],
    );
    assert.match(await mote(...asked), /These are validators and not here:\n {2}mote keys recover .* --indices 0,2\n/);
    // The folder alone cannot know of the others.
    assert.equal(JSON.parse(await mote(...ask, "--json")).nextFreeIndex, 2);
  });
});
