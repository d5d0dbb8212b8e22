import {ssz} from "@mote/consensus";
import type {BeaconApi} from "../http/beacon-api.ts";
import type {SignedVoluntaryExit} from "./messages.ts";
import {type ItemOutcome, publish, publishRoute} from "./publish.ts";

const ROUTE = publishRoute("/eth/v1/beacon/pool/voluntary_exits");

export function publishVoluntaryExit(
  api: BeaconApi,
  exit: SignedVoluntaryExit,
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  return publish(api, {route: ROUTE, body: {json: () => ssz.phase0.SignedVoluntaryExit.toJson(exit)}, signal}, 1);
}
