import {
  aggregateAndProofToSsz,
  consensusVersion,
  electraTypesAt,
  type NetworkConfig,
  singleAttestationsToSsz,
} from "@mote/consensus";
import type {CommitteeSubscription, SignedAggregateAndProof, SingleAttestation} from "@mote/core";
import type {BeaconApi} from "../http/beacon-api.ts";
import {SUBSCRIPTIONS_PER_REQUEST_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import {firstSlot, type ItemOutcome, publish, publishRoute, tell, tellRoute} from "./publish.ts";
import {serializeFixedSizeList, serializeVariableSizeList} from "./ssz-list.ts";

const ATTESTATIONS = publishRoute("/eth/v2/beacon/pool/attestations");
const AGGREGATES = publishRoute("/eth/v2/validator/aggregate_and_proofs");
const SUBSCRIPTIONS = tellRoute("/eth/v1/validator/beacon_committee_subscriptions");

/** One request for all of them; their slots lie in one fork. Outcomes are in the order of `attestations`. */
export function publishAttestations(
  api: BeaconApi,
  config: NetworkConfig,
  attestations: readonly SingleAttestation[],
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const slot = firstSlot(attestations.map(({data}) => data.slot));
  const type = electraTypesAt(config, slot).SingleAttestation;
  const values = singleAttestationsToSsz(attestations);
  const body = {
    ssz: () => serializeFixedSizeList(values.map((value) => type.serialize(value))),
    json: () => values.map((value) => type.toJson(value)),
  };
  return publish(
    api,
    {route: ATTESTATIONS, consensusVersion: consensusVersion(config, slot), body, signal},
    values.length,
  );
}

/** As {@link publishAttestations}. */
export function publishAggregates(
  api: BeaconApi,
  config: NetworkConfig,
  aggregates: readonly SignedAggregateAndProof[],
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const slot = firstSlot(aggregates.map(({message}) => message.aggregate.data.slot));
  const type = electraTypesAt(config, slot).SignedAggregateAndProof;
  const values = aggregates.map(({message, signature}) => ({message: aggregateAndProofToSsz(message), signature}));
  const body = {
    ssz: () => serializeVariableSizeList(values.map((value) => type.serialize(value))),
    json: () => values.map((value) => type.toJson(value)),
  };
  return publish(
    api,
    {route: AGGREGATES, consensusVersion: consensusVersion(config, slot), body, signal},
    values.length,
  );
}

export async function subscribeCommittees(
  api: BeaconApi,
  subscriptions: readonly CommitteeSubscription[],
  signal?: AbortSignal,
): Promise<void> {
  for (const batch of chunked(subscriptions, SUBSCRIPTIONS_PER_REQUEST_MAX)) {
    const json = () =>
      batch.map((subscription) => ({
        validator_index: String(subscription.validatorIndex),
        committee_index: String(subscription.committeeIndex),
        committees_at_slot: String(subscription.committeesAtSlot),
        slot: String(subscription.slot),
        is_aggregator: subscription.isAggregator,
      }));
    await tell(api, SUBSCRIPTIONS, {json}, signal);
  }
}
