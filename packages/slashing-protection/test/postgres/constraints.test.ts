import assert from "node:assert/strict";
import {KEY, testProposal, testVote} from "@mote/testing";
import {type PostgresStore, postgresStore} from "../support/postgres-store.ts";
import {describeWithPostgres} from "../support/shared-postgres.ts";

const KEY_SQL = `'\\x${KEY.slice(2)}'::bytea`;
const ROOT_SQL = `'\\x${"77".repeat(32)}'::bytea`;

const insertVote = (values: string): string =>
  `INSERT INTO mote_protection_votes (pubkey, target, twin, source, signing_root, is_imported) VALUES (${values})`;
const insertBlock = (values: string): string =>
  `INSERT INTO mote_protection_blocks (pubkey, slot, twin, signing_root, is_imported) VALUES (${values})`;

describeWithPostgres("what the database itself refuses, whoever writes", (server) => {
  let store: PostgresStore;

  beforeEach(async () => {
    store = await postgresStore(server());
    const protection = await store.open();
    await protection.recordAttestation(KEY, testVote(1, 2));
    await protection.recordBlock(KEY, testProposal(5));
    await protection.close();
  });
  afterEach(() => store.destroy());

  const refused: readonly [string, string, string][] = [
    ["a second signed vote for a target", insertVote(`${KEY_SQL}, 2, 0, 1, ${ROOT_SQL}, false`), "23505"],
    ["a second signed vote as a twin", insertVote(`${KEY_SQL}, 2, 1, 1, ${ROOT_SQL}, false`), "23514"],
    ["a signed vote without a root", insertVote(`${KEY_SQL}, 3, 0, 1, NULL, false`), "23514"],
    ["a signed vote whose source is after its target", insertVote(`${KEY_SQL}, 3, 0, 4, ${ROOT_SQL}, false`), "23514"],
    [
      "a vote of a key without a summary",
      insertVote(`'\\x${"99".repeat(48)}'::bytea, 3, 0, 1, ${ROOT_SQL}, true`),
      "23503",
    ],
    ["an epoch above 2^64−1", insertVote(`${KEY_SQL}, 18446744073709551616, 0, 1, ${ROOT_SQL}, true`), "23514"],
    ["a negative epoch", insertVote(`${KEY_SQL}, 3, 0, -1, ${ROOT_SQL}, true`), "23514"],
    ["a root that is too short", insertVote(`${KEY_SQL}, 3, 0, 1, '\\x12'::bytea, true`), "23514"],
    ["a second signed block for a slot", insertBlock(`${KEY_SQL}, 5, 0, ${ROOT_SQL}, false`), "23505"],
    ["a second signed block as a twin", insertBlock(`${KEY_SQL}, 5, 1, ${ROOT_SQL}, false`), "23514"],
    ["half a summary", `UPDATE mote_protection_keys SET watermark_source = NULL`, "23514"],
    ["a minimum above the newest", `UPDATE mote_protection_keys SET watermark_target = 9`, "23514"],
    ["a key without its summary", `DELETE FROM mote_protection_keys`, "23503"],
  ];
  for (const [what, text, code] of refused) {
    it(what, async () => {
      await assert.rejects(server().query(text, store.schema), {code});
    });
  }

  it("but not what an import may hold", async () => {
    await server().query(insertVote(`${KEY_SQL}, 2, 1, 7, NULL, true`), store.schema);
    await server().query(insertVote(`${KEY_SQL}, 18446744073709551615, 0, 7, ${ROOT_SQL}, true`), store.schema);
    await server().query(insertBlock(`${KEY_SQL}, 5, 1, NULL, true`), store.schema);
  });
});
