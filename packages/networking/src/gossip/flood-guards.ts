import type {Clock} from "@mote/core";
import type {Offence} from "../network.ts";
import {siteOf} from "../peers/addresses.ts";
import {type Quota, TokenBuckets} from "../reqresp/token-buckets.ts";
import type {GossipRouter, WireMessage} from "./gossipsub-seams.ts";

/** The library answers as often, and not once more: a message is offered in three heartbeats. gossipsub's GossipsubGossipRetransmission */
const COPIES_MAX = 3;
/** In a heartbeat; the library reads no more. gossipsub's GossipsubMaxIWantMessages */
const IWANT_RPCS_MAX = 10;
/** Ten times what this library asks for. Its clock would be bound for as long as the peer likes, and the entry be kept when the peer is long gone. */
const PRUNE_BACK_OFF_SEC_MAX = 600;
/** As many as the peer manager remembers. Who comes under ever new names could fill the memory. */
const SCORES_MAX = 2_000;
/**
 * Ids of messages that came or were sent. On mainnet the topics of a light node bring some 1,024 messages a slot (512 of the sync committee, from Gloas on 512 of
 * the payload committee), so these last for all of seenTTL's 64 slots; with all eight attestation subnets that are joined at most, each of some 500 votes a
 * slot, for 13. Copies come within seconds, echoes count for two slots, and what comes again later is ignored by its validator.
 */
const SEEN_MAX = 65_536;
/** They say whom a verdict is about besides the first sender: three slots of the most that mainnet brings. */
const DELIVERIES_MAX = 16_384;

export type OnFlood = (peer: string, offence: Offence, detail: string) => void;

export interface FloodGuardsInit {
  /** Of each peer: bytes of messages, uncompressed. */
  readonly inflatedBytes: Quota;
}

export interface FloodGuardsComponents {
  readonly clock: Clock;
  readonly onFlood: OnFlood;
  /** What a message will take when it is uncompressed, told before it is; 0 when it will not be. */
  readonly inflatedSizeBytes: (message: WireMessage) => number;
}

/** Where the library bears a flood and nobody pays, the score does; and what it keeps without a bound gets one. */
export function guardFloods(router: GossipRouter, init: FloodGuardsInit, components: FloodGuardsComponents): void {
  const {onFlood} = components;
  const senders = guardStreams(router, onFlood);
  guardRpcs(router, init, {...components, senderOf: (bytes) => senders.get(bytes)});
  guardWishes(router, onFlood);
  guardBackOffs(router);
  guardScores(router);
  guardMessageMemories(router);
  countBySite(router);
}

/** RPCs above the limit. @returns who sent an RPC, by its bytes */
function guardStreams(router: GossipRouter, onFlood: OnFlood): WeakMap<Uint8Array, string> {
  const {pipePeerReadStream, handlePeerReadStreamError} = router;
  const senders = new WeakMap<Uint8Array, string>();
  router.pipePeerReadStream = (peer, rpcs) =>
    pipePeerReadStream.call(
      router,
      peer,
      remembering(rpcs, (bytes) => senders.set(bytes, peer.toString())),
    );
  router.handlePeerReadStreamError = (error, peer) => {
    // What else ends a stream is no peer's fault.
    if (/^InvalidDataLength/.test(error.name)) {
      onFlood(peer.toString(), "invalid_frame", "a gossip RPC above max_message_size");
      // The library leaves it open, and the rest would be gathered for a reader that has gone.
      router.streamsInbound.get(peer.toString())?.rawStream.abort(error);
    }
    handlePeerReadStreamError.call(router, error, peer);
  };
  return senders;
}

