import {writeSync} from "node:fs";
import {parseRoot, type Verdict} from "@mote/core";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import {blockOf, pubkeyOf, VOTING_KEYS, voteOf} from "../messages.ts";

/**
 * A process that votes and proposes until it is refused, printing each message that was accepted; then asks once more for every key and
 * prints `refused …` with the reason for each refusal. Arguments: path, genesis validators root.
 */
const NUMBER_MAX = 50_000;
const [path = "", root = ""] = process.argv.slice(2);
const protection = await openLevelSlashingProtection({
  path,
  genesisValidatorsRoot: parseRoot(root, "root"),
  retainEpochs: 1_000_000,
});
let isRefused = false;

async function ask(message: string, request: Promise<Verdict>): Promise<void> {
  const verdict = await request;
  if (verdict.kind === "refused") {
    isRefused = true;
    writeSync(1, `refused ${verdict.reason}\n`);
  } else writeSync(1, `${message}\n`);
}

const askAll = (n: number) =>
  Promise.all([
    ...VOTING_KEYS.map((key) => ask(`vote ${key} ${n}`, protection.recordAttestation(pubkeyOf(key), voteOf(n)))),
    ...VOTING_KEYS.map((key) => ask(`block ${key} ${n}`, protection.recordBlock(pubkeyOf(key), blockOf(n)))),
  ]);

for (let n = 1; n < NUMBER_MAX && !isRefused; n++) await askAll(n);
await askAll(NUMBER_MAX);
await protection.close();
