import {
  type ForkName,
  ForkSeq,
  MAX_ATTESTER_SLASHING_SIZE,
  MAX_SIGNED_AGGREGATE_AND_PROOF_SIZE,
  MAX_SIGNED_EXECUTION_PAYLOAD_BID_SIZE,
} from "@lodestar/params";
import type {NetworkConfig} from "@mote/consensus";
import type {SizeBounds} from "../codec/snappy-block.ts";
import type {GossipKind} from "../network.ts";
import {messageTypeOf} from "./message-types.ts";

/** Gloas has lists without a limit in their types; these stand for it. gloas/p2p-interface.md#type-specific-ssz-bounds */
const GLOAS_SIZE_BYTES_MAX: Partial<Record<GossipKind, number>> = {
  beacon_aggregate_and_proof: MAX_SIGNED_AGGREGATE_AND_PROOF_SIZE,
  attester_slashing: MAX_ATTESTER_SLASHING_SIZE,
  execution_payload_bid: MAX_SIGNED_EXECUTION_PAYLOAD_BID_SIZE,
};

/** Of a message's SSZ: the type's own, and never above MAX_PAYLOAD_SIZE. phase0/p2p-interface.md#gossipsub-size-limits */
export function messageSizeBounds(kind: GossipKind, fork: ForkName, config: NetworkConfig): SizeBounds {
  const {minSize, maxSize} = messageTypeOf(kind, fork);
  const bound = ForkSeq[fork] >= ForkSeq.gloas ? (GLOAS_SIZE_BYTES_MAX[kind] ?? maxSize) : maxSize;
  return {minBytes: minSize, maxBytes: Math.min(maxSize, bound, config.MAX_PAYLOAD_SIZE)};
}

/** phase0/p2p-interface.md#max_compressed_len */
export const compressedSizeBytesMax = (sizeBytes: number): number => 32 + sizeBytes + Math.floor(sizeBytes / 6);

/**
 * Of all messages that a peer sends at once, and in a slot, uncompressed. A decision of ours: a block and a payload, each as large as any may be. All else that
 * a slot of mainnet brings is less than 2 MiB (4,000 votes of 240 bytes on eight subnets, 1,024 messages of its two committees).
 */
export const inflatedSizeBytesMax = ({MAX_PAYLOAD_SIZE}: Pick<NetworkConfig, "MAX_PAYLOAD_SIZE">): number =>
  2 * MAX_PAYLOAD_SIZE;

/** Of a whole RPC with all of its messages. phase0/p2p-interface.md#max_message_size */
export const rpcSizeBytesMax = ({MAX_PAYLOAD_SIZE}: Pick<NetworkConfig, "MAX_PAYLOAD_SIZE">): number =>
  Math.max(compressedSizeBytesMax(MAX_PAYLOAD_SIZE) + 1024, 1024 * 1024);
