import {writeSync} from "node:fs";
import {parsePubkey, type Root} from "@mote/core";
import {testVote} from "@mote/testing";
import {openLevelSlashingProtection} from "../../src/index.ts";

/**
 * A process that votes until someone kills it: for each key it records vote after vote and prints `pubkey target` once a vote is accepted.
 * Arguments: path, genesis validators root, retained epochs, target to start from, pubkeys.
 */
const [path = "", root = "", retainEpochs = "", firstTarget = "", ...pubkeys] = process.argv.slice(2);
const protection = await openLevelSlashingProtection({
  path,
  genesisValidatorsRoot: root as Root,
  retainEpochs: Number(retainEpochs),
});

await Promise.all(
  pubkeys.map(async (name) => {
    const pubkey = parsePubkey(name, "pubkey");
    for (let target = Number(firstTarget); ; target++) {
      const verdict = await protection.recordAttestation(pubkey, testVote(target - 1, target));
      if (verdict.kind !== "accepted") throw new Error(`unexpected: ${JSON.stringify(verdict)}`);
      writeSync(1, `${pubkey} ${target}\n`);
    }
  }),
);
