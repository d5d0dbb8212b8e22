import {consensusVersion, type NetworkConfig, ssz} from "@mote/consensus";
import type {ProposerPreparation} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";
import type {BeaconApi} from "../http/beacon-api.ts";
import {PREPARATIONS_PER_REQUEST_MAX, REGISTRATIONS_PER_REQUEST_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import type {SignedProposerPreferences, SignedValidatorRegistration} from "./messages.ts";
import {firstSlot, type ItemOutcome, publish, publishRoute, tell, tellRoute} from "./publish.ts";
import {serializeFixedSizeList} from "./ssz-list.ts";

/** What nodes and builders must know before a proposal. */

const PREPARATIONS = tellRoute("/eth/v1/validator/prepare_beacon_proposer");
/** The node answers when its relays have. */
const REGISTRATIONS = {...tellRoute("/eth/v1/validator/register_validator"), totalTimeoutMs: 10_000};
const PREFERENCES = publishRoute("/eth/v1/validator/proposer_preferences");

export async function prepareProposers(
  api: BeaconApi,
  preparations: readonly ProposerPreparation[],
  signal?: AbortSignal,
): Promise<void> {
  for (const batch of chunked(preparations, PREPARATIONS_PER_REQUEST_MAX)) {
    const json = () =>
      batch.map(({validatorIndex, feeRecipient}) => ({
        validator_index: String(validatorIndex),
        fee_recipient: feeRecipient,
      }));
    await tell(api, PREPARATIONS, {json}, signal);
  }
}

/** A batch that is refused does not stop the next: one registration that a relay does not like may fail all of its batch. */
export async function registerValidators(
  api: BeaconApi,
  registrations: readonly SignedValidatorRegistration[],
  signal?: AbortSignal,
): Promise<void> {
  const type = ssz.bellatrix.SignedValidatorRegistrationV1;
  const refusals: BeaconNodeError[] = [];
  for (const batch of chunked(registrations, REGISTRATIONS_PER_REQUEST_MAX)) {
    const body = {
      ssz: () => serializeFixedSizeList(batch.map((one) => type.serialize(one))),
      json: () => batch.map((one) => type.toJson(one)),
    };
    try {
      await tell(api, REGISTRATIONS, body, signal);
    } catch (error) {
      if (!(error instanceof BeaconNodeError) || error.reason !== "HTTP_STATUS") throw error;
      refusals.push(error);
    }
  }
  if (refusals[0] !== undefined) throw refusals[0];
}

/** One request for all of them; the fork is that of their proposals. Outcomes are in the order of `preferences`. */
export function publishProposerPreferences(
  api: BeaconApi,
  config: NetworkConfig,
  preferences: readonly SignedProposerPreferences[],
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const slot = firstSlot(preferences.map(({message}) => message.proposalSlot));
  const type = ssz.gloas.SignedProposerPreferences;
  const body = {
    ssz: () => serializeFixedSizeList(preferences.map((one) => type.serialize(one))),
    json: () => preferences.map((one) => type.toJson(one)),
  };
  return publish(
    api,
    {route: PREFERENCES, consensusVersion: consensusVersion(config, slot), body, signal},
    preferences.length,
  );
}
