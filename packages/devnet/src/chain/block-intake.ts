import type {BeaconConfig} from "@lodestar/config";
import {computeStartSlotAtEpoch, signedBlindedBlockToFull, verifyProposerSignature} from "@lodestar/state-transition";
import {type electra, type gloas, type SignedBeaconBlock, ssz} from "@lodestar/types";
import {type Root, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import {type BlockReading, parentPayloadOf, readBlock} from "./block-reading.ts";
import type {Builder} from "./builder.ts";
import type {ChainCore} from "./chain-core.ts";
import {ACCEPTED, complaintOf, DUPLICATE, refused} from "./outcomes.ts";
import {executionHash, isGloasSlot} from "./payload-building.ts";
import type {SlashingChecker} from "./slashing-checker.ts";
import {applyVerified} from "./state-store.ts";
import type {ChainBlock, ChainState, SubmitOutcome} from "./types.ts";

export interface BlockIntakeComponents {
  readonly core: ChainCore;
  readonly slashings: SlashingChecker;
  readonly builder: Builder | null;
  /** True for a slot whose block is to be shown late. */
  readonly isHeldBack: (slot: Slot) => boolean;
  /** Called once for each block, when everyone may see it. */
  readonly onShown: (block: ChainBlock, postState: ChainState) => void;
}

interface JudgedBlock {
  readonly reading: BlockReading;
  readonly postState: ChainState;
}

/** The door for blocks. Whatever is correctly signed is shown to the slashing checker, also when it is refused. */
export class BlockIntake {
  readonly #config: BeaconConfig;
  readonly #components: BlockIntakeComponents;
  /** The first good block of a proposer and slot, by `slot:proposer`. */
  readonly #first = new Map<string, {readonly slot: Slot; readonly root: Root}>();
  #votesDueSlot = -1 as Slot;
  #held: JudgedBlock | null = null;

  constructor(components: BlockIntakeComponents) {
    this.#config = components.core.config;
    this.#components = components;
  }

  submit(signed: SignedBeaconBlock): SubmitOutcome {
    const root = this.#rootOf(signed);
    if (root === null) return refused(`not a block of the fork of slot ${signed.message.slot}`);
    if (this.#isKnown(root, signed)) return DUPLICATE;
    const complaint = this.#refuseSignature(root, signed) ?? this.#refuseByRules(root, signed);
    if (complaint !== null) return refused(complaint);
    const judged = this.#judge(root, signed);
    if (typeof judged === "string") return refused(judged);
    const {slot} = judged.reading.block;
    const {core, isHeldBack} = this.#components;
    this.#first.set(firstKey(signed), {slot, root});
    const isTimely = slot === core.currentSlot && this.#votesDueSlot < slot;
    if (isHeldBack(slot) && isTimely) this.#held = judged;
    else this.#show(judged, isTimely);
    return ACCEPTED;
  }

  /** Puts in the payload that the builder made. */
  submitBlinded(signed: electra.SignedBlindedBeaconBlock): SubmitOutcome {
    const {slot, body} = signed.message;
    const payload = this.#components.builder?.unblind(body.executionPayloadHeader.blockHash);
    if (payload == null) return refused("the payload of this blinded block is not the builder's");
    return this.submit(signedBlindedBlockToFull(this.#config.getForkName(slot), signed, payload));
  }

  /** The block with its state, also while it is held back. Null when there is none. */
  find(root: Root): {readonly block: ChainBlock; readonly postState: ChainState; readonly isShown: boolean} | null {
    if (this.#held?.reading.block.root === root) {
      return {block: this.#held.reading.block, postState: this.#held.postState, isShown: false};
    }
    const {core} = this.#components;
    const block = core.blocks.get(root);
    const postState = block === null ? null : core.states.at(root);
    return block === null || postState === null ? null : {block, postState, isShown: true};
  }

  /** From here on blocks of `slot` come late. */
  onVotesDue(slot: Slot): void {
    this.#votesDueSlot = slot;
  }

  /** Shows the block that was held back. Null when there is none. */
  showHeld(): ChainBlock | null {
    const held = this.#held;
    this.#held = null;
    if (held === null) return null;
    this.#show(held, false);
    return held.reading.block;
  }

  prune(oldest: Slot): void {
    for (const [key, {slot}] of this.#first) if (slot < oldest) this.#first.delete(key);
  }

  #show({reading, postState}: JudgedBlock, timely: boolean): void {
    const {core, onShown} = this.#components;
    core.emit({kind: "block_gossip", slot: reading.block.slot, block: reading.block.root});
    onShown(reading.block, postState);
    core.addBlock(reading, postState, timely);
  }

  /** Null when the value does not have the shape that its slot asks for. */
  #rootOf({message}: SignedBeaconBlock): Root | null {
    let root: Root | null = null;
    complaintOf(() => {
      root = rootToHex(this.#config.getForkTypes(message.slot).BeaconBlock.hashTreeRoot(message as never));
    });
    return root;
  }

  #isKnown(root: Root, signed: SignedBeaconBlock): boolean {
    const known = this.find(root)?.block.signed;
    return known != null && ssz.BLSSignature.equals(known.signature, signed.signature);
  }

  #refuseSignature(root: Root, signed: SignedBeaconBlock): string | null {
    const {core, slashings} = this.#components;
    const {slot, proposerIndex} = signed.message;
    if (core.pubkeyCache.get(proposerIndex) === undefined) return `validator ${proposerIndex} is not known`;
    let isValid = false;
    // Bytes that are no signature at all make it throw.
    complaintOf(() => {
      isValid = verifyProposerSignature(this.#config, core.pubkeyCache, signed);
    });
    slashings.onBlock({proposerIndex: proposerIndex as ValidatorIndex, slot: slot as Slot, root}, isValid);
    return isValid ? null : "block signature is not valid";
  }

  /** phase0, bellatrix and gloas p2p-interface.md#beacon_block */
  #refuseByRules(root: Root, signed: SignedBeaconBlock): string | null {
    const {core} = this.#components;
    const {slot, proposerIndex} = signed.message;
    if (slot > core.currentSlot) return `slot ${slot} lies in the future`;
    const {finalized} = core.forkChoice;
    if (slot <= computeStartSlotAtEpoch(finalized.epoch)) return `slot ${slot} is finalized`;
    const first = this.#first.get(firstKey(signed));
    if (first !== undefined && first.root !== root) {
      return `validator ${proposerIndex} has another block in slot ${slot}: ${first.root}`;
    }
    const parent = core.blocks.get(rootToHex(signed.message.parentRoot));
    if (parent === null) return `parent ${rootToHex(signed.message.parentRoot)} is not known`;
    if (parent.slot >= slot) return "block is not newer than its parent";
    if (!core.forkChoice.descendsFrom(parent.root, finalized.root)) return "block does not build on the finalized one";
    const expected = core.stateOrThrow(parent.root, slot as Slot).epochCtx.getBeaconProposer(slot);
    if (expected !== proposerIndex)
      return `the proposer of slot ${slot} is validator ${expected}, not ${proposerIndex}`;
    if (isGloasSlot(this.#config, slot)) return refuseBid(signed.message as gloas.BeaconBlock, parent);
    const payload = (signed.message as electra.BeaconBlock).body.executionPayload;
    const isWhole = ssz.Bytes32.equals(payload.blockHash, executionHash(this.#config, slot, payload));
    return isWhole ? null : "block hash is not the payload's";
  }

  #judge(root: Root, signed: SignedBeaconBlock): JudgedBlock | string {
    const {core} = this.#components;
    const parent = core.blockOrThrow(rootToHex(signed.message.parentRoot));
    const preState = core.stateOrThrow(parent.root, signed.message.slot as Slot);
    try {
      const postState = applyVerified(preState, signed);
      return {reading: readBlock({root, signed}, {postState, parent, config: this.#config}), postState};
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** gloas/fork-choice.md#on_block: what a block builds on must be there. */
function refuseBid(block: gloas.BeaconBlock, parent: ChainBlock): string | null {
  const {parentBlockRoot} = block.body.signedExecutionPayloadBid.message;
  if (rootToHex(parentBlockRoot) !== parent.root) return "the bid has another parent than the block";
  const buildsOnUnknown = parentPayloadOf(block, parent) === "full" && parent.payloadStatus === "empty";
  return buildsOnUnknown ? `the payload of parent ${parent.root} is not known` : null;
}

const firstKey = ({message}: SignedBeaconBlock): string => `${message.slot}:${message.proposerIndex}`;
