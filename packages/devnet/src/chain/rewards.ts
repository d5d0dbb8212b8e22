import {
  computeAttestationsRewards,
  computeBlockRewards,
  computeStartSlotAtEpoch,
  computeSyncCommitteeRewards,
} from "@lodestar/state-transition";
import type {BeaconBlock, rewards} from "@lodestar/types";
import type {Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import type {ChainCore} from "./chain-core.ts";
import type {BlockRewardsView, ChainState, SyncCommitteeReward} from "./types.ts";

/** What was earned, by @lodestar/state-transition's own account. */
export class Rewards {
  readonly #core: ChainCore;

  constructor(components: {readonly core: ChainCore}) {
    this.#core = components.core;
  }

  async attestations(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<rewards.AttestationsRewards | null> {
    const slot = (computeStartSlotAtEpoch(epoch + 2) - 1) as Slot;
    const root = slot > this.#core.currentSlot ? null : this.#core.rootAtSlot(slot);
    const state = root === null ? null : this.#core.states.at(root, slot);
    if (state === null) return null;
    return computeAttestationsRewards(this.#core.config, this.#core.pubkeyCache, state, [...indices]);
  }

  async block(root: Root): Promise<BlockRewardsView | null> {
    const found = this.#find(root);
    if (found === null) return null;
    // The post-state knows what was earned while the block was processed: the library would have to process it again, and not as Gloas does.
    const earned = this.#core.states.at(root)?.proposerRewards;
    const {proposerIndex, ...view} = await computeBlockRewards(this.#core.config, found.block, found.preState, earned);
    return {...view, proposerIndex: proposerIndex as ValidatorIndex};
  }

  async syncCommittee(root: Root, indices: readonly ValidatorIndex[]): Promise<SyncCommitteeReward[] | null> {
    const found = this.#find(root);
    if (found === null) return null;
    const {config, pubkeyCache} = this.#core;
    const list = await computeSyncCommitteeRewards(config, pubkeyCache, found.block, found.preState, [...indices]);
    return list.map(({validatorIndex, reward}) => ({validatorIndex: validatorIndex as ValidatorIndex, reward}));
  }

  /** Null when block or state are gone, and for genesis, which nobody proposed. */
  #find(root: Root): {readonly block: BeaconBlock; readonly preState: ChainState} | null {
    const block = this.#core.blocks.get(root);
    if (block === null || block.signed === null) return null;
    const preState = this.#core.states.at(block.parentRoot, block.slot);
    return preState === null ? null : {block: block.signed.message, preState};
  }
}
