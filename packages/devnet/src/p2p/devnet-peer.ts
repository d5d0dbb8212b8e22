import {ATTESTATION_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT} from "@lodestar/params";
import type {electra, LightClientFinalityUpdate, LightClientOptimisticUpdate} from "@lodestar/types";
import {rootToHex, type Slot} from "@mote/core";
import type {GossipKind, GossipTypes, Network, Received, Validation} from "@mote/networking";
import {SeenMessages} from "../chain/seen-messages.ts";
import type {SubmitOutcome} from "../chain/types.ts";
import type {DevnetChain} from "../chain.ts";
import type {LightClientNews, LightClientServer} from "../light-client/light-client-server.ts";
import type {ValidatorMessage, ValidatorMessageKind} from "./message.ts";
import {MESSAGE_RULES, type MessageRules} from "./message-rules.ts";
import type {TurnBatch} from "./turn-batch.ts";
import type {VotePaths} from "./vote-paths.ts";

export interface DevnetPeerInit {
  /** Of the beacon node that it belongs to. */
  readonly name: string;
  /** Also sends what came by nobody's API: a builder's payload, a block that was held back. */
  readonly speaksForChain: boolean;
}

export interface DevnetPeerComponents {
  readonly network: Network;
  readonly chain: DevnetChain;
  readonly lightClient: LightClientServer;
  /** Has the chain do what is due before a message is looked at. */
  readonly catchUp: () => void;
  /** Shared by all peers of the devnet. */
  readonly batches: MessageBatches;
  readonly votePaths: VotePaths;
  /** Whether a peer is another beacon node of the devnet, which hands on what others sent. */
  readonly isOfDevnet: (peerId: string) => boolean;
}

export type MessageBatches = {readonly [Kind in ValidatorMessageKind]: TurnBatch<GossipTypes[Kind]>};

const KINDS = Object.keys(MESSAGE_RULES) as ValidatorMessageKind[];
const GLOAS_KINDS: ReadonlySet<GossipKind> = new Set([
  "execution_payload",
  "payload_attestation_message",
  "proposer_preferences",
  "execution_payload_bid",
]);
const LIGHT_CLIENT_KINDS = ["light_client_finality_update", "light_client_optimistic_update"] as const;
const SUBNETS: Partial<Record<GossipKind, number>> = {
  beacon_attestation: ATTESTATION_SUBNET_COUNT,
  sync_committee: SYNC_COMMITTEE_SUBNET_COUNT,
};
/** What a peer has forwarded is remembered for so long. */
const SEEN_SLOTS = 64;
/** How the chain ends its reasons where a signature is to blame. */
const FORGED = /signature.* is not valid$|proof is not valid$/;

/** A beacon node on the network: what its peers send goes into the chain, and what came by its API goes to its peers. */
export class DevnetPeer {
  readonly name: string;
  readonly #components: DevnetPeerComponents;
  readonly #seen = new SeenMessages();
  readonly #unsubscribe: () => void;

  constructor(init: DevnetPeerInit, components: DevnetPeerComponents) {
    this.name = init.name;
    this.#components = components;
    this.#join();
    this.#unsubscribe = components.chain.subscribe((event) => {
      if (!init.speaksForChain || (event.kind !== "block" && event.kind !== "payload_available")) return;
      const {signed = null, envelope = null} = components.chain.block(event.block) ?? {};
      // A turn later: the head event is not to wait for it.
      if (event.kind === "block" && signed !== null)
        setImmediate(() => this.#send({kind: "beacon_block", value: signed}));
      if (event.kind === "payload_available" && envelope !== null)
        setImmediate(() => this.#send({kind: "execution_payload", value: envelope}));
    });
  }

  get multiaddrs(): readonly string[] {
    return this.#components.network.multiaddrs();
  }

  get peerId(): string {
    return this.#components.network.peerId;
  }

  /** Sends what came by the API of its node. Nobody sees a block, or a payload, that the chain does not show yet. */
  publish(message: ValidatorMessage): void {
    const {chain} = this.#components;
    if (message.kind === "beacon_block" && chain.block(this.#blockRoot(message.value)) === null) return;
    if (message.kind === "execution_payload") {
      const block = chain.block(rootToHex(message.value.message.beaconBlockRoot));
      if (block === null || block.envelope === null) return;
    }
    this.#send(message);
  }

  #send(message: ValidatorMessage): void {
    const {chain} = this.#components;
    const rules = MESSAGE_RULES[message.kind] as MessageRules<unknown>;
    const slot = rules.slotOf(message.value, chain);
    const subnets = rules.subnets?.(message.value, chain) ?? [undefined];
    for (const subnetId of subnets) this.#publish(message.kind, message.value, {slot, subnetId});
  }

  announce({kind, update}: LightClientNews): void {
    this.#publish(kind, update, {slot: update.attestedHeader.beacon.slot as Slot, subnetId: undefined});
  }

  /** Forgets what is too old to come again. */
  onSlot(slot: Slot): void {
    this.#seen.prune((slot - SEEN_SLOTS) as Slot);
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#components.network.stop();
  }

  #publish(
    kind: GossipKind,
    value: GossipTypes[GossipKind],
    {slot, subnetId}: {readonly slot: Slot; readonly subnetId: number | undefined},
  ): void {
    const {gossip} = this.#components.network;
    // The promise tells how many peers took it, and never rejects.
    void gossip.publish(kind, value as never, subnetId === undefined ? {slot} : {slot, subnetId});
  }

