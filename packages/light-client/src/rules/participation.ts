import type {altair} from "@lodestar/types";

/** How many of a sync committee signed. */
export interface Participation {
  readonly signed: number;
  readonly seats: number;
  /** At least 2/3 of the seats. Less than that proves nothing that a vote may be stopped for. */
  readonly isSupermajority: boolean;
}

export function participationOf({syncCommitteeBits}: altair.SyncAggregate): Participation {
  const signed = syncCommitteeBits.getTrueBitIndexes().length;
  const seats = syncCommitteeBits.bitLen;
  return {signed, seats, isSupermajority: signed * 3 >= seats * 2};
}
