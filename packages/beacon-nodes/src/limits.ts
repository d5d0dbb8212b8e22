/**
 * Bounds of everything that a beacon node may send. Sizes leave room for pretty-printed JSON (about twice the tight form).
 */

export const HEADERS_SIZE_BYTES_MAX = 16 * 1024;
/** A hung node holds one socket per call until the call's time limit; calls beyond this number wait. */
export const SOCKETS_MAX = 32;
/** Two calls for a vote, one to publish, one beside them. */
export const IDLE_SOCKETS_MAX = 4;

export const CONNECT_TIMEOUT_MS = 2_000;

/** Error bodies and answers of a few fields. */
export const SMALL_BODY_SIZE_BYTES_MAX = 64 * 1024;
/** A spec has about 200 values of less than 100 bytes, and a blob schedule. */
export const SPEC_SIZE_BYTES_MAX = 1024 * 1024;
/** Indexed errors repeat a message (some with a stack trace) for each item sent. */
export const PUBLISH_ANSWER_SIZE_BYTES_MAX = 4 * 1024 * 1024;
/** One `Attestation`: 131,072 aggregation bits (electra/beacon-chain.md, MAX_VALIDATORS_PER_COMMITTEE × MAX_COMMITTEES_PER_SLOT) in hex. */
export const AGGREGATE_SIZE_BYTES_MAX = 128 * 1024;
/** MAX_ATTESTATIONS_ELECTRA (8) of them, with room for a fork that raises the number. */
export const BLOCK_ATTESTATIONS_SIZE_BYTES_MAX = 2 * 1024 * 1024;
export const BLOCK_ATTESTATIONS_MAX = 128;
/** MAX_PAYLOAD_SIZE (10 MiB, phase0/p2p-interface.md) in hex, and some. */
export const BLOCK_SIZE_BYTES_MAX = 24 * 1024 * 1024;
/** The committees of one slot of two million validators. */
export const COMMITTEES_SIZE_BYTES_MAX = 4 * 1024 * 1024;

/** Keys of one `POST states/head/validators`; an answer has about 700 bytes for each. */
export const VALIDATORS_PER_REQUEST_MAX = 1_000;
export const VALIDATORS_SIZE_BYTES_MAX = 2 * 1024 * 1024;
/** Keys of one `GET`: 8 KiB is the longest URL that servers commonly take. */
export const VALIDATORS_PER_URL_MAX = 64;
/** Indices of one `POST duties/attester`; an answer has about 350 bytes for each. */
export const DUTIES_PER_REQUEST_MAX = 4_096;
export const DUTIES_SIZE_BYTES_MAX = 4 * 1024 * 1024;
/** Indices of one `POST validator/liveness`; an answer has about 90 bytes for each. */
export const LIVENESS_PER_REQUEST_MAX = 4_096;
export const LIVENESS_SIZE_BYTES_MAX = 1024 * 1024;
/** Subscriptions of one request: about 130 bytes each, and the common body limit of servers is 1 MiB. */
export const SUBSCRIPTIONS_PER_REQUEST_MAX = 4_096;

/** A line of an event stream; the longest of our topics, `chain_reorg`, has about 500 bytes. */
export const EVENT_LINE_SIZE_BYTES_MAX = 16 * 1024;
export const EVENT_SIZE_BYTES_MAX = 32 * 1024;
/** Events of one stream within a minute. A node that catches up sends one `head` for each block that it imports. */
export const EVENTS_PER_MINUTE_MAX = 10_000;

/** A node that has not answered for so long is asked no more alone: the next one is asked beside it. */
export const HEDGE_DELAY_MS = 1_000;
/** Between two questions for the same data to the same node, while the nodes do not agree. */
export const POLL_INTERVAL_MS = 250;
/** What nodes that have not answered yet are still waited for, once enough of the others agree. */
export const GRACE_MS = 100;
/** What nodes that have not said who is live are still waited for, once enough others have: a vote that only one saw counts. */
export const LIVENESS_GRACE_MS = 500;
/** How long calls whose answer is not needed any more may go on, to keep their sockets. */
export const LEFT_OVER_MS = 1_000;
/** For a vote on a head event: by then every healthy node has answered, and the due time will bring another chance. */
export const EARLY_VOTE_TIMEOUT_MS = 500;
/** Blocks whose slot is remembered from head events. */
export const KNOWN_HEADS_MAX = 256;
/** An event stream that is silent for so many slots is dead: more missed blocks in a row than mainnet has ever seen while healthy. */
export const EVENT_STREAM_IDLE_SLOTS = 8;
