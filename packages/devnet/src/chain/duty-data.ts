import type {BeaconConfig} from "@lodestar/config";
import {ForkSeq, SLOTS_PER_EPOCH} from "@lodestar/params";
import {computeEpochAtSlot, computeStartSlotAtEpoch, type EpochShuffling} from "@lodestar/state-transition";
import type {phase0} from "@lodestar/types";
import {
  type AttesterDuty,
  type CommitteeIndex,
  type Epoch,
  hexToBytes,
  type Pubkey,
  type Root,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import type {BlockStore} from "./block-store.ts";
import type {StateStore} from "./state-store.ts";
import type {ChainBlock, CommitteeView} from "./types.ts";

export interface DutyDataComponents {
  readonly blocks: BlockStore;
  readonly states: StateStore;
  /** Gloas: what a vote says of the block's payload, when the block is its head. */
  readonly isFull: (block: ChainBlock) => boolean;
}

/** What a validator needs to know to vote, seen from any head. phase0/validator.md */
export class DutyData {
  readonly #config: BeaconConfig;
  readonly #pubkeys: readonly Pubkey[];
  readonly #genesisRoot: Root;
  readonly #components: DutyDataComponents;

  constructor(
    init: {readonly config: BeaconConfig; readonly pubkeys: readonly Pubkey[]; readonly genesisRoot: Root},
    components: DutyDataComponents,
  ) {
    this.#config = init.config;
    this.#pubkeys = init.pubkeys;
    this.#genesisRoot = init.genesisRoot;
    this.#components = components;
  }

  /** Null when the head, or what it builds on at `slot`, is not known. */
  attestationData(slot: Slot, headRoot: Root): phase0.AttestationData | null {
    const {blocks, states, isFull} = this.#components;
    const block = blocks.atOrBefore(slot, headRoot);
    if (block === null) return null;
    const epoch = computeEpochAtSlot(slot);
    const epochStart = computeStartSlotAtEpoch(epoch) as Slot;
    const target = blocks.atOrBefore(epochStart, block.root);
    const state = states.at(block.root, epochStart);
    if (target === null || state === null) return null;
    const isGloas = this.#config.getForkSeq(slot) >= ForkSeq.gloas;
    const votesForPayload = isGloas && block.slot < slot && isFull(block);
    return {
      slot,
      index: votesForPayload ? 1 : 0,
      beaconBlockRoot: hexToBytes(block.root),
      source: state.currentJustifiedCheckpoint.toValue(),
      target: {epoch, root: hexToBytes(target.root)},
    };
  }

  attesterDuties(epoch: Epoch, indices: readonly ValidatorIndex[], headRoot: Root): AttesterDuty[] | null {
    const shuffling = this.shuffling(epoch, headRoot);
    if (shuffling === null) return null;
    const wanted = new Set<number>(indices);
    const duties: AttesterDuty[] = [];
    for (const {slot, index, validators} of toCommittees(shuffling)) {
      for (const [place, validatorIndex] of validators.entries()) {
        const pubkey = this.#pubkeys[validatorIndex];
        if (!wanted.has(validatorIndex) || pubkey === undefined) continue;
        duties.push({
          pubkey,
          validatorIndex,
          slot,
          committeeIndex: index,
          committeeLength: validators.length,
          committeesAtSlot: shuffling.committeesPerSlot,
          validatorCommitteeIndex: place,
        });
      }
    }
    return duties;
  }

  committees(epoch: Epoch, headRoot: Root): CommitteeView[] | null {
    const shuffling = this.shuffling(epoch, headRoot);
    return shuffling === null ? null : toCommittees(shuffling);
  }

  /** Everyone whose duty it is to vote in `slot`. */
  voters(slot: Slot, headRoot: Root): ValidatorIndex[] {
    const shuffling = this.shuffling(computeEpochAtSlot(slot) as Epoch, headRoot);
    return (shuffling?.committees[slot % SLOTS_PER_EPOCH] ?? []).flatMap((c) => Array.from(c) as ValidatorIndex[]);
  }

  dependentRoot(epoch: Epoch, headRoot: Root): Root | null {
    const slot = computeStartSlotAtEpoch(epoch - 1) - 1;
    if (slot < 0) return this.#genesisRoot;
    return this.#components.blocks.atOrBefore(slot as Slot, headRoot)?.root ?? null;
  }

  /** A state knows the shufflings of its own epoch and of those beside it. */
  shuffling(epoch: Epoch, headRoot: Root): EpochShuffling | null {
    const lastSlot = (computeStartSlotAtEpoch(epoch + 1) - 1) as Slot;
    const block = this.#components.blocks.atOrBefore(lastSlot, headRoot);
    if (block === null) return null;
    const epochBeforeStart = Math.max(0, computeStartSlotAtEpoch(epoch - 1)) as Slot;
    return this.#components.states.at(block.root, epochBeforeStart)?.epochCtx.getShufflingAtEpochOrNull(epoch) ?? null;
  }
}

function toCommittees(shuffling: EpochShuffling): CommitteeView[] {
  const start = computeStartSlotAtEpoch(shuffling.epoch);
  return shuffling.committees.flatMap((ofSlot, i) =>
    ofSlot.map((validators, index) => ({
      slot: (start + i) as Slot,
      index: index as CommitteeIndex,
      validators: Array.from(validators) as ValidatorIndex[],
    })),
  );
}
