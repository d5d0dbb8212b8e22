import {
  aggregateAndProofToSsz,
  consensusVersion,
  electraTypesAt,
  type NetworkConfig,
  singleAttestationsToSsz,
} from "@mote/consensus";
import {
  type CommitteeSubscription,
  InvalidValueError,
  parseUint,
  type SignedAggregateAndProof,
  type SingleAttestation,
  type Slot,
} from "@mote/core";
import {excerpt} from "../beacon-node-error.ts";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {PUBLISH_ANSWER_SIZE_BYTES_MAX, SMALL_BODY_SIZE_BYTES_MAX, SUBSCRIPTIONS_PER_REQUEST_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import {type JsonObject, parseList, parseObject} from "./decode.ts";
import {serializeFixedSizeList, serializeVariableSizeList} from "./ssz-list.ts";

const publishRoute = (template: string): Route => ({
  method: "POST",
  template,
  sizeBytesMax: PUBLISH_ANSWER_SIZE_BYTES_MAX,
  totalTimeoutMs: 4_000,
});
const ATTESTATIONS = publishRoute("/eth/v2/beacon/pool/attestations");
const AGGREGATES = publishRoute("/eth/v2/validator/aggregate_and_proofs");
const SUBSCRIPTIONS: Route = {
  ...publishRoute("/eth/v1/validator/beacon_committee_subscriptions"),
  sizeBytesMax: SMALL_BODY_SIZE_BYTES_MAX,
};

/** What the node did with one message. */
export type ItemOutcome = {readonly kind: "accepted"} | {readonly kind: "refused"; readonly detail: string};

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
    const path = SUBSCRIPTIONS.template;
    await api.call({route: SUBSCRIPTIONS, path, body: {json}, bodyIgnored: true, fromJson: () => undefined}, signal);
  }
}

interface Publication {
  readonly route: Route;
  readonly consensusVersion: string;
  readonly body: {readonly ssz: () => Uint8Array; readonly json: () => unknown};
  readonly signal?: AbortSignal | undefined;
}

function publish(
  api: BeaconApi,
  {route, consensusVersion, body, signal}: Publication,
  count: number,
): Promise<readonly ItemOutcome[]> {
  const allAccepted = (): readonly ItemOutcome[] => Array.from({length: count}, () => ({kind: "accepted"}));
  return api.call<readonly ItemOutcome[]>(
    {
      route,
      path: route.template,
      body,
      consensusVersion,
      bodyIgnored: true,
      fromJson: allAccepted,
      onStatus: (status, answer) => (status === 400 ? judgeRefusal(answer, count) : undefined),
    },
    signal,
  );
}

/**
 * A 400 of the API's `IndexedErrorMessage` refuses the items that it names and no other. Undefined when it names none: then it speaks of the
 * request.
 */
function judgeRefusal(answer: () => unknown, count: number): readonly ItemOutcome[] | undefined {
  let body: JsonObject;
  try {
    body = parseObject(answer(), "answer");
  } catch {
    return undefined;
  }
  const failures = body.failures === undefined || body.failures === null ? [] : body.failures;
  const named = parseList(failures, "failures", count).map((item) => {
    const failure = parseObject(item, "failure");
    const index = parseUint(failure.index, "index");
    if (index >= count) throw new InvalidValueError(`failure of item ${index}, of ${count} sent`);
    return {index, message: String(failure.message ?? "")};
  });
  if (named.length === 0) {
    const message = String(body.message ?? "");
    return isAlreadyKnown(message) ? Array.from({length: count}, () => ({kind: "accepted"})) : undefined;
  }
  const outcomes: ItemOutcome[] = Array.from({length: count}, () => ({kind: "accepted"}));
  for (const {index, message} of named) {
    if (!isAlreadyKnown(message)) outcomes[index] = {kind: "refused", detail: excerpt(message)};
  }
  return outcomes;
}

/**
 * The message travels already: `ATTESTATION_ALREADY_KNOWN`, `AggregatorAlreadyKnown`, `PriorAttestationKnown`, "already seen" and the like,
 * by client.
 */
export function isAlreadyKnown(message: string): boolean {
  return /already[ _-]?(been[ _-]?)?(known|seen|exists|processed|received|published|imported)|prior[ _-]?attestation[ _-]?known|superset[ _-]?known|\bduplicate\b/i.test(
    message,
  );
}

function firstSlot(slots: readonly Slot[]): Slot {
  const [slot] = slots;
  if (slot === undefined) throw new Error("nothing to publish");
  return slot;
}
