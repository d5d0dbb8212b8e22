import {ssz} from "@mote/consensus";
import type {BeaconApi} from "../http/beacon-api.ts";
import {type ItemOutcome, publish, publishRoute} from "./publish.ts";

export type SignedBlsToExecutionChange = ReturnType<typeof ssz.capella.SignedBLSToExecutionChange.defaultValue>;

const ROUTE = publishRoute("/eth/v1/beacon/pool/bls_to_execution_changes");

export function publishBlsToExecutionChanges(
  api: BeaconApi,
  changes: readonly SignedBlsToExecutionChange[],
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const json = () => changes.map((change) => ssz.capella.SignedBLSToExecutionChange.toJson(change));
  return publish(api, {route: ROUTE, body: {json}, signal}, changes.length);
}
