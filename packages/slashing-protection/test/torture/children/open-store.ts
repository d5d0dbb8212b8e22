import {writeSync} from "node:fs";
import {parseRoot} from "@mote/core";
import {openLevelSlashingProtection} from "@mote/slashing-protection";

/** Prints `opened`, or the name of the error that kept it from opening. Arguments: path, genesis validators root. */
const [path = "", root = ""] = process.argv.slice(2);
try {
  await openLevelSlashingProtection({path, genesisValidatorsRoot: parseRoot(root, "root"), retainEpochs: 8});
  writeSync(1, "opened\n");
} catch (error) {
  writeSync(1, `${(error as Error).name}\n`);
}
process.exit(0);
