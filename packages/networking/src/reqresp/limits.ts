import type {NetworkConfig} from "@mote/consensus";
import type {RequestName} from "./protocols.ts";
import type {Quota} from "./token-buckets.ts";

/** The specs have none of their own any more: a requester chooses by the nature of the request. phase0/p2p-interface.md, "typical rate limiting strategy" */
export interface ReqRespTimeouts {
  readonly negotiationMs: number;
  /** For a whole request, from the first byte to the half-close. */
  readonly requestMs: number;
  /** For each whole chunk of a response, and for what the responder waits before it. */
  readonly chunkMs: number;
  /** For the end of a stream on which everything was said. */
  readonly endMs: number;
}

export const DEFAULT_TIMEOUTS: ReqRespTimeouts = {negotiationMs: 5000, requestMs: 5000, chunkMs: 10_000, endMs: 2000};

const PERIOD_MS = 10_000;

/**
 * For one peer. What we ask stays within the smallest quotas that full nodes are known to grant by default; the same is granted to others.
 * A token is a request, or a chunk of many.
 */
export function quotasOf(config: NetworkConfig): Record<RequestName, Quota> {
  // There is something new once a slot, and test networks have short ones.
  const onceASlot = {tokens: 1, perMs: Math.min(PERIOD_MS, config.SLOT_DURATION_MS)};
  const blocks = {tokens: config.MAX_REQUEST_BLOCKS_DENEB, perMs: PERIOD_MS};
  return {
    status: {tokens: 5, perMs: 15_000},
    goodbye: {tokens: 1, perMs: PERIOD_MS},
    ping: {tokens: 2, perMs: PERIOD_MS},
    metadata: {tokens: 2, perMs: 5000},
    beacon_blocks_by_range: blocks,
    beacon_blocks_by_root: blocks,
    blob_sidecars_by_range: blocks,
    blob_sidecars_by_root: blocks,
    data_column_sidecars_by_range: blocks,
    data_column_sidecars_by_root: blocks,
    execution_payload_envelopes_by_range: blocks,
    execution_payload_envelopes_by_root: blocks,
    light_client_bootstrap: onceASlot,
    light_client_updates_by_range: onceASlot,
    light_client_finality_update: onceASlot,
    light_client_optimistic_update: onceASlot,
  };
}

/**
 * Of yamux, for the host to set. Who pauses a stream still gets what the window let the peer send, and libp2p ends a stream that holds 4 MiB unread; yamux
 * would let the window grow to 16. With a way of 100 ms this one still carries 10 MB/s.
 */
export const STREAM_WINDOW_BYTES_MAX = 2 ** 20;
