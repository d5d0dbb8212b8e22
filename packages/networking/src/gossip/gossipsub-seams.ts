import type {GossipSub, GossipsubMessage, TopicValidatorResult} from "@libp2p/gossipsub";
import type {Connection, Stream} from "@libp2p/interface";
import type {Uint8ArrayList} from "uint8arraylist";

/**
 * What of the gossip library this package leans on beyond its published interface. All of it is named here, checked when a node opens and held by a test,
 * so that a version that changes it fails loudly and at once.
 */
export interface GossipRouter extends GossipSub {
  /** By topic, the peers that have us in their mesh and we them. */
  readonly mesh: ReadonlyMap<string, ReadonlySet<string>>;
  readonly mcache: {
    /** Called for every message that came before, with the peer that sent it again. */
    observeDuplicate(messageId: string, peer: string): void;
    /** Called for every message that a peer asks for, to count how often it did. Null when it is not there. */
    getWithIWantCount(messageId: string, peer: string): {readonly count: number} | null;
  };
  /** Of messages that this node published, for as long as it would know them again. */
  readonly publishedMessageIds: {has(messageId: string): boolean};
  /** Of messages that came or were sent, for `seenTTL`, the oldest first; it has no bound but that. */
  readonly seenCache: {
    readonly entries: Map<string, unknown>;
    /** Called for every message that is new. @returns whether it was there */
    put(messageId: string): boolean;
  };
  /** @param peer as a string: a PeerId object finds no entry, and scoring stops without a word */
  reportMessageValidationResult(messageId: string, peer: string, verdict: TopicValidatorResult): void;
  /** Called for every publication, to say who gets it. */
  selectPeersToPublish(topic: string, floodPublish?: boolean): {readonly tosend: Set<string>};
  /** Called with what a peer offers. */
  handleIHave(peer: string, ihave: readonly Offer[]): unknown;
  /** Called with what a peer asks for. */
  handleIWant(peer: string, iwant: readonly Wish[]): unknown;
  /** Called with what meshes a peer leaves, or keeps us out of, and for how long. */
  handlePrune(peer: string, prune: readonly Prune[]): Promise<void>;
  /** Of this heartbeat, by peer: RPCs with wishes. */
  readonly iwantCounts: ReadonlyMap<string, number>;
  /** Called once a stream, with the RPCs on it. */
  pipePeerReadStream(peer: {toString(): string}, rpcs: AsyncIterable<Bytes>): Promise<void>;
  /** Called for each RPC. What it throws, the library only logs. */
  decodeRpc(bytes: Uint8Array): {readonly messages: readonly WireMessage[]};
  /** Called when a peer's stream ends with an error: an RPC above the limit is one. */
  handlePeerReadStreamError(error: Error, peer: {toString(): string}): void;
  /** Called once a peer, and opens the stream that goes to it. */
  createOutboundStream(peer: {toString(): string}, connection: Connection): Promise<void>;
  /** By peer. What is prefixed has its length before it. */
  readonly streamsOutbound: ReadonlyMap<
    string,
    {push(rpc: Uint8Array): void; pushPrefixed(data: Uint8Array | Uint8ArrayList): void}
  >;
  /** Called with what is published. Takes out of `recipients` to whom it could not be sent. */
  sendRpcInBatch(recipients: Set<string>, rpc: unknown): void;
  /** @returns whether it was sent */
  sendRpc(peer: string, rpc: unknown): boolean;
  /** By peer, the last stream that it opened. */
  readonly streamsInbound: ReadonlyMap<string, {readonly rawStream: Stream}>;
  /** Called when a peer has gone. */
  removePeer(peer: {toString(): string}): void;
  readonly score: ScoreBook;
}

/** Keeps what gossip thinks of peers, those that are gone among them for `retainScore`, and has no bound but that. */
export interface ScoreBook {
  readonly peerStats: Map<string, {readonly connected: boolean; readonly knownIPs: ReadonlySet<string>}>;
  readonly scoreCache: Map<string, unknown>;
  removeIPsForPeer(peer: string, ips: ReadonlySet<string>): void;
  /** Called once a connection's peer. How many share an IP counts against them. */
  addIP(peer: string, ip: string): void;
  readonly deliveryRecords: DeliveryRecords;
}