/** Those with more parts than an RPC may have, those that are none, and those that would inflate to too much. */
function guardRpcs(
  router: GossipRouter,
  {inflatedBytes}: FloodGuardsInit,
  components: FloodGuardsComponents & {readonly senderOf: (bytes: Uint8Array) => string | undefined},
): void {
  const {decodeRpc} = router;
  const {onFlood, inflatedSizeBytes, senderOf} = components;
  const buckets = new TokenBuckets(components);
  const decode = (bytes: Uint8Array, peer: string): ReturnType<GossipRouter["decodeRpc"]> => {
    try {
      return decodeRpc.call(router, bytes);
    } catch (error) {
      const isTooMuch = error instanceof Error && error.name === "MaxLengthError";
      if (isTooMuch) onFlood(peer, "rate_limit", "a gossip RPC of too many parts");
      else onFlood(peer, "invalid_frame", "no RPC");
      throw error;
    }
  };
  const hasRoom = (peer: string, sizeBytes: number): boolean => {
    const isTaken = buckets.take(peer, sizeBytes, inflatedBytes) === 0;
    if (!isTaken) buckets.giveBack(peer, sizeBytes);
    return isTaken;
  };
  router.decodeRpc = (bytes) => {
    const peer = senderOf(bytes);
    // None comes but through guardStreams: otherwise the library has changed.
    if (peer === undefined) throw new Error("an RPC that nobody sent");
    const rpc = decode(bytes, peer);
    // The library uncompresses all messages of an RPC before the first of them has a verdict.
    const messages = rpc.messages.filter((message) => hasRoom(peer, inflatedSizeBytes(message)));
    if (messages.length < rpc.messages.length) onFlood(peer, "rate_limit", "gossip that inflates to too much");
    return {...rpc, messages};
  };
}

async function* remembering(
  rpcs: Parameters<GossipRouter["pipePeerReadStream"]>[1],
  remember: (bytes: Uint8Array) => void,
): AsyncGenerator<{subarray(): Uint8Array}> {
  for await (const rpc of rpcs) {
    // In one piece, so that it is the very object that is decoded.
    const bytes = rpc.subarray();
    remember(bytes);
    yield {subarray: () => bytes};
  }
}

function guardWishes(router: GossipRouter, onFlood: OnFlood): void {
  const {handleIWant, mcache} = router;
  const {getWithIWantCount} = mcache;
  let isRepeated = false;
  mcache.getWithIWantCount = (messageId, peer) => {
    const entry = getWithIWantCount.call(mcache, messageId, peer);
    if (entry !== null && entry.count > COPIES_MAX) isRepeated = true;
    return entry;
  };
  router.handleIWant = (peer, iwant) => {
    isRepeated = false;
    const answers = handleIWant.call(router, peer, iwant);
    if (isRepeated) onFlood(peer, "rate_limit", "one gossip message asked for again and again");
    // Once a heartbeat: after a line was still for a while, those of several may come at once.
    else if (router.iwantCounts.get(peer) === IWANT_RPCS_MAX + 1) onFlood(peer, "rate_limit", "no end of IWANTs");
    return answers;
  };
}

function guardBackOffs(router: GossipRouter): void {
  const {handlePrune} = router;
  router.handlePrune = (peer, prune) => {
    const bounded = prune.map((one) => ({...one, backoff: Math.min(Number(one.backoff ?? 0), PRUNE_BACK_OFF_SEC_MAX)}));
    return handlePrune.call(router, peer, bounded);
  };
}

function guardScores(router: GossipRouter): void {
  const {removePeer, score} = router;
  router.removePeer = (peer) => {
    removePeer.call(router, peer);
    for (const [name, {connected, knownIPs}] of score.peerStats) {
      if (score.peerStats.size <= SCORES_MAX) break;
      if (connected) continue;
      score.removeIPsForPeer(name, knownIPs);
      score.peerStats.delete(name);
      score.scoreCache.delete(name);
    }
  };
}

/** By themselves they grow by each message for as long as they remember one, also by those that are ignored, of which anyone can make no end. */
function guardMessageMemories({seenCache, score: {deliveryRecords}}: GossipRouter): void {
  const {put} = seenCache;
  seenCache.put = (messageId) => {
    const isKnown = put.call(seenCache, messageId);
    for (const oldest of seenCache.entries.keys()) {
      if (seenCache.entries.size <= SEEN_MAX) break;
      seenCache.entries.delete(oldest);
    }
    return isKnown;
  };
  const {ensureRecord, records, queue} = deliveryRecords;
  deliveryRecords.ensureRecord = (messageId) => {
    const record = ensureRecord.call(deliveryRecords, messageId);
    const oldest = records.size > DELIVERIES_MAX ? queue.shift() : undefined;
    if (oldest !== undefined) records.delete(oldest.msgId);
    return record;
  };
}

/** The library counts whole addresses, and each peer of a crowd has one of its own where there are 2^64. */
function countBySite({score}: GossipRouter): void {
  const {addIP} = score;
  score.addIP = (peer, ip) => addIP.call(score, peer, siteOf(ip));
}
