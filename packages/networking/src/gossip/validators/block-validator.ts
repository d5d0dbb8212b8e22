import {type ForkPostElectra, isForkPostElectra} from "@lodestar/params";
import type {BeaconBlock, SignedBeaconBlock} from "@lodestar/types";
import {attestationFromSsz, blockRoot, blockRootSigningRoot, type NetworkConfig} from "@mote/consensus";
import {
  type Attestation,
  hexToBytes,
  InvalidValueError,
  type Root,
  rootToHex,
  type Signature,
  type SignatureVerifier,
  type Slot,
  type SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import type {GossipObserver} from "../../gossip-observer.ts";
import type {Received} from "../../network.ts";
import type {GossipChainView} from "../chain-view.ts";
import {flawOfBlock} from "./block-flaws.ts";
import {ACCEPT, ignore, type Judgement, reject} from "./judgement.ts";
import type {KnownBlocks} from "./known-blocks.ts";
import {SeenRoots} from "./seen-roots.ts";
import type {SlotWindows} from "./slot-windows.ts";

/** Four epochs of mainnet: a block that is older could be a repetition of one that is forgotten. */
const SLOTS_KEPT = 128;
/** Two different blocks of one proposer are all the evidence there is to have. */
const PROPOSALS_MAX = 2;
/** Blocks of a slot that nobody here can prove: anyone can make them, and each is hashed and told. */
const UNPROVEN_MAX = 8;

export interface BlockValidatorComponents {
  readonly blocks: KnownBlocks;
  readonly chainView: GossipChainView;
  readonly observer: GossipObserver;
  readonly slotClock: SlotClock;
  readonly verifier: SignatureVerifier;
  readonly windows: SlotWindows;
}

/**
 * `beacon_block` (phase0 to gloas/p2p-interface.md). What is left unchecked (the parent's own validity, its payload, its descent from the finalized
 * block) only the proposer of the slot can get wrong, and for one block.
 */
export class BlockValidator {
  readonly #config: NetworkConfig;
  readonly #components: BlockValidatorComponents;
  readonly #proposals = new SeenRoots({periodsMax: SLOTS_KEPT});
  readonly #unproven = new SeenRoots({periodsMax: SLOTS_KEPT});

  constructor(init: {readonly config: NetworkConfig}, components: BlockValidatorComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  async judge({value, period, receivedMs}: Received<"beacon_block">): Promise<Judgement> {
    const {chainView} = this.#components;
    const {message: block} = value;
    const slot = block.slot as Slot;
    const doubt = this.#doubtOfTime(slot, receivedMs);
    if (doubt !== null) return doubt;
    // The fork of the topic told how it was decoded.
    if (this.#config.getForkName(slot) !== period.fork || !isForkPostElectra(period.fork)) return ignore("other_fork");
    const flaw = flawOfBlock(this.#config, block, this.#components.slotClock.timing) ?? this.#flawOfParent(block);
    if (flaw !== null) return reject(flaw);
    const proposerIndex = block.proposerIndex as ValidatorIndex;
    const proposer = chainView.proposerAt(slot);
    const isOurs = chainView.isOurs(proposerIndex);
    const isWrong = proposer !== null && proposer !== proposerIndex;
    const isParentSeen = this.#hasSeen(rootToHex(block.parentRoot));
    if (isWrong && isParentSeen && !isOurs) return reject("not_the_proposer");
    const look = await this.#look(value, {isProvable: proposer === proposerIndex || isOurs, receivedMs});
    if (look !== "first") return look;
    if (proposer === null) return ignore("unknown_proposer");
    if (isWrong) return isParentSeen ? reject("not_the_proposer") : ignore("not_the_proposer");
    if (!isParentSeen) return ignore("unknown_block");
    return chainView.finalizedEpoch() === null ? ignore("unknown_finality") : ACCEPT;
  }

  #doubtOfTime(slot: Slot, receivedMs: number): Judgement | null {
    const {chainView, slotClock, windows} = this.#components;
    if (windows.isFuture(slot, receivedMs)) return ignore("future_slot");
    const finalizedEpoch = chainView.finalizedEpoch();
    if (finalizedEpoch !== null && slot <= slotClock.firstSlotOf(finalizedEpoch)) return ignore("finalized_slot");
    return slot <= slotClock.currentSlot() - SLOTS_KEPT ? ignore("old_slot") : null;
  }

  #flawOfParent({slot, parentRoot}: BeaconBlock): "not_after_parent" | null {
    const parentSlot = this.#components.blocks.slotOf(rootToHex(parentRoot));
    return parentSlot !== null && slot <= parentSlot ? "not_after_parent" : null;
  }

  /** Verifies what can be verified, and tells of the block. @param isProvable whether its proposer's signature makes it the block of its slot */
  async #look(
    {message, signature}: SignedBeaconBlock,
    {isProvable, receivedMs}: {readonly isProvable: boolean; readonly receivedMs: number},
  ): Promise<"first" | Judgement> {
    const block = message as BeaconBlock<ForkPostElectra>;
    const slot = block.slot as Slot;
    const proposerIndex = block.proposerIndex as ValidatorIndex;
    const pubkey = this.#components.chainView.pubkeyOf(proposerIndex);
    const isProven = isProvable && pubkey !== null;
    if (this.#seenOf(slot, proposerIndex, isProven).isFull) return ignore(isProven ? "seen" : "too_many_unproven");
    const attestations = attestationsOf(block);
    if (attestations === null) return ignore("numbers_too_large");
    const root = rootToHex(blockRoot(this.#config, block));
    if (this.#seenOf(slot, proposerIndex, isProven).roots.includes(root)) return ignore("seen");
    if (pubkey !== null && !(await this.#isSigned({slot, root, pubkey, signature}))) return reject("bad_signature");
    // Others of the slot may have been verified meanwhile.
    const {roots, isFull} = this.#seenOf(slot, proposerIndex, isProven);
    if (isFull || roots.includes(root)) return ignore("seen");
    this.#remember(slot, proposerIndex, root, isProven);
    const parentRoot = rootToHex(block.parentRoot);
    const seen = {slot, proposerIndex, blockRoot: root, parentRoot, attestations, isSignatureVerified: isProven};
    this.#components.observer.emit({kind: "block", ...seen, receivedMs});
    if (pubkey === null) return ignore("unknown_key");
    return roots.length > 0 && isProven ? ignore("another_of_one") : "first";
  }

  async #isSigned(block: {slot: Slot; root: Root; pubkey: Uint8Array; signature: Uint8Array}): Promise<boolean> {
    const {slot, root, pubkey, signature} = block;
    const signingRoot = blockRootSigningRoot(this.#config, slot, hexToBytes(root));
    const signed = [{pubkey, signature: signature as Signature}];
    const [isGood] = await this.#components.verifier.verifySameMessage(signingRoot, signed);
    return isGood === true;
  }

  #seenOf(slot: Slot, proposerIndex: ValidatorIndex, isProven: boolean): {roots: readonly Root[]; isFull: boolean} {
    const roots = isProven ? this.#proposals.rootsOf(slot, proposerIndex) : this.#unproven.rootsOf(slot, 0);
    return {roots, isFull: roots.length >= (isProven ? PROPOSALS_MAX : UNPROVEN_MAX)};
  }

  #remember(slot: Slot, proposerIndex: ValidatorIndex, root: Root, isProven: boolean): void {
    if (isProven) this.#proposals.add(slot, proposerIndex, root);
    else this.#unproven.add(slot, 0, root);
    this.#components.blocks.add(root, {slot, isProven});
  }

  #hasSeen(root: Root): boolean {
    return this.#components.chainView.hasBlock(root) || this.#components.blocks.isProven(root);
  }
}

/** Null when one has a number above 2^53−1 in it, which no block of this chain has. */
function attestationsOf({body}: BeaconBlock<ForkPostElectra>): readonly Attestation[] | null {
  try {
    return body.attestations.map(attestationFromSsz);
  } catch (error) {
    if (error instanceof InvalidValueError) return null;
    throw error;
  }
}
