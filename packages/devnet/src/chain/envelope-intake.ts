import {
  BeaconStateView,
  type CachedBeaconStateGloas,
  computeTimeAtSlot,
  getExecutionPayloadEnvelopeSignatureSet,
  verifySignatureSet,
} from "@lodestar/state-transition";
import {type gloas, ssz} from "@lodestar/types";
import {type Root, rootToHex, type Slot} from "@mote/core";
import type {BlockIntake} from "./block-intake.ts";
import type {Builder} from "./builder.ts";
import type {ChainCore} from "./chain-core.ts";
import {ACCEPTED, complaintOf, DUPLICATE, refused} from "./outcomes.ts";
import {executionHash, isGloasSlot} from "./payload-building.ts";
import type {ChainBlock, SubmitOutcome} from "./types.ts";

export interface EnvelopeIntakeComponents {
  readonly core: ChainCore;
  readonly blocks: BlockIntake;
  readonly builder: Builder | null;
  /** True for a slot whose payload nobody is to see. */
  readonly isWithheld: (slot: Slot) => boolean;
}

/** Gloas: the door for payloads. One that comes after its due time is refused, and its block stays empty. */
export class EnvelopeIntake {
  readonly #components: EnvelopeIntakeComponents;
  /** For a block that is held back itself. */
  #held: gloas.SignedExecutionPayloadEnvelope | null = null;
  #payloadDueSlot = -1 as Slot;

  constructor(components: EnvelopeIntakeComponents) {
    this.#components = components;
  }

  submit(signed: gloas.SignedExecutionPayloadEnvelope): SubmitOutcome {
    const {core, blocks, isWithheld} = this.#components;
    const root = rootToHex(signed.message.beaconBlockRoot);
    const found = blocks.find(root);
    if (found === null) return refused(`block ${root} is not known`);
    const {block, postState, isShown} = found;
    if (!isGloasSlot(core.config, block.slot)) return refused(`block ${root} carries its payload itself`);
    if (block.envelope !== null)
      return isSame(block.envelope, signed) ? DUPLICATE : refused("another payload is known");
    const state = postState as CachedBeaconStateGloas;
    const complaint = this.#refuseSignature(signed, block, state) ?? refuseEnvelope(signed.message, block, state, core);
    if (complaint !== null) return refused(complaint);
    if (this.#isPastDue(block.slot)) return refused(`the payload of slot ${block.slot} came after its due time`);
    // To whoever sent it all is well: it is lost on the way to the others.
    if (isWithheld(block.slot)) return ACCEPTED;
    if (isShown) core.addPayload(block, signed);
    else this.#held = signed;
    return ACCEPTED;
  }

  /** From here on payloads of `slot` come too late. */
  onPayloadDue(slot: Slot): void {
    this.#payloadDueSlot = slot;
  }

  /** The block was shown after all: so is its payload, when it came. */
  onShown(root: Root): void {
    const held = this.#held;
    this.#held = null;
    if (held !== null && rootToHex(held.message.beaconBlockRoot) === root) this.submit(held);
  }

  /** The builder shows the payload of the block of `slot`, when its bid is in it. */
  revealBuilt(slot: Slot): void {
    const {core, builder} = this.#components;
    const block = core.blocks.atOrBefore(slot, core.headRoot);
    if (builder === null || block?.slot !== slot || block.signed === null || block.envelope !== null) return;
    if (!isGloasSlot(core.config, slot)) return;
    const envelope = builder.envelope(block.root, block.signed.message as gloas.BeaconBlock);
    if (envelope === null) return;
    const outcome = this.submit(envelope);
    if (outcome.kind === "refused") throw new Error(`the builder's payload of slot ${slot}: ${outcome.reason}`);
  }

  /** A payload of a slot before needs no deadline: it is past. */
  #isPastDue(slot: Slot): boolean {
    return slot <= this.#payloadDueSlot || slot < this.#components.core.currentSlot;
  }

  #refuseSignature(
    signed: gloas.SignedExecutionPayloadEnvelope,
    {signed: block}: ChainBlock,
    state: CachedBeaconStateGloas,
  ): string | null {
    const {config, pubkeyCache} = this.#components.core;
    const proposerIndex = block?.message.proposerIndex ?? -1;
    let isValid = false;
    // A builder that is not in the registry, or bytes that are no signature, make it throw.
    complaintOf(() => {
      const view = new BeaconStateView(state);
      const set = getExecutionPayloadEnvelopeSignatureSet(config, pubkeyCache, view, signed, proposerIndex);
      isValid = verifySignatureSet(set, pubkeyCache);
    });
    return isValid ? null : "envelope signature is not valid";
  }
}

/** gloas/fork-choice.md#verify_execution_payload_envelope, all but the signature and the execution layer. */
function refuseEnvelope(
  {payload, builderIndex, executionRequests, parentBeaconBlockRoot}: gloas.ExecutionPayloadEnvelope,
  block: ChainBlock,
  state: CachedBeaconStateGloas,
  {config}: ChainCore,
): string | null {
  const bid = state.latestExecutionPayloadBid;
  const requestsRoot = ssz.gloas.ExecutionRequests.hashTreeRoot(executionRequests);
  const rules: readonly [boolean, string][] = [
    [rootToHex(parentBeaconBlockRoot) === block.parentRoot, "parent block is not that of the block"],
    [builderIndex === bid.builderIndex, "builder is not that of the bid"],
    [ssz.Bytes32.equals(payload.prevRandao, bid.prevRandao), "randao is not that of the bid"],
    [BigInt(payload.gasLimit) === bid.gasLimit, "gas limit is not that of the bid"],
    [ssz.Bytes32.equals(payload.blockHash, bid.blockHash), "block hash is not that of the bid"],
    [
      ssz.Bytes32.equals(payload.blockHash, executionHash(config, state.slot, payload)),
      "block hash is not the payload's",
    ],
    [ssz.Root.equals(requestsRoot, bid.executionRequestsRoot), "execution requests are not those of the bid"],
    [payload.slotNumber === state.slot, "slot is not that of the block"],
    [ssz.Bytes32.equals(payload.parentHash, state.latestBlockHash), "parent hash is not the latest block's"],
    [payload.timestamp === computeTimeAtSlot(config, state.slot, state.genesisTime), "timestamp is not the slot's"],
    [
      ssz.gloas.Withdrawals.equals(payload.withdrawals, state.payloadExpectedWithdrawals.toValue()),
      "withdrawals are not those that the state expects",
    ],
  ];
  return rules.find(([holds]) => !holds)?.[1] ?? null;
}

function isSame(a: gloas.SignedExecutionPayloadEnvelope, b: gloas.SignedExecutionPayloadEnvelope): boolean {
  return ssz.gloas.SignedExecutionPayloadEnvelope.equals(a, b);
}
