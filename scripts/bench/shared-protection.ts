import type {SlashingProtection} from "@mote/core";
import {openPostgresSlashingProtection} from "@mote/slashing-protection/postgres";
import {EmbeddedPostgres, findPostgres} from "../../packages/slashing-protection/test/support/embedded-postgres.ts";
import type {Benchmark, Figure} from "./figure.ts";
import {median, timed} from "./statistics.ts";
import {randomPubkeys, randomRoot, voteAll} from "./votes.ts";

const KEYS = 10_000;
/** What falls on one slot of mainnet. */
const VOTES = 313;
const SLOTS = 32;
const VOTES_MS_MAX = 150;

/** The votes of one slot in a real PostgreSQL on this machine, against a bare insert of as many rows. */
export const sharedProtection: Benchmark = {
  name: "shared protection store",
  async measure() {
    const native = findPostgres();
    if (native === null) throw new Error("there is no PostgreSQL for this platform");
    const server = await EmbeddedPostgres.start(native);
    try {
      const schema = await server.createSchema();
      const init = {url: server.url(schema), genesisValidatorsRoot: randomRoot(), retainEpochs: 128};
      const protection = await openPostgresSlashingProtection(init);
      try {
        return [await measureSlots(protection, (text) => server.query(text, schema))];
      } finally {
        await protection.close();
      }
    } finally {
      await server.dispose();
    }
  },
};

async function measureSlots(
  protection: SlashingProtection,
  query: (text: string) => Promise<unknown>,
): Promise<Figure> {
  const pubkeys = randomPubkeys(KEYS);
  const slots = Array.from({length: SLOTS}, (_, slot) => pubkeys.slice(slot * VOTES, (slot + 1) * VOTES));
  for (const slot of slots) await voteAll(protection, slot, 1);
  await query("CREATE TABLE floor (pubkey bytea, target numeric(20), source numeric(20), root bytea)");
  const votesMs: number[] = [];
  const insertMs: number[] = [];
  for (const slot of slots) {
    votesMs.push(await timed(() => voteAll(protection, slot, 2)));
    insertMs.push(
      await timed(() =>
        query(
          `INSERT INTO floor SELECT decode(md5(n::text), 'hex'), n, n, decode(md5(n::text), 'hex') FROM generate_series(1, ${slot.length}) n`,
        ),
      ),
    );
  }
  return {
    what: `PostgreSQL, ${VOTES} votes of ${KEYS.toLocaleString("en")} keys at once, p50`,
    value: median(votesMs),
    unit: "ms",
    floor: {what: `one insert of ${VOTES} rows, committed`, value: median(insertMs)},
    valueMax: VOTES_MS_MAX,
    notes: [`at most ${Math.max(...votesMs).toFixed(0)} ms, of ${SLOTS} slots`],
  };
}