  #join(): void {
    const {network, chain} = this.#components;
    const {gossip} = network;
    for (const kind of KINDS) gossip.handle(kind, (received) => this.#take(kind, received as Received<never>));
    for (const kind of LIGHT_CLIENT_KINDS) gossip.handle(kind, ({value}) => this.#judgeLightClient(kind, value));
    // The only builder here is the chain's own, whose bids are asked for and not sent.
    gossip.handle("execution_payload_bid", () => "ignore");
    const kinds: readonly GossipKind[] = [...KINDS, ...LIGHT_CLIENT_KINDS, "execution_payload_bid"];
    for (const kind of kinds) {
      if (GLOAS_KINDS.has(kind) && !Number.isFinite(chain.config.GLOAS_FORK_EPOCH)) continue;
      const subnets = SUBNETS[kind];
      if (subnets === undefined) gossip.subscribe(kind);
      else for (let subnetId = 0; subnetId < subnets; subnetId++) gossip.subscribe(kind, subnetId);
    }
  }

  async #take<Kind extends ValidatorMessageKind>(kind: Kind, received: Received<Kind>): Promise<Validation> {
    const {chain, catchUp, batches, votePaths, isOfDevnet} = this.#components;
    catchUp();
    const rules = MESSAGE_RULES[kind] as unknown as MessageRules<GossipTypes[Kind]>;
    const {value, subnetId} = received;
    const slot = rules.slotOf(value, chain);
    const subnets = rules.subnets?.(value, chain) ?? [];
    if (subnets.length > 0 && !subnets.includes(subnetId ?? -1)) return "reject";
    const batch = batches[kind] as unknown as TurnBatch<GossipTypes[Kind]>;
    const outcome = await batch.add(value);
    if (outcome.kind !== "refused" && kind === "beacon_attestation" && !isOfDevnet(received.peer))
      votePaths.note("gossip", value as electra.SingleAttestation);
    return this.#verdict(outcome, {kind, slot, onceFor: rules.onceFor(value), subnetId});
  }

  /** What another node of the devnet has told the chain is news to this one: it is forwarded all the same, once. */
  #verdict(
    outcome: SubmitOutcome,
    of: {
      readonly kind: ValidatorMessageKind;
      readonly slot: Slot;
      readonly onceFor: string | null;
      readonly subnetId: number | null;
    },
  ): Validation {
    if (outcome.kind === "refused") return FORGED.test(outcome.reason) ? "reject" : "ignore";
    if (of.onceFor === null) return "accept";
    const key = `${of.kind}:${of.subnetId}:${of.onceFor}`;
    if (this.#seen.has(key)) return "ignore";
    this.#seen.add(key, Math.max(of.slot, this.#components.chain.currentSlot) as Slot);
    return "accept";
  }

  /** altair/light-client/p2p-interface.md: a full node forwards what it would have made itself. */
  #judgeLightClient(
    kind: LightClientNews["kind"],
    update: LightClientFinalityUpdate | LightClientOptimisticUpdate,
  ): Validation {
    const {chain, lightClient} = this.#components;
    const isFinality = kind === "light_client_finality_update";
    const own = isFinality ? lightClient.finalityUpdate() : lightClient.optimisticUpdate();
    const fork = chain.config.getForkName(update.attestedHeader.beacon.slot);
    if (own === null || chain.config.getForkName(own.attestedHeader.beacon.slot) !== fork) return "ignore";
    const types = chain.config.getPostAltairForkTypes(update.attestedHeader.beacon.slot);
    const type = isFinality ? types.LightClientFinalityUpdate : types.LightClientOptimisticUpdate;
    return type.equals(own as never, update as never) ? "accept" : "ignore";
  }

  #blockRoot({message}: GossipTypes["beacon_block"]) {
    const type = this.#components.chain.config.getForkTypes(message.slot).BeaconBlock;
    return rootToHex(type.hashTreeRoot(message as never));
  }
}
