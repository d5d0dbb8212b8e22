import type {BeaconApi, Route} from "../http/beacon-api.ts";

/** For routes that promise 503 of a node that is syncing, or whose block is optimistic. */
export const notReadyWhileSyncing =
  (api: BeaconApi, route: Route) =>
  (status: number): undefined => {
    if (status === 503) throw api.fault(route, "NOT_READY", "it says that it is syncing or optimistic", status);
  };

/** An honest answer, and of no use: its publication would be refused. */
export const hasNoVotes = (api: BeaconApi, route: Route) => api.fault(route, "NOT_READY", "it has no votes yet");
