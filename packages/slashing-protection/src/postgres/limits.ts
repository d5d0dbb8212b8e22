/** From the call to the verdict, whatever the database does: a sixth of a mainnet slot, and half of what is left to a vote at its due time. */
export const DECISION_MS_MAX = 2_000;
/** Of a read that no duty waits for. */
export const READING_MS_MAX = 5_000;
export const CONNECTING_MS_MAX = 1_500;
/** Of the first connection and of the making of the tables: people wait for it, no duty does. */
export const OPENING_MS_MAX = 20_000;
/** Of one statement of an import or an export. */
export const BULK_STATEMENT_MS_MAX = 600_000;
/** Between two statements of an import that holds keys. */
export const MERGING_IDLE_MS_MAX = 10_000;

/** Votes, blocks, a read and a probe at once. */
export const CONNECTION_COUNT_MAX = 4;
/** Imports and exports: they must not keep a duty from its connection. */
export const BULK_CONNECTION_COUNT_MAX = 2;
export const BULK_IDLE_MS_MAX = 10_000;

/** Requests that are decided together. */
export const BATCH_SIZE_MAX = 2_048;
/** Questions that one round trip answers. */
export const LOOKUP_SIZE_MAX = 2_048;
/** How often a statement runs that the database asks to run again. */
export const ATTEMPT_COUNT_MAX = 8;
export const FIRST_PAUSE_MS = 5;

/** Pauses between attempts to reach a database that is gone. */
export const PROBE_PAUSE_MS_MIN = 250;
export const PROBE_PAUSE_MS_MAX = 5_000;

/** Leave-taking from the server; after it the sockets are cut. */
export const FAREWELL_MS_MAX = 500;
