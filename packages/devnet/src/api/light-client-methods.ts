import {routes} from "@lodestar/api";
import {ApiError} from "@lodestar/api/server";
import type {BeaconConfig} from "@lodestar/config";
import {computeEpochAtSlot} from "@lodestar/state-transition";
import {type LightClientUpdate, ssz} from "@lodestar/types";
import type {Root} from "@mote/core";
import type {LightClientServer} from "../light-client/light-client-server.ts";
import type {BeaconView} from "./beacon-view.ts";
import type {Methods} from "./methods.ts";

export function lightClientMethods(view: BeaconView, server: LightClientServer): Methods<"lightclient"> {
  const versioned = <T extends Pick<LightClientUpdate, "attestedHeader">>(data: T | null, name: string) => {
    if (data === null) throw new ApiError(404, `There is no ${name} yet`);
    return {data, meta: {version: versionOf(view.chain.config, data)}};
  };
  return {
    getLightClientBootstrap: async ({blockRoot}) => {
      if (!/^0x[0-9a-fA-F]{64}$/.test(blockRoot))
        throw new ApiError(400, `Invalid block root: ${blockRoot.slice(0, 100)}`);
      const data = server.bootstrap(blockRoot.toLowerCase() as Root);
      if (data === null) throw new ApiError(404, `No state of block ${blockRoot} is held`);
      return {data, meta: {version: view.chain.config.getForkName(data.header.beacon.slot)}};
    },
    getLightClientUpdatesByRange: async ({startPeriod, count}) => {
      const data = server.updates(startPeriod, count);
      return {data, meta: {versions: data.map((update) => versionOf(view.chain.config, update))}};
    },
    getLightClientFinalityUpdate: async () => versioned(server.finalityUpdate(), "finality update"),
    getLightClientOptimisticUpdate: async () => versioned(server.optimisticUpdate(), "optimistic update"),
  };
}

/** An update is of the fork of the block that it attests to. */
export const versionOf = (config: BeaconConfig, {attestedHeader}: Pick<LightClientUpdate, "attestedHeader">) =>
  config.getForkName(attestedHeader.beacon.slot);

/** The library's routes, with fork digests of this chain: it makes them from a genesis that it knows by the network's name. */
export function lightClientDefinitions(config: BeaconConfig): ReturnType<typeof routes.lightclient.getDefinitions> {
  const definitions = routes.lightclient.getDefinitions(config);
  const {getLightClientUpdatesByRange: updates} = definitions;
  const serialize = (list: readonly LightClientUpdate[]): Uint8Array =>
    Buffer.concat(list.flatMap((update) => responseChunk(config, update)));
  const {data} = updates.resp;
  return {
    ...definitions,
    getLightClientUpdatesByRange: {...updates, resp: {...updates.resp, data: {...data, serialize}}},
  };
}

function responseChunk(config: BeaconConfig, update: LightClientUpdate): Uint8Array[] {
  const {slot} = update.attestedHeader.beacon;
  const digest = config.forkBoundary2ForkDigest(config.getForkBoundaryAtEpoch(computeEpochAtSlot(slot)));
  const bytes = config.getPostAltairForkTypes(slot).LightClientUpdate.serialize(update as never);
  return [ssz.UintNum64.serialize(digest.length + bytes.length), digest, bytes];
}
