import {writeSync} from "node:fs";
import {parseRoot, type Verdict} from "@mote/core";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import {blockOf, fileOf, pubkeyOf, VOTING_KEYS, voteOf} from "../messages.ts";

/**
 * A process that votes, proposes and imports until someone kills it, and prints each message once it is accepted.
 * Arguments: path, genesis validators root, retained epochs, number to start from,
 * and `honest` or `hasty`: a hasty one prints a message before it is accepted, and imports each file in pieces.
 */
const [path = "", root = "", retainEpochs = "", first = "", mode = ""] = process.argv.slice(2);
const protection = await openLevelSlashingProtection({
  path,
  genesisValidatorsRoot: parseRoot(root, "root"),
  retainEpochs: Number(retainEpochs),
});

/** Prints each message once it is accepted; when hasty, already when it is asked for. */
async function goOn(word: string, accept: (n: number) => Promise<Verdict | undefined>): Promise<never> {
  for (let n = Number(first); ; n++) {
    if (mode === "hasty") writeSync(1, `${word} ${n}\n`);
    const verdict = await accept(n);
    if (verdict !== undefined && verdict.kind !== "accepted") throw new Error(JSON.stringify(verdict));
    if (mode === "honest") writeSync(1, `${word} ${n}\n`);
  }
}

async function importFile(n: number): Promise<undefined> {
  const file = fileOf(n, root);
  if (mode === "honest") await protection.importInterchange(file);
  else for (const key of file.data) await protection.importInterchange({...file, data: [key]});
}

await Promise.all([
  ...VOTING_KEYS.map((key) => goOn(`vote ${key}`, (n) => protection.recordAttestation(pubkeyOf(key), voteOf(n)))),
  ...VOTING_KEYS.map((key) => goOn(`block ${key}`, (n) => protection.recordBlock(pubkeyOf(key), blockOf(n)))),
  goOn("import all", importFile),
]);
