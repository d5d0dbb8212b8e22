import type {Offence} from "../network.ts";
import type {GossipRouter} from "./gossipsub-seams.ts";

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

/** Where the library bears a flood and nobody pays, the score does; and what it keeps without a bound gets one. */
export function guardFloods(router: GossipRouter, onFlood: OnFlood): void {
  guardStreams(router, onFlood);
  guardWishes(router, onFlood);
  guardBackOffs(router);
  guardScores(router);
  guardMessageMemories(router);
}

/** RPCs above the limit, those with more parts than an RPC may have, and those that are none. */
function guardStreams(router: GossipRouter, onFlood: OnFlood): void {
  const {pipePeerReadStream, decodeRpc, handlePeerReadStreamError} = router;
  const senders = new WeakMap<Uint8Array, string>();
  router.pipePeerReadStream = (peer, rpcs) =>
    pipePeerReadStream.call(
      router,
      peer,
      remembering(rpcs, (bytes) => senders.set(bytes, peer.toString())),
    );
  router.decodeRpc = (bytes) => {
    try {
      return decodeRpc.call(router, bytes);
    } catch (error) {
      const peer = senders.get(bytes);
      const isTooMuch = error instanceof Error && error.name === "MaxLengthError";
      if (peer !== undefined)
        onFlood(
          peer,
          isTooMuch ? "rate_limit" : "invalid_frame",
          isTooMuch ? "a gossip RPC of too many parts" : "no RPC",
        );
      throw error;
    }
  };
  router.handlePeerReadStreamError = (error, peer) => {
    // What else ends a stream is no peer's fault.
    if (/^InvalidDataLength/.test(error.name)) {
      onFlood(peer.toString(), "invalid_frame", "a gossip RPC above max_message_size");
      // The library leaves it open, and the rest would be gathered for a reader that has gone.
      router.streamsInbound.get(peer.toString())?.rawStream.abort(error);
    }
    handlePeerReadStreamError.call(router, error, peer);
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
