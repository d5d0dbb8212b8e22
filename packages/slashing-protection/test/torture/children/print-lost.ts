import {readFileSync, writeSync} from "node:fs";
import {parseRoot} from "@mote/core";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import {findLost} from "../find-lost.ts";
import {pubkeyOf, voteOf} from "../messages.ts";

/**
 * Prints which accepted messages of a file a store does not know, then what becomes of a new vote. Arguments: path, genesis validators
 * root, file with what `accept-until-refused` printed.
 */
const RETAIN_EPOCHS = 1_000_000;
const [path = "", root = "", file = ""] = process.argv.slice(2);
const protection = await openLevelSlashingProtection({
  path,
  genesisValidatorsRoot: parseRoot(root, "root"),
  retainEpochs: RETAIN_EPOCHS,
});
const accepted = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("refused"));
for (const line of await findLost(protection, accepted, {retainEpochs: RETAIN_EPOCHS})) writeSync(1, `lost ${line}\n`);
const {kind} = await protection.recordAttestation(pubkeyOf(1), voteOf(RETAIN_EPOCHS));
writeSync(1, `then ${kind}\n`);
await protection.close();