/** Which peers sent a message and what became of it, for two minutes, with no bound but that. */
interface DeliveryRecords {
  readonly records: Map<string, unknown>;
  /** The oldest first: one entry for each record. */
  readonly queue: {shift(): {readonly msgId: string} | undefined};
  /** Called for every message that comes, and makes its record when there is none. */
  ensureRecord(messageId: string): unknown;
}

/** As the library has it: in one piece or in several. */
interface Bytes {
  subarray(): Uint8Array;
}

/** Of an RPC, as it came. */
export interface WireMessage {
  readonly topic: string;
  readonly data?: Uint8Array | undefined;
}

export interface Offer {
  readonly topicID?: string | undefined;
  readonly messageIDs?: readonly Uint8Array[] | undefined;
}

export interface Wish {
  readonly messageIDs?: readonly Uint8Array[] | undefined;
}

export interface Prune {
  readonly topicID?: string | undefined;
  /** Seconds. */
  readonly backoff?: number | undefined;
}

export type {GossipsubMessage};

const METHODS = [
  "reportMessageValidationResult",
  "selectPeersToPublish",
  "handleIHave",
  "handleIWant",
  "handlePrune",
  "pipePeerReadStream",
  "decodeRpc",
  "handlePeerReadStreamError",
  "removePeer",
  "createOutboundStream",
  "sendRpcInBatch",
  "sendRpc",
] as const satisfies readonly (keyof GossipRouter)[];

/** @throws {Error} when the library is not the one that this was written for */
export function routerOf(service: GossipSub): GossipRouter {
  const router = service as GossipRouter;
  const missing: string[] = METHODS.filter((name) => typeof router[name] !== "function");
  for (const name of ["mesh", "iwantCounts", "streamsInbound", "streamsOutbound"] as const)
    if (!(router[name] instanceof Map)) missing.push(name);
  for (const name of ["observeDuplicate", "getWithIWantCount"] as const)
    if (typeof router.mcache?.[name] !== "function") missing.push(`mcache.${name}`);
  for (const name of ["peerStats", "scoreCache"] as const)
    if (!(router.score?.[name] instanceof Map)) missing.push(`score.${name}`);
  for (const name of ["removeIPsForPeer", "addIP"] as const)
    if (typeof router.score?.[name] !== "function") missing.push(`score.${name}`);
  missing.push(...missingOfMemories(router));
  if (typeof router.publishedMessageIds?.has !== "function") missing.push("publishedMessageIds.has");
  if (missing.length > 0) throw new Error(`@libp2p/gossipsub has changed: ${missing.join(", ")}`);
  return router;
}

function missingOfMemories({seenCache, score}: GossipRouter): string[] {
  const missing: string[] = [];
  if (!(seenCache?.entries instanceof Map)) missing.push("seenCache.entries");
  if (typeof seenCache?.put !== "function") missing.push("seenCache.put");
  const deliveries = score?.deliveryRecords;
  if (!(deliveries?.records instanceof Map)) missing.push("score.deliveryRecords.records");
  if (typeof deliveries?.queue?.shift !== "function") missing.push("score.deliveryRecords.queue");
  if (typeof deliveries?.ensureRecord !== "function") missing.push("score.deliveryRecords.ensureRecord");
  return missing;
}

export interface RouterHooks {
  /** Takes out of `recipients` who is not to get it. */
  readonly onSelected: (topicName: string, recipients: Set<string>) => void;
  readonly onDuplicate: (messageId: string, peer: string) => void;
  readonly onOffered: (peer: string, offers: readonly Offer[]) => void;
}

/** Listens where the library has no event. What it does itself stays as it is. */
export function hookRouter(router: GossipRouter, hooks: RouterHooks): void {
  const {selectPeersToPublish, handleIHave, mcache} = router;
  const {observeDuplicate} = mcache;
  router.selectPeersToPublish = (topicName, floodPublish) => {
    const selected = selectPeersToPublish.call(router, topicName, floodPublish);
    hooks.onSelected(topicName, selected.tosend);
    return selected;
  };
  router.handleIHave = (peer, ihave) => {
    hooks.onOffered(peer, ihave);
    return handleIHave.call(router, peer, ihave);
  };
  mcache.observeDuplicate = (messageId, peer) => {
    hooks.onDuplicate(messageId, peer);
    observeDuplicate.call(mcache, messageId, peer);
  };
}
