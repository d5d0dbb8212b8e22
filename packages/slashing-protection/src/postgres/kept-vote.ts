import type {Pubkey} from "@mote/core";
import {ProtectionRecordsLostError} from "../errors.ts";
import type {Vote} from "../rules/vote-rules.ts";
import {toBytes, toNumeric} from "./rows.ts";
import type {Session} from "./session.ts";

/** True also when the vote was forgotten since: then the minimum stands for it. */
const IS_KEPT = {
  name: "mote_is_vote_kept",
  text: `SELECT 1 FROM mote_protection_keys k WHERE k.pubkey = $1::bytea AND (
      k.watermark_target >= $2::numeric
      OR EXISTS (
        SELECT 1 FROM mote_protection_votes v WHERE v.pubkey = k.pubkey AND v.target = $2::numeric AND v.signing_root = $3::bytea
      )
    )`,
};

/**
 * The newest vote that the database has confirmed here. A database that does not know it any more is an older one: a backup that was
 * restored while nodes were running, a replica that was behind, or one that was begun anew. All that came after it could be voted again.
 */
export class KeptVote {
  #newest: {readonly pubkey: Pubkey; readonly vote: Vote} | null = null;

  confirm(pubkey: Pubkey, vote: Vote): void {
    this.#newest = {pubkey, vote};
  }

  /** @throws {ProtectionRecordsLostError} */
  async assertKept(session: Pick<Session, "query">, shownUrl: string): Promise<void> {
    if (this.#newest === null) return;
    const {pubkey, vote} = this.#newest;
    const values = [toBytes(pubkey), toNumeric(vote.targetEpoch), toBytes(vote.signingRoot)];
    if ((await session.query(IS_KEPT, values)).length === 0) throw new ProtectionRecordsLostError(shownUrl);
  }
}
