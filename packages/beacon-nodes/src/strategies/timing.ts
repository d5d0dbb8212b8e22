/** How long answers are waited for, and how the waiting is divided among nodes. Bounds of bytes are in `limits.ts`. */

/** Between two questions for the same thing to the same node, while there is no sound answer. */
export const POLL_INTERVAL_MS = 250;
/** What nodes that have not answered yet are still waited for, once enough of the others agree. */
export const GRACE_MS = 100;
/** The same for blocks: a builder's bid takes longer than a local payload, and every ms is missing to the block's travel. */
export const BLOCK_GRACE_MS = 250;
/** What nodes that have not said who is live are still waited for, once enough others have: a vote that only one saw counts. */
export const LIVENESS_GRACE_MS = 500;
/** How long calls whose answer is not needed any more may go on, to keep their sockets. */
export const LEFT_OVER_MS = 1_000;
/** For a vote on a head event: by then every healthy node has answered, and the due time will bring another chance. */
export const EARLY_VOTE_TIMEOUT_MS = 500;
/** Proposer nodes that do not answer leave the others this part of the time at least. */
export const PROPOSER_NODES_TIME_FRACTION = 0.5;
export const PROPOSER_NODES_TIMEOUT_MS = 1_500;

/** Bounds of the time after which a second node is asked beside the first. */
export interface HedgeBounds {
  readonly lowestMs: number;
  /** Also what is waited while too little is known of the node. */
  readonly highestMs: number;
}
/** On the way of a vote: a first node that hangs must not cost more than 300 ms, once. */
export const URGENT_HEDGE: HedgeBounds = {lowestMs: 25, highestMs: 200};
/** A block is dear to make, for the node too. */
export const BLOCK_HEDGE: HedgeBounds = {lowestMs: 100, highestMs: 500};
/** Duties and lookups are asked for ahead of time. */
export const PATIENT_HEDGE: HedgeBounds = {lowestMs: 100, highestMs: 1_000};
