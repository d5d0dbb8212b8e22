import type {GossipSub, GossipsubMessage, TopicValidatorResult} from "@libp2p/gossipsub";

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
  };
  /** Of messages that this node published, for as long as it would know them again. */
  readonly publishedMessageIds: {has(messageId: string): boolean};
  /** @param peer as a string: a PeerId object finds no entry, and scoring stops without a word */
  reportMessageValidationResult(messageId: string, peer: string, verdict: TopicValidatorResult): void;
  /** Called for every publication, to say who gets it. */
  selectPeersToPublish(topic: string, floodPublish?: boolean): {readonly tosend: Set<string>};
  /** Called with what a peer offers. */
  handleIHave(peer: string, ihave: readonly Offer[]): unknown;
  /** Called when a peer's stream ends with an error: an RPC above the limit is one. */
  handlePeerReadStreamError(error: Error, peer: {toString(): string}): void;
}

export interface Offer {
  readonly topicID?: string | undefined;
  readonly messageIDs?: readonly Uint8Array[] | undefined;
}

export type {GossipsubMessage};

const METHODS = [
  "reportMessageValidationResult",
  "selectPeersToPublish",
  "handleIHave",
  "handlePeerReadStreamError",
] as const satisfies readonly (keyof GossipRouter)[];

/** @throws {Error} when the library is not the one that this was written for */
export function routerOf(service: GossipSub): GossipRouter {
  const router = service as GossipRouter;
  const missing: string[] = METHODS.filter((name) => typeof router[name] !== "function");
  if (!(router.mesh instanceof Map)) missing.push("mesh");
  if (typeof router.mcache?.observeDuplicate !== "function") missing.push("mcache.observeDuplicate");
  if (typeof router.publishedMessageIds?.has !== "function") missing.push("publishedMessageIds.has");
  if (missing.length > 0) throw new Error(`@libp2p/gossipsub has changed: ${missing.join(", ")}`);
  return router;
}

export interface RouterHooks {
  /** Takes out of `recipients` who is not to get it. */
  readonly onSelected: (topicName: string, recipients: Set<string>) => void;
  readonly onDuplicate: (messageId: string, peer: string) => void;
  readonly onOffered: (peer: string, offers: readonly Offer[]) => void;
  readonly onReadError: (peer: string, error: Error) => void;
}

/** Listens where the library has no event. What it does itself stays as it is. */
export function hookRouter(router: GossipRouter, hooks: RouterHooks): void {
  const {selectPeersToPublish, handleIHave, handlePeerReadStreamError, mcache} = router;
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
  router.handlePeerReadStreamError = (error, peer) => {
    hooks.onReadError(peer.toString(), error);
    handlePeerReadStreamError.call(router, error, peer);
  };
  mcache.observeDuplicate = (messageId, peer) => {
    hooks.onDuplicate(messageId, peer);
    observeDuplicate.call(mcache, messageId, peer);
  };
}
