import {SYNC_COMMITTEE_SUBNET_COUNT} from "@lodestar/params";
import type {NetworkConfig} from "@mote/consensus";
import {
  type Cancel,
  type Clock,
  type LightClientNews,
  type Log,
  messageOf,
  type SignatureVerifier,
  type SlotClock,
} from "@mote/core";
import type {GossipObserver} from "../../gossip-observer.ts";
import type {Gossip, GossipKind, Peers, Received, Validation} from "../../network.ts";
import type {GossipChainView} from "../chain-view.ts";
import {Allowances} from "./allowances.ts";
import {AttestationValidator} from "./attestation-validator.ts";
import {AttesterSlashingValidator} from "./attester-slashing-validator.ts";
import {BlockValidator} from "./block-validator.ts";
import {type GossipCount, GossipCounts} from "./gossip-counts.ts";
import {ignore, type Judgement} from "./judgement.ts";
import {KnownBlocks} from "./known-blocks.ts";
import {LightClientNewsDesk} from "./light-client-news-desk.ts";
import {PayloadAttestationValidator} from "./payload-attestation-validator.ts";
import {ProposerSlashingValidator} from "./proposer-slashing-validator.ts";
import {SameMessageBatches, type SameMessageBatchesInit} from "./same-message-batches.ts";
import {SlotWindows} from "./slot-windows.ts";
import {SyncMessageValidator} from "./sync-message-validator.ts";

/** So long does a vote wait for others that can be verified with it. */
const BATCH_WINDOW_MS = 50;
/** More of them would save little, and all forged they take the other thread 63 ms: a batch is halved until each stands alone. */
const BATCH_SIGNATURES_MAX = 32;
/** Two batches, so that the other thread begins with one while this thread reads what was said of the other. */
const UNDER_WAY_MAX = 2 * BATCH_SIGNATURES_MAX;
/**
 * Votes of a slot and an index have one to three heads and, where an epoch begins, two targets; sync messages and payload votes of it some four roots
 * each. Alone, as in a burst of forged ones, so many take the other thread 25 ms.
 */
const PEER_ROOTS_MAX = 32;
/** Several epochs of them. */
const KNOWN_BLOCKS_MAX = 512;
const BATCHES: SameMessageBatchesInit = {
  windowMs: BATCH_WINDOW_MS,
  signaturesMax: BATCH_SIGNATURES_MAX,
  underWayMax: UNDER_WAY_MAX,
  peerRootsMax: PEER_ROOTS_MAX,
};

export interface LightGossipComponents {
  readonly gossip: Gossip;
  readonly peers: Pick<Peers, "report">;
  readonly chainView: GossipChainView;
  readonly slotClock: SlotClock;
  readonly clock: Clock;
  readonly verifier: SignatureVerifier;
  readonly observer: GossipObserver;
  readonly log: Log;
}

/** Topics that a light node can validate at any time, and follows for as long as it runs. */
const ALWAYS_FOLLOWED: readonly {readonly kind: GossipKind; readonly subnets: number}[] = [
  {kind: "beacon_block", subnets: 0},
  {kind: "sync_committee", subnets: SYNC_COMMITTEE_SUBNET_COUNT},
  {kind: "proposer_slashing", subnets: 0},
  {kind: "attester_slashing", subnets: 0},
  {kind: "light_client_finality_update", subnets: 0},
  {kind: "light_client_optimistic_update", subnets: 0},
];

/** Validates gossip by what a light node knows, tells what it saw, and lets on what it could prove. */
export class LightGossip {
  readonly #components: LightGossipComponents;
  readonly #counts = new GossipCounts();
  readonly #allowances: Allowances;
  readonly #news = new LightClientNewsDesk();
  readonly #judges: Judges;
  #warnedEpoch = Number.NEGATIVE_INFINITY;

