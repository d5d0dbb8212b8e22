import {
  InvalidValueError,
  type Pubkey,
  parseEpoch,
  parsePubkey,
  parseValidatorIndex,
  VALIDATOR_STATUSES,
  type ValidatorInfo,
  type ValidatorStatus,
} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";
import type {BeaconApi, Call, Route} from "../http/beacon-api.ts";
import {VALIDATORS_PER_REQUEST_MAX, VALIDATORS_PER_URL_MAX, VALIDATORS_SIZE_BYTES_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import {parseBoolean, parseList, parseObject, parseOptimistic} from "./decode.ts";

const TEMPLATE = "/eth/v1/beacon/states/{state_id}/validators";
const PATH = "/eth/v1/beacon/states/head/validators";
const BY_POST: Route = {
  method: "POST",
  template: TEMPLATE,
  sizeBytesMax: VALIDATORS_SIZE_BYTES_MAX,
  totalTimeoutMs: 10_000,
};
const BY_GET: Route = {...BY_POST, method: "GET"};

/** What the head state of this node knows of `pubkeys`, in no particular order. A node with an optimistic head is not ready. */
export async function validators(
  api: BeaconApi,
  pubkeys: readonly Pubkey[],
  signal?: AbortSignal,
): Promise<readonly ValidatorInfo[]> {
  const found: ValidatorInfo[] = [];
  for (const batch of chunked(pubkeys, VALIDATORS_PER_REQUEST_MAX)) found.push(...(await request(api, batch, signal)));
  return found;
}

async function request(api: BeaconApi, pubkeys: readonly Pubkey[], signal?: AbortSignal): Promise<ValidatorInfo[]> {
  if (!api.dialect.has(`get_only ${TEMPLATE}`)) {
    try {
      const body = {json: () => ({ids: pubkeys})};
      return await api.call({route: BY_POST, path: PATH, body, fromJson: decoderFor(api, BY_POST, pubkeys)}, signal);
    } catch (error) {
      if (!(error instanceof BeaconNodeError) || !error.isRouteMissing) throw error;
    }
  }
  const found: ValidatorInfo[] = [];
  for (const batch of chunked(pubkeys, VALIDATORS_PER_URL_MAX)) {
    const call: Call<ValidatorInfo[]> = {
      route: BY_GET,
      path: `${PATH}?id=${batch.join(",")}`,
      fromJson: decoderFor(api, BY_GET, batch),
    };
    found.push(...(await api.call(call, signal)));
  }
  // Only an answer shows that it was the method that was missing.
  api.dialect.add(`get_only ${TEMPLATE}`);
  return found;
}

const decoderFor = (api: BeaconApi, route: Route, asked: readonly Pubkey[]) => (body: unknown) => {
  const answer = parseObject(body, "answer");
  if (parseOptimistic(answer)) throw api.fault(route, "NOT_READY", "its head is optimistic");
  const left = new Set<Pubkey>(asked);
  return parseList(answer.data, "data", asked.length).map((item) => {
    const validator = parseValidator(item);
    if (!left.delete(validator.pubkey))
      throw new InvalidValueError(`${validator.pubkey} was not asked for, or comes twice`);
    return validator;
  });
};

function parseValidator(value: unknown): ValidatorInfo {
  const item = parseObject(value, "item");
  const validator = parseObject(item.validator, "validator");
  return {
    pubkey: parsePubkey(validator.pubkey, "pubkey"),
    index: parseValidatorIndex(item.index, "index"),
    status: parseStatus(item.status),
    slashed: parseBoolean(validator.slashed, "slashed"),
    activationEpoch: parseEpoch(validator.activation_epoch, "activation_epoch"),
    exitEpoch: parseEpoch(validator.exit_epoch, "exit_epoch"),
  };
}

function parseStatus(value: unknown): ValidatorStatus {
  const status = VALIDATOR_STATUSES.find((known) => known === value);
  if (status === undefined) throw new InvalidValueError("status is none of the API's");
  return status;
}
