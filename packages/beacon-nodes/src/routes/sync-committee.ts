import {ssz} from "@mote/consensus";
import {InvalidValueError, type Root, rootToHex, type Slot, type SyncCommitteeSubscription} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {SMALL_BODY_SIZE_BYTES_MAX, SUBSCRIPTIONS_PER_REQUEST_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import {dataOf} from "./decode.ts";
import type {SignedContributionAndProof, SyncCommitteeContribution, SyncCommitteeMessage} from "./messages.ts";
import {hasNoVotes, notReadyWhileSyncing} from "./not-ready.ts";
import {type ItemOutcome, publish, publishRoute, tell, tellRoute} from "./publish.ts";

/** All of it is JSON in the API. */

const MESSAGES = publishRoute("/eth/v1/beacon/pool/sync_committees");
const CONTRIBUTIONS = publishRoute("/eth/v1/validator/contribution_and_proofs");
const SUBSCRIPTIONS = tellRoute("/eth/v1/validator/sync_committee_subscriptions");
const CONTRIBUTION: Route = {
  method: "GET",
  template: "/eth/v1/validator/sync_committee_contribution",
  sizeBytesMax: SMALL_BODY_SIZE_BYTES_MAX,
  totalTimeoutMs: 4_000,
};

/** One request for all of them. Outcomes are in the order of `messages`. */
export function publishSyncCommitteeMessages(
  api: BeaconApi,
  messages: readonly SyncCommitteeMessage[],
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const json = () => messages.map((message) => ssz.altair.SyncCommitteeMessage.toJson(message));
  return publish(api, {route: MESSAGES, body: {json}, signal}, messages.length);
}

/** As {@link publishSyncCommitteeMessages}. */
export function publishContributions(
  api: BeaconApi,
  contributions: readonly SignedContributionAndProof[],
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const json = () => contributions.map((one) => ssz.altair.SignedContributionAndProof.toJson(one));
  return publish(api, {route: CONTRIBUTIONS, body: {json}, signal}, contributions.length);
}

export async function subscribeSyncCommittees(
  api: BeaconApi,
  subscriptions: readonly SyncCommitteeSubscription[],
  signal?: AbortSignal,
): Promise<void> {
  for (const batch of chunked(subscriptions, SUBSCRIPTIONS_PER_REQUEST_MAX)) {
    const json = () =>
      batch.map(({validatorIndex, seats, untilEpoch}) => ({
        validator_index: String(validatorIndex),
        sync_committee_indices: seats.map(String),
        until_epoch: String(untilEpoch),
      }));
    await tell(api, SUBSCRIPTIONS, {json}, signal);
  }
}

export interface ContributionCall {
  readonly slot: Slot;
  readonly subcommitteeIndex: number;
  readonly beaconBlockRoot: Root;
}

/**
 * Some nodes (Prysm and Grandine, by OffchainLabs/prysm#15757) have a contribution without votes where others say 404. Checked on arrival: it is
 * of exactly this slot, subcommittee and block. */
export function syncCommitteeContribution(
  api: BeaconApi,
  {slot, subcommitteeIndex, beaconBlockRoot}: ContributionCall,
  signal?: AbortSignal,
): Promise<SyncCommitteeContribution> {
  const query = `slot=${slot}&subcommittee_index=${subcommitteeIndex}&beacon_block_root=${beaconBlockRoot}`;
  const fromJson = (body: unknown): SyncCommitteeContribution => {
    const contribution = ssz.altair.SyncCommitteeContribution.fromJson(dataOf(body));
    if (contribution.slot !== slot) {
      throw new InvalidValueError(`the contribution is for slot ${contribution.slot}, asked for was ${slot}`);
    }
    if (contribution.subcommitteeIndex !== subcommitteeIndex) {
      throw new InvalidValueError(
        `the contribution is of subcommittee ${contribution.subcommitteeIndex}, asked for was ${subcommitteeIndex}`,
      );
    }
    if (rootToHex(contribution.beaconBlockRoot) !== beaconBlockRoot) {
      throw new InvalidValueError("the contribution is for another block than asked for");
    }
    if (!contribution.aggregationBits.uint8Array.some((byte) => byte !== 0)) throw hasNoVotes(api, CONTRIBUTION);
    return contribution;
  };
  return api.call(
    {
      route: CONTRIBUTION,
      path: `${CONTRIBUTION.template}?${query}`,
      fromJson,
      onStatus: (status) => {
        if (status === 204) throw hasNoVotes(api, CONTRIBUTION);
        return notReadyWhileSyncing(api, CONTRIBUTION)(status);
      },
    },
    signal,
  );
}
