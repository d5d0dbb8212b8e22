import {writeSync} from "node:fs";
import type {Root} from "@mote/core";
import {testProposal, testPubkey, testVote} from "@mote/testing";
import {openPostgresSlashingProtection} from "../../src/postgres/index.ts";

/**
 * A node of a set that votes and proposes around what is newest, at random, until someone kills it. Prints a line of JSON for each message
 * that was accepted. Arguments: genesis validators root, retained epochs, seed, count of keys. The database's URL is in MOTE_TEST_DATABASE.
 */
const [root = "", retainEpochs = "", seedText = "", keyCount = ""] = process.argv.slice(2);
const protection = await openPostgresSlashingProtection({
  url: process.env.MOTE_TEST_DATABASE ?? "",
  genesisValidatorsRoot: root as Root,
  retainEpochs: Number(retainEpochs),
});

let state = Number(seedText) >>> 0;
/** An integer below `limit`, by a linear congruential generator: enough to make nodes differ. */
function random(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

await Promise.all(
  Array.from({length: Number(keyCount)}, async (_, n) => {
    const pubkey = testPubkey(n + 1);
    for (;;) {
      try {
        const newest = await protection.newest(pubkey);
        const target = Math.max(1, Number(newest?.targetEpoch ?? 0) + random(5) - 1);
        const vote = testVote(Math.max(0, target - 1 - random(4)), target, random(1_000_000));
        const proposal = testProposal(Number(newest?.slot ?? 0) + random(3), random(1_000_000));
        const [voted, proposed] = await Promise.all([
          protection.recordAttestation(pubkey, vote),
          protection.recordBlock(pubkey, proposal),
        ]);
        if (voted.kind === "accepted") writeSync(1, `${JSON.stringify({pubkey, vote})}\n`);
        if (proposed.kind === "accepted") writeSync(1, `${JSON.stringify({pubkey, proposal})}\n`);
      } catch (error) {
        writeSync(2, `${error}\n`);
      }
    }
  }),
);
