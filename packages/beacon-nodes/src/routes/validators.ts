import {
  InvalidValueError,
  type Pubkey,
  parseEpoch,
  parsePubkey,
  parseRoot,
  parseUint,
  parseValidatorIndex,
  type Root,
  VALIDATOR_STATUSES,
  type ValidatorIndex,
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

/** A validator with what is at stake, as an operator's commands need it. Balances in Gwei. */
export interface ValidatorDetails extends ValidatorInfo {
  /** 32 bytes of lower-case hex. */
  readonly withdrawalCredentials: Root;
  readonly balanceGwei: number;
  readonly effectiveBalanceGwei: number;
}

/** What the head state of this node knows of `pubkeys`, in no particular order. A node with an optimistic head is not ready. */
export function validators(
  api: BeaconApi,
  pubkeys: readonly Pubkey[],
  signal?: AbortSignal,
): Promise<readonly ValidatorInfo[]> {
  return requestAll(api, {ids: pubkeys, parse: parseValidator, idOf: ({pubkey}) => pubkey}, signal);
}

/** As {@link validators}, with more of each. */
export function validatorDetails(
  api: BeaconApi,
  pubkeys: readonly Pubkey[],
  signal?: AbortSignal,
): Promise<readonly ValidatorDetails[]> {
  return requestAll(api, {ids: pubkeys, parse: parseDetails, idOf: ({pubkey}) => pubkey}, signal);
}

/** As {@link validatorDetails}, for those who know the index alone. */
export function validatorDetailsByIndex(
  api: BeaconApi,
  indices: readonly ValidatorIndex[],
  signal?: AbortSignal,
): Promise<readonly ValidatorDetails[]> {
  return requestAll(api, {ids: indices.map(String), parse: parseDetails, idOf: ({index}) => String(index)}, signal);
}

interface Question<T> {
  readonly ids: readonly string[];
  readonly parse: (value: unknown) => T;
  /** By which of `ids` it was asked for. */
  readonly idOf: (item: T) => string;
}

async function requestAll<T>(api: BeaconApi, {ids, ...question}: Question<T>, signal?: AbortSignal): Promise<T[]> {
  const found: T[] = [];
  for (const batch of chunked(ids, VALIDATORS_PER_REQUEST_MAX)) {
    found.push(...(await request(api, {...question, ids: batch}, signal)));
  }
  return found;
}

async function request<T>(api: BeaconApi, question: Question<T>, signal?: AbortSignal): Promise<T[]> {
  const {ids} = question;
  if (!api.dialect.has(`get_only ${TEMPLATE}`)) {
    try {
      const body = {json: () => ({ids})};
      return await api.call({route: BY_POST, path: PATH, body, fromJson: decoderFor(api, BY_POST, question)}, signal);
    } catch (error) {
      if (!(error instanceof BeaconNodeError) || !error.isRouteMissing) throw error;
    }
  }
  const found: T[] = [];
  for (const batch of chunked(ids, VALIDATORS_PER_URL_MAX)) {
    const call: Call<T[]> = {
      route: BY_GET,
      path: `${PATH}?id=${batch.join(",")}`,
      fromJson: decoderFor(api, BY_GET, {...question, ids: batch}),
    };
    found.push(...(await api.call(call, signal)));
  }
  // Only an answer shows that it was the method that was missing.
  api.dialect.add(`get_only ${TEMPLATE}`);
  return found;
}

const decoderFor =
  <T>(api: BeaconApi, route: Route, {ids, parse, idOf}: Question<T>) =>
  (body: unknown) => {
    const answer = parseObject(body, "answer");
    if (parseOptimistic(answer)) throw api.fault(route, "NOT_READY", "its head is optimistic");
    const left = new Set(ids);
    return parseList(answer.data, "data", ids.length).map((item) => {
      const validator = parse(item);
      const id = idOf(validator);
      if (!left.delete(id)) throw new InvalidValueError(`${id} was not asked for, or comes twice`);
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

function parseDetails(value: unknown): ValidatorDetails {
  const item = parseObject(value, "item");
  const validator = parseObject(item.validator, "validator");
  return {
    ...parseValidator(value),
    withdrawalCredentials: parseRoot(validator.withdrawal_credentials, "withdrawal_credentials"),
    balanceGwei: parseUint(item.balance, "balance"),
    effectiveBalanceGwei: parseUint(validator.effective_balance, "effective_balance"),
  };
}

function parseStatus(value: unknown): ValidatorStatus {
  const status = VALIDATOR_STATUSES.find((known) => known === value);
  if (status === undefined) throw new InvalidValueError("status is none of the API's");
  return status;
}
