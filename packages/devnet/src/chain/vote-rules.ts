import type {BeaconConfig} from "@lodestar/config";
import {DOMAIN_BEACON_ATTESTER, ForkSeq, SLOTS_PER_EPOCH} from "@lodestar/params";
import {computeEpochAtSlot, computeSigningRoot, computeStartSlotAtEpoch} from "@lodestar/state-transition";
import {type phase0, ssz} from "@lodestar/types";
import {type Root, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import type {BlockStore} from "./block-store.ts";
import type {StateStore} from "./state-store.ts";
import type {ChainState} from "./types.ts";

/** What can be said of a vote's data without knowing who signed. */
export interface DataCheck {
  readonly dataRoot: Root;
  readonly signingRoot: Uint8Array;
  /** Null when the data are good. */
  readonly refusal: string | null;
  /** Committees of the data's slot, as far as they are known: also for refused data, whose signers the slashing checker wants to know. */
  readonly committees: readonly (readonly ValidatorIndex[])[];
}

export interface VoteRulesComponents {
  readonly blocks: BlockStore;
  readonly states: StateStore;
  readonly currentSlot: () => Slot;
}

/** phase0, deneb, electra and gloas p2p-interface.md: the rules of the attestation topics, as a beacon node applies them to its own pool too. */
export class VoteRules {
  readonly #config: BeaconConfig;
  readonly #components: VoteRulesComponents;

  constructor(init: {readonly config: BeaconConfig}, components: VoteRulesComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  check(data: phase0.AttestationData): DataCheck {
    const dataRoot = rootToHex(ssz.phase0.AttestationData.hashTreeRoot(data));
    const domain = this.#config.getDomain(
      data.slot,
      DOMAIN_BEACON_ATTESTER,
      computeStartSlotAtEpoch(data.target.epoch),
    );
    const signingRoot = computeSigningRoot(ssz.phase0.AttestationData, data, domain);
    const timing = this.#refuseTiming(data);
    // A state far ahead would cost much to make, and no honest vote asks for it.
    const state = timing === null ? this.#targetState(data) : null;
    const refusal = timing ?? this.#refuseIndex(data) ?? this.#refuseTarget(data) ?? refuseSource(data, state);
    return {dataRoot, signingRoot, refusal, committees: state === null ? [] : committeesOf(data, state)};
  }

  /** A state of the target's epoch on the head's chain. */
  #targetState(data: phase0.AttestationData): ChainState | null {
    const start = computeStartSlotAtEpoch(data.target.epoch) as Slot;
    return this.#components.states.at(rootToHex(data.beaconBlockRoot), start);
  }

  #refuseTiming(data: phase0.AttestationData): string | null {
    const now = this.#components.currentSlot();
    if (data.target.epoch !== computeEpochAtSlot(data.slot)) return "target epoch is not the slot's epoch";
    if (data.slot > now) return `slot ${data.slot} lies in the future`;
    if (data.target.epoch < computeEpochAtSlot(Math.max(now, 0)) - 1) return `slot ${data.slot} is too old`;
    return null;
  }

  #refuseIndex(data: phase0.AttestationData): string | null {
    const block = this.#components.blocks.get(rootToHex(data.beaconBlockRoot));
    if (block === null) return `head block ${rootToHex(data.beaconBlockRoot)} is not known`;
    if (block.slot > data.slot) return "head block is newer than the vote";
    if (this.#config.getForkSeq(data.slot) < ForkSeq.gloas) return data.index === 0 ? null : "data.index must be 0";
    if (data.index > 1) return "data.index must be 0 or 1";
    if (data.index === 1 && block.slot === data.slot) return "data.index must be 0 for a block of the same slot";
    if (data.index === 1 && block.payloadStatus === "empty")
      return "data.index 1 for a block whose payload is not known";
    return null;
  }

  #refuseTarget(data: phase0.AttestationData): string | null {
    const start = computeStartSlotAtEpoch(data.target.epoch) as Slot;
    const target = this.#components.blocks.atOrBefore(start, rootToHex(data.beaconBlockRoot));
    if (target === null) return "target block is not known";
    return target.root === rootToHex(data.target.root)
      ? null
      : "target is not the epoch's first block on the head's chain";
  }
}

function refuseSource(data: phase0.AttestationData, state: ChainState | null): string | null {
  if (state === null) return "the head block's state is not known";
  const justified = state.currentJustifiedCheckpoint.toValue();
  if (ssz.phase0.Checkpoint.equals(data.source, justified)) return null;
  return `source is not the justified checkpoint (epoch ${justified.epoch}) of the head's chain`;
}

function committeesOf(data: phase0.AttestationData, state: ChainState): ValidatorIndex[][] {
  const committees = state.epochCtx.getShufflingAtEpochOrNull(data.target.epoch)?.committees[
    data.slot % SLOTS_PER_EPOCH
  ];
  return (committees ?? []).map((members) => Array.from(members) as ValidatorIndex[]);
}
