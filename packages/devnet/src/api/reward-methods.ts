import {ApiError} from "@lodestar/api/server";
import type {Epoch} from "@mote/core";
import type {BeaconView} from "./beacon-view.ts";
import type {Methods} from "./methods.ts";
import type {ValidatorIndexes} from "./validator-indexes.ts";

/** What duties brought their validators, in Gwei. */
export function rewardMethods(view: BeaconView, indexes: ValidatorIndexes): Methods<"beacon"> {
  const {chain} = view;
  const indicesOf = (ids: readonly (string | number)[] | undefined) => {
    const indices = indexes.indicesOf(ids ?? []);
    if (ids?.length && indices.length === 0) throw new ApiError(400, "None of these validators is known");
    return indices;
  };
  return {
    getAttestationsRewards: async ({epoch, validatorIds}) => {
      const rewards = await chain.attestationRewards(epoch as Epoch, indicesOf(validatorIds));
      if (rewards === null) throw new ApiError(404, `Rewards of epoch ${epoch} are not known yet, or not any more`);
      return {
        data: rewards,
        meta: {executionOptimistic: view.executionOptimistic, finalized: epoch + 1 < view.finalized.epoch},
      };
    },
    getBlockRewards: async ({blockId}) => {
      const {block, finalized} = view.block(String(blockId));
      const rewards = await chain.blockRewards(block.root);
      if (rewards === null) throw new ApiError(404, `Rewards of block ${block.root} are not known, or not any more`);
      return {data: {...rewards}, meta: {executionOptimistic: view.executionOptimistic, finalized}};
    },
    getSyncCommitteeRewards: async ({blockId, validatorIds}) => {
      const {block, finalized} = view.block(String(blockId));
      const rewards = await chain.syncCommitteeRewards(block.root, indicesOf(validatorIds));
      if (rewards === null) throw new ApiError(404, `Rewards of block ${block.root} are not known, or not any more`);
      return {
        data: rewards.map((one) => ({...one})),
        meta: {executionOptimistic: view.executionOptimistic, finalized},
      };
    },
  };
}
