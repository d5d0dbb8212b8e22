import {writeSync} from "node:fs";
import {parseRoot} from "@mote/core";
import {openLevelSlashingProtection} from "../../../src/index.ts";
import {openLevelDatabase} from "../../../src/level/level-database.ts";
import type {OpenProtectionDatabase} from "../../../src/level/protection-database.ts";
import {blockOf, fileOf, pubkeyOf, voteOf} from "../messages.ts";

/**
 * A process that makes one request after the other and prints `asked …` before and `answered …` after each.
 * Arguments: path, genesis validators root, how many of each kind, and `sync` or `nosync`: whether batches are written as the store asks for.
 */
const [path = "", root = "", count = "", mode = ""] = process.argv.slice(2);

const withoutSync: OpenProtectionDatabase = async (where) => {
  const database = await openLevelDatabase(where);
  return {...database, batch: (operations) => database.batch(operations, {sync: false} as never)};
};

const protection = await openLevelSlashingProtection(
  {path, genesisValidatorsRoot: parseRoot(root, "root"), retainEpochs: 8},
  {openDatabase: mode === "sync" ? openLevelDatabase : withoutSync},
);

async function ask(what: string, request: () => Promise<{readonly kind?: string}>): Promise<void> {
  writeSync(1, `asked ${what}\n`);
  const {kind} = await request();
  if (kind !== undefined && kind !== "accepted") throw new Error(`${what} was ${kind}`);
  writeSync(1, `answered ${what}\n`);
}

for (let n = 1; n <= Number(count); n++) {
  await ask(`vote ${n}`, () => protection.recordAttestation(pubkeyOf(1), voteOf(n)));
  await ask(`block ${n}`, () => protection.recordBlock(pubkeyOf(1), blockOf(n)));
  await ask(`import ${n}`, async () => {
    await protection.importInterchange(fileOf(n, root));
    return {};
  });
}
await protection.close();