  constructor(init: {readonly config: NetworkConfig}, components: LightGossipComponents) {
    this.#components = components;
    this.#allowances = new Allowances(components);
    const shared = {
      ...components,
      blocks: new KnownBlocks({blocksMax: KNOWN_BLOCKS_MAX}),
      batches: new SameMessageBatches(BATCHES, components),
      windows: new SlotWindows(init, components),
    };
    this.#judges = {
      beacon_block: new BlockValidator(init, shared),
      beacon_attestation: new AttestationValidator(init, shared),
      sync_committee: new SyncMessageValidator(init, shared),
      payload_attestation_message: new PayloadAttestationValidator(init, shared),
      proposer_slashing: new ProposerSlashingValidator(init, shared),
      attester_slashing: new AttesterSlashingValidator(init, shared),
      light_client_finality_update: {
        judge: ({value: update, peer: from}) => this.#news.judge({kind: "finality_update", update, from}),
      },
      light_client_optimistic_update: {
        judge: ({value: update, peer: from}) => this.#news.judge({kind: "optimistic_update", update, from}),
      },
    };
  }

  /**
   * Takes over its kinds of messages, and joins the topics that are always followed. Own attestation subnets are joined by who knows the duties; their
   * messages are validated here.
   */
  start(): void {
    const {gossip} = this.#components;
    for (const kind of Object.keys(this.#judges) as JudgedKind[]) this.#takeOver(kind);
    for (const {kind, subnetId} of followedTopics()) gossip.subscribe(kind, subnetId);
  }

  /** As `LightClientUpdates.subscribe`: the listener says whether the update was sound, and so whether it travels on. */
  subscribeLightClientNews(listener: (news: LightClientNews) => Promise<Validation>): Cancel {
    return this.#news.subscribe(listener);
  }

  /** Since the start. */
  counts(): readonly GossipCount[] {
    return this.#counts.all();
  }

  #takeOver<Kind extends JudgedKind>(kind: Kind): void {
    const {gossip, peers, log} = this.#components;
    const judge: Judge<Kind> = this.#judges[kind];
    gossip.handle(kind, async (received) => {
      const {peer} = received;
      const {validation, reason} = await this.#judge(judge, received);
      this.#counts.add(kind, validation, reason);
      if (validation === "reject") log.debug("gossip refused", {kind, reason, peer});
      if (validation === "ignore" && this.#allowances.overdraws(peer, kind, reason))
        peers.report(peer, "rate_limit", `${kind}: no end of messages to ignore (${reason})`);
      return validation;
    });
  }

  async #judge<Kind extends JudgedKind>(judge: Judge<Kind>, received: Received<Kind>): Promise<Judgement> {
    try {
      return await judge.judge(received);
    } catch (error) {
      this.#warn(received.kind, error);
      return ignore("not_judged");
    }
  }

  /** Once an epoch: what fails for one message may fail for thousands. */
  #warn(kind: GossipKind, error: unknown): void {
    const epoch = this.#components.slotClock.currentEpoch();
    if (epoch === this.#warnedEpoch) return;
    this.#warnedEpoch = epoch;
    this.#components.log.warn("gossip could not be judged", {kind, error: messageOf(error)});
  }
}

interface Judge<Kind extends GossipKind> {
  judge(received: Received<Kind>): Promise<Judgement>;
}

type JudgedKind =
  | "beacon_block"
  | "beacon_attestation"
  | "sync_committee"
  | "payload_attestation_message"
  | "proposer_slashing"
  | "attester_slashing"
  | "light_client_finality_update"
  | "light_client_optimistic_update";
type Judges = {readonly [Kind in JudgedKind]: Judge<Kind>};

const followedTopics = (): {readonly kind: GossipKind; readonly subnetId?: number}[] =>
  ALWAYS_FOLLOWED.flatMap(({kind, subnets}) =>
    subnets === 0 ? [{kind}] : Array.from({length: subnets}, (_, subnetId) => ({kind, subnetId})),
  );
