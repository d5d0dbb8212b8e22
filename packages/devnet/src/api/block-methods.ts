import {ApiError} from "@lodestar/api/server";
import {signedBlockToSignedHeader} from "@lodestar/state-transition";
import {hexToBytes} from "@mote/core";
import {signedBlockOf} from "../chain/signed-block.ts";
import type {ChainBlock} from "../chain/types.ts";
import type {BeaconView, ResolvedBlock} from "./beacon-view.ts";
import type {Methods} from "./methods.ts";

export function blockMethods(view: BeaconView): Methods<"beacon"> {
  const {config} = view.chain;
  const metaOf = (resolved: ResolvedBlock) => ({
    executionOptimistic: view.executionOptimistic,
    finalized: resolved.finalized,
  });
  const versionedMetaOf = (resolved: ResolvedBlock) => ({
    ...metaOf(resolved),
    version: config.getForkName(resolved.block.slot),
  });
  const header = (resolved: ResolvedBlock) => ({
    root: hexToBytes(resolved.block.root),
    canonical: resolved.canonical,
    header: signedBlockToSignedHeader(config, signedBlockOf(config, resolved.block)),
  });
  return {
    getBlockV2: async ({blockId}) => {
      const resolved = view.block(String(blockId));
      return {data: signedBlockOf(config, resolved.block), meta: versionedMetaOf(resolved)};
    },
    getBlockAttestationsV2: async ({blockId}) => {
      const resolved = view.block(String(blockId));
      return {data: view.chain.blockAttestations(resolved.block.root) ?? [], meta: versionedMetaOf(resolved)};
    },
    getBlockRoot: async ({blockId}) => {
      const resolved = view.block(String(blockId));
      return {data: {root: hexToBytes(resolved.block.root)}, meta: metaOf(resolved)};
    },
    getBlockHeader: async ({blockId}) => {
      const resolved = view.block(String(blockId));
      return {data: header(resolved), meta: metaOf(resolved)};
    },
    getBlockHeaders: async ({slot, parentRoot}) => {
      const found = findBlocks(view, slot, parentRoot).map((block) => view.describe(block));
      if (found.length === 0) throw new ApiError(404, "No block matches");
      return {
        data: found.map(header),
        meta: {executionOptimistic: view.executionOptimistic, finalized: found.every((one) => one.finalized)},
      };
    },
  };
}

/** Canonical blocks only: the chain finds the others by their root alone. */
function findBlocks(view: BeaconView, slot: number | undefined, parentRoot: string | undefined): ChainBlock[] {
  if (parentRoot !== undefined) {
    return view.childrenOf(parentRoot.toLowerCase()).filter((block) => slot === undefined || block.slot === slot);
  }
  return [view.block(slot === undefined ? "head" : String(slot)).block];
}
