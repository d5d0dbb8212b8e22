import type {
  altair,
  capella,
  electra,
  gloas,
  LightClientBootstrap,
  LightClientFinalityUpdate,
  LightClientOptimisticUpdate,
  LightClientUpdate,
  phase0,
  SignedBeaconBlock,
} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import type {Cancel, Clock, Epoch, Log, Random, Root, Slot, SlotClock} from "@mote/core";
import type {DigestPeriod} from "./forks/fork-digests.ts";

/** What the rooms of this package are to each other, and the whole of it to its users. */

/** Every gossip topic that Mote knows, by the name in the spec, and what travels on it. */
export interface GossipTypes {
  readonly beacon_block: SignedBeaconBlock;
  /** One topic for each of 64 subnets. */
  readonly beacon_attestation: electra.SingleAttestation;
  readonly beacon_aggregate_and_proof: electra.SignedAggregateAndProof;
  /** One topic for each of 4 subnets. */
  readonly sync_committee: altair.SyncCommitteeMessage;
  readonly sync_committee_contribution_and_proof: altair.SignedContributionAndProof;
  readonly voluntary_exit: phase0.SignedVoluntaryExit;
  readonly proposer_slashing: phase0.ProposerSlashing;
  readonly attester_slashing: electra.AttesterSlashing;
  readonly bls_to_execution_change: capella.SignedBLSToExecutionChange;
  readonly light_client_finality_update: LightClientFinalityUpdate;
  readonly light_client_optimistic_update: LightClientOptimisticUpdate;
  /** Gloas, like those below. */
  readonly execution_payload: gloas.SignedExecutionPayloadEnvelope;
  readonly payload_attestation_message: gloas.PayloadAttestationMessage;
  readonly proposer_preferences: gloas.SignedProposerPreferences;
  readonly execution_payload_bid: gloas.SignedExecutionPayloadBid;
}
export type GossipKind = keyof GossipTypes;

/** REJECT costs the peer that sent it; IGNORE does not travel on. phase0/p2p-interface.md */
export type Validation = "accept" | "ignore" | "reject";

export interface Received<Kind extends GossipKind> {
  readonly kind: Kind;
  readonly value: GossipTypes[Kind];
  /** Null for topics without subnets. */
  readonly subnetId: number | null;
  /** Of the topic that it came on. */
  readonly period: DigestPeriod;
  /** Unix ms. */
  readonly receivedMs: number;
  /** Peer ID of the one that sent it, who need not have made it. */
  readonly peer: string;
}

export interface Gossip {
  /** One handler a kind, before the first subscription to it. */
  handle<Kind extends GossipKind>(
    kind: Kind,
    handler: (received: Received<Kind>) => Validation | Promise<Validation>,
  ): void;
  /** Joins the topic under the fork digest of now, and that of the next one from two epochs before it to two after. */
  subscribe(kind: GossipKind, subnetId?: number): void;
  /**
   * Peers keep out of a topic's mesh who has left it, for ten seconds, and hold it against him when he tries. So a node that stops does not leave, but goes:
   * once started again it would not know.
   */
  unsubscribe(kind: GossipKind, subnetId?: number): void;
  /**
   * To peers that follow the topic, whether or not this node does.
   * @param slot that the message belongs to, of light-client updates the attested header's: it tells the fork digest
   * @returns to how many peers it went, 1 when the network had it already; never rejects
   */
  publish<Kind extends GossipKind>(
    kind: Kind,
    value: GossipTypes[Kind],
    at: {readonly slot: Slot; readonly subnetId?: number},
  ): Promise<{readonly peers: number; readonly messageId: string}>;
  /** A message that this node published came back from a peer, or a peer offers it. Once a message. */
  onEcho(listener: (echo: {readonly messageId: string; readonly receivedMs: number}) => void): Cancel;
}

/** What this node says of its chain. phase0/p2p-interface.md, fulu/p2p-interface.md */
export interface LocalStatus {
  readonly finalizedRoot: Root;
  readonly finalizedEpoch: Epoch;
  readonly headRoot: Root;
  readonly headSlot: Slot;
  readonly earliestAvailableSlot: Slot;
}

export interface EncodedBlock {
  readonly slot: Slot;
  /** SSZ of a SignedBeaconBlock. */
  readonly ssz: Uint8Array;
}

