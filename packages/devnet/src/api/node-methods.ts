import {HttpStatusCode, routes} from "@lodestar/api";
import {ssz} from "@lodestar/types";
import type {Dialect} from "../dialects/dialect.ts";
import type {BeaconView} from "./beacon-view.ts";
import type {Methods} from "./methods.ts";

export function nodeMethods(view: BeaconView, dialect: Dialect): Methods<"node"> {
  return {
    getNodeVersion: async () => ({data: {version: dialect.version}}),
    getSyncingStatus: async () => ({
      data: {
        headSlot: view.headSlot,
        syncDistance: view.currentSlot - view.headSlot,
        isSyncing: false,
        isOptimistic: view.executionOptimistic,
        elOffline: false,
      },
    }),
    getHealth: async ({syncingStatus}) => ({
      // A node whose head is not verified counts as syncing here; the caller may choose the code for that.
      status: view.executionOptimistic
        ? ((syncingStatus ?? routes.node.NodeHealth.SYNCING) as HttpStatusCode.OK)
        : HttpStatusCode.OK,
    }),
    // There is no network behind: no peers, and a record that names none.
    getNetworkIdentity: async () => ({
      data: {
        peerId: `mote-devnet-${view.name}`,
        enr: "",
        p2pAddresses: [],
        discoveryAddresses: [],
        metadata: {...ssz.altair.Metadata.defaultValue(), custodyGroupCount: 0},
      },
    }),
    getPeers: async () => ({data: [], meta: {count: 0}}),
    getPeerCount: async () => ({data: {disconnected: 0, connecting: 0, connected: 0, disconnecting: 0}}),
  };
}
