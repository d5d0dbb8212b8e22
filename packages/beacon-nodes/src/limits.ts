/**
 * Bounds of everything that a beacon node may send. Sizes leave room for pretty-printed JSON (about twice the tight form).
 */

export const HEADERS_SIZE_BYTES_MAX = 16 * 1024;
/** A hung node holds one socket per call until the call's time limit; calls beyond this number wait. */
export const SOCKETS_MAX = 32;
/** When aggregates and contributions are due: one call for each of four subcommittees and a few committees, at once. */
export const IDLE_SOCKETS_MAX = 8;

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
/** 131,072 bytes in hex, and its 128 cell proofs of 48 bytes. */
export const BLOB_JSON_SIZE_BYTES_MAX = 288 * 1024;
/** The committees of one slot of two million validators. */
export const COMMITTEES_SIZE_BYTES_MAX = 4 * 1024 * 1024;
/** MAX_VALIDATORS_PER_COMMITTEE (2,048) indices; a node that passes over the filter of the committee answers with those of its slot. */
export const COMMITTEE_SIZE_BYTES_MAX = COMMITTEES_SIZE_BYTES_MAX;
/** SYNC_COMMITTEE_SIZE (512) indices, twice: in their order, and by subcommittee. */
export const SYNC_COMMITTEE_SIZE_BYTES_MAX = 128 * 1024;
/** A committee of 512 keys in hex, with its branches and headers: 55 kB, and room for a fork that adds to it. */
export const LIGHT_CLIENT_OBJECT_SIZE_BYTES_MAX = 256 * 1024;
/** altair/light-client/p2p-interface.md, MAX_REQUEST_LIGHT_CLIENT_UPDATES */
export const LIGHT_CLIENT_UPDATES_MAX = 128;

/**
 * Signs that part the values of one JSON text. An attester slashing names 262,144 indices, the committees of one slot about 100,000; parsing
 * takes up to half a second at this number, and ten times that at what the bytes of a block alone would allow.
 */
export const JSON_MARKS_MAX = 512 * 1024;

/** Keys of one `POST states/head/validators`; an answer has about 700 bytes for each. */
export const VALIDATORS_PER_REQUEST_MAX = 1_000;
export const VALIDATORS_SIZE_BYTES_MAX = 2 * 1024 * 1024;
/** Keys of one `GET`: 8 KiB is the longest URL that servers commonly take. */
export const VALIDATORS_PER_URL_MAX = 64;
/** Indices of one `POST validator_identities`; an answer has 64 bytes for each, or about 200 of JSON. */
export const IDENTITIES_PER_REQUEST_MAX = 1_000;
export const IDENTITIES_SIZE_BYTES_MAX = 1024 * 1024;
/** Indices of one `POST duties/attester`; an answer has about 350 bytes for each. */
export const DUTIES_PER_REQUEST_MAX = 4_096;
export const DUTIES_SIZE_BYTES_MAX = 4 * 1024 * 1024;
/** Indices of one `POST validator/liveness`; an answer has about 90 bytes for each. */
export const LIVENESS_PER_REQUEST_MAX = 4_096;
export const LIVENESS_SIZE_BYTES_MAX = 1024 * 1024;
/** Subscriptions of one request: about 130 bytes each, and the common body limit of servers is 1 MiB. */
export const SUBSCRIPTIONS_PER_REQUEST_MAX = 4_096;

/** Proposers of one epoch: about 200 bytes each. */
export const PROPOSER_DUTIES_SIZE_BYTES_MAX = 64 * 1024;
/** About 110 bytes each. */
export const PREPARATIONS_PER_REQUEST_MAX = 4_096;
/** Relays check each signature before they answer. */
export const REGISTRATIONS_PER_REQUEST_MAX = 500;
/** About 300 bytes each, both ways. */
export const SELECTIONS_PER_REQUEST_MAX = 2_048;
export const SELECTIONS_SIZE_BYTES_MAX = 2 * 1024 * 1024;
/** For routes that block by design: the middleware of a distributed validator answers when its cluster has agreed. */
export const BLOCKING_TIMEOUT_MS = 60_000;

/**
 * A line of an event stream. The longest of our topics is `attester_slashing`: two attestations of up to 131,072 indices each
 * (electra/beacon-chain.md, IndexedAttestation), ten digits and quotes for one.
 */
export const EVENT_LINE_SIZE_BYTES_MAX = 4 * 1024 * 1024;
export const EVENT_SIZE_BYTES_MAX = 4 * 1024 * 1024;
export const SLASHING_INDICES_MAX = 131_072;
/** Bytes of one stream within a minute: the events below are about 600 each, slashings are rare. */
export const EVENT_BYTES_PER_MINUTE_MAX = 32 * 1024 * 1024;
/** Events of one stream within a minute. A node that catches up sends one `head` for each block that it imports. */
export const EVENTS_PER_MINUTE_MAX = 10_000;

/** Blocks whose slot is remembered from head events. */
export const KNOWN_HEADS_MAX = 256;
/** An event stream that is silent for so many slots is dead: more missed blocks in a row than mainnet has ever seen while healthy. */
export const EVENT_STREAM_IDLE_SLOTS = 8;