/** What a node has to give. Null and empty: nothing. */
export interface LocalChain {
  status(): LocalStatus;
  /** Ascending; the caller bounds count. */
  blocksByRange(startSlot: Slot, count: number): AsyncIterable<EncodedBlock> | Iterable<EncodedBlock>;
  blocksByRoot(roots: readonly Root[]): AsyncIterable<EncodedBlock> | Iterable<EncodedBlock>;
  lightClientBootstrap(blockRoot: Root): LightClientBootstrap | null;
  /** Whatever number a stranger writes: to go by what is here, not through what was asked for. */
  lightClientUpdates(startPeriod: number, count: number): readonly LightClientUpdate[];
  lightClientFinalityUpdate(): LightClientFinalityUpdate | null;
  lightClientOptimisticUpdate(): LightClientOptimisticUpdate | null;
}

/** Requests to one peer. Each rejects with a RequestError that says why; what was not sound has cost the peer by then. */
export interface PeerRequests {
  blocksByRange(
    peer: string,
    request: {readonly startSlot: Slot; readonly count: number},
  ): AsyncGenerator<SignedBeaconBlock>;
  blocksByRoot(peer: string, roots: readonly Root[]): AsyncGenerator<SignedBeaconBlock>;
  lightClientBootstrap(peer: string, blockRoot: Root): Promise<LightClientBootstrap>;
  lightClientUpdates(peer: string, startPeriod: number, count: number): Promise<readonly LightClientUpdate[]>;
  lightClientFinalityUpdate(peer: string): Promise<LightClientFinalityUpdate>;
  lightClientOptimisticUpdate(peer: string): Promise<LightClientOptimisticUpdate>;
}

/** Why a peer's score pays. */
export const OFFENCES = [
  "invalid_frame",
  "invalid_request",
  "invalid_response",
  "invalid_message",
  "rate_limit",
  "too_slow",
  "wrong_chain",
] as const;
export type Offence = (typeof OFFENCES)[number];

export interface PeerView {
  readonly peerId: string;
  readonly multiaddr: string;
  readonly direction: "inbound" | "outbound";
  readonly agent: string | null;
  /** Null until it has said its own. */
  readonly status: LocalStatus | null;
  readonly attnets: readonly number[];
  readonly syncnets: readonly number[];
  /** By the names that they use in multistream-select. */
  readonly protocols: readonly string[];
  readonly score: number;
}

export interface Peers {
  /** Connected ones whose status is of our chain. */
  list(): readonly PeerView[];
  /** An offence that was found outside of this package. */
  report(peer: string, offence: Offence, detail: string): void;
  /** Peers on these subnets are looked for, and kept until the slot is over. */
  wantSubnets(
    wanted: readonly {readonly kind: "attnets" | "syncnets"; readonly subnetId: number; readonly untilSlot: Slot}[],
  ): void;
  dial(multiaddr: string): Promise<void>;
}

export interface NetworkInit {
  readonly config: NetworkConfig;
  /** `light` says so in its ENR and metadata: no attestation subnet for long, no custody. */
  readonly role: "light" | "full";
  readonly listen: {
    /** Null: not on this family. */
    readonly ip4: string | null;
    readonly ip6: string | null;
    /** 0: a free one. */
    readonly tcpPort: number;
    /** Null: no discovery. */
    readonly udpPort: number | null;
  };
  /** What others are told to dial, when it is not what this machine sees of itself. */
  readonly announced: {
    readonly ip4?: string;
    readonly ip6?: string;
    readonly tcpPort?: number;
    readonly udpPort?: number;
  };
  /** `enr:…`, or a multiaddr with `/p2p/…`. */
  readonly bootNodes: readonly string[];
  /** Always kept connected; multiaddrs with `/p2p/…`. */
  readonly directPeers: readonly string[];
  readonly targetPeers: number;
  readonly agent: string;
}

/** Small files that outlive the process. */
export interface NetworkFiles {
  /** Null when there is none. */
  read(name: "p2p-key" | "p2p-peers.json" | "p2p-enr"): Promise<Uint8Array | null>;
  /** Whole or not at all; readable by the owner alone. */
  write(name: "p2p-key" | "p2p-peers.json" | "p2p-enr", content: Uint8Array): Promise<void>;
}

export interface NetworkComponents {
  readonly clock: Clock;
  readonly slotClock: SlotClock;
  readonly random: Random;
  readonly log: Log;
  readonly files: NetworkFiles;
  readonly chain: LocalChain;
}

export interface Network {
  readonly peerId: string;
  /** With `/p2p/…`, as peers dial it. */
  multiaddrs(): readonly string[];
  /** Null without discovery. */
  enr(): string | null;
  readonly gossip: Gossip;
  readonly requests: PeerRequests;
  readonly peers: Peers;
  /** Says goodbye and resolves when all sockets are closed. */
  stop(): Promise<void>;
}
