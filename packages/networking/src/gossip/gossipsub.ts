import {type GossipSub, type GossipSubComponents, gossipsub, StrictNoSign} from "@libp2p/gossipsub";
import type {NetworkConfig} from "@mote/consensus";
import type {SlotTiming} from "@mote/core";
import {messageIdToString} from "./message-id.ts";
import {peerScoreParams, SCORE_THRESHOLDS} from "./score-params.ts";
import {rpcSizeBytesMax} from "./size-bounds.ts";
import type {TopicTable} from "./topics.ts";
import type {SnappyTransform} from "./transform.ts";

/** phase0/p2p-interface.md#the-gossip-domain-gossipsub */
const HEARTBEAT_INTERVAL_MS = 700;
const MESSAGE_CACHE_HEARTBEATS = 6;
/** To tell a mesh that a message is here is worth it for blocks and payloads, and costs more than it saves for all that is smaller. */
const IDONTWANT_SIZE_BYTES_MIN = 16_384;
/**
 * Of one RPC, whose parts are all worked on before anything else gets its turn; one with more is dropped whole. Messages: some 15 ms of work.
 * The others are the library's own, as GossipsubMaxIHaveLength is.
 */
const RPC_LIMITS = {
  maxMessages: 1_024,
  maxSubscriptions: 5_000,
  maxControlMessages: 1_024,
  maxIhaveMessageIDs: 5_000,
  maxIwantMessageIDs: 5_000,
  maxIdontwantMessageIDs: 512,
  maxPeerInfos: 16,
};
/** One, and those that are being replaced. */
const STREAMS_MAX = 4;

export interface GossipsubInit {
  readonly config: NetworkConfig;
  readonly timing: SlotTiming;
  readonly topics: TopicTable;
}

export interface GossipsubParts {
  readonly transform: SnappyTransform;
  /** What the peer manager thinks of a peer: from −100 to 0. */
  readonly appScore: (peer: string) => number;
}

/** The libp2p service, with the spec's settings. */
export function createGossipsub(
  {config, timing, topics}: GossipsubInit,
  {transform, appScore}: GossipsubParts,
): (components: GossipSubComponents) => GossipSub {
  const rpcSizeMax = rpcSizeBytesMax(config);
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    fallbackToFloodsub: false,
    // Peers for exchange come unasked and unchecked; discovery finds ours.
    doPX: false,
    D: 8,
    Dlo: 6,
    Dhi: 12,
    Dlazy: 6,
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    fanoutTTL: 60_000,
    mcacheLength: MESSAGE_CACHE_HEARTBEATS,
    mcacheGossip: 3,
    seenTTL: 2 * timing.slotsPerEpoch * timing.slotDurationMs,
    // To all that follow a topic, so that what we have not joined needs no mesh and no fanout to settle.
    floodPublish: true,
    batchPublish: true,
    // With either of these true, a message that reached nobody would be remembered as sent.
    allowPublishToZeroTopicPeers: false,
    ignoreDuplicatePublishError: false,
    asyncValidation: true,
    awaitRpcHandler: false,
    awaitRpcMessageHandler: false,
    // The connection manager of libp2p prunes by tags; ours knows of duties what a mesh does not.
    tagMeshPeers: false,
    dataTransform: transform,
    msgIdFn: (message) => transform.messageId(message),
    msgIdToStrFn: messageIdToString,
    // Names that are none of this chain's would fill the library's maps.
    allowedTopics: new Set([...topics.all()].map(({name}) => name)),
    maxInboundDataLength: rpcSizeMax,
    decodeRpcLimits: RPC_LIMITS,
    maxOutboundBufferSize: rpcSizeMax,
    maxInboundStreams: STREAMS_MAX,
    maxOutboundStreams: STREAMS_MAX,
    // A peer may answer an IWANT within the slot: blocks come over slow lines.
    gossipsubIWantFollowupMs: Math.max(3_000, timing.slotDurationMs),
    idontwantMinDataSize: IDONTWANT_SIZE_BYTES_MIN,
    scoreParams: peerScoreParams({timing, topics}, appScore),
    scoreThresholds: SCORE_THRESHOLDS,
  });
}
