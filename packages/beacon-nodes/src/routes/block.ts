import type {NetworkConfig} from "@mote/consensus";
import type {BeaconApi} from "../http/beacon-api.ts";
import {produceBidBlock} from "./bid-block.ts";
import type {BlockCall, BlockProposal} from "./block-production.ts";
import {blockTypesAt} from "./block-types.ts";
import {producePayloadBlock} from "./payload-block.ts";

/** Checked on arrival: the block is of this slot, its fork and this proposer, with the blobs that it commits to. */
export function produceBlock(
  api: BeaconApi,
  config: NetworkConfig,
  call: BlockCall,
  signal?: AbortSignal,
): Promise<BlockProposal> {
  const types = blockTypesAt(config, call.slot);
  return types.kind === "payload"
    ? producePayloadBlock(api, {config, call, types}, signal)
    : produceBidBlock(api, {config, call, types}, signal);
}
