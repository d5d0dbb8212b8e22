import {
  hexToBytes,
  InvalidValueError,
  PUBKEY_SIZE_BYTES,
  parsePubkey,
  parseValidatorIndex,
  type ValidatorIndex,
} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {IDENTITIES_PER_REQUEST_MAX, IDENTITIES_SIZE_BYTES_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import {parseList, parseObject} from "./decode.ts";
import {validatorDetailsByIndex} from "./validators.ts";

const ROUTE: Route = {
  method: "POST",
  template: "/eth/v1/beacon/states/{state_id}/validator_identities",
  sizeBytesMax: IDENTITIES_SIZE_BYTES_MAX,
  totalTimeoutMs: 10_000,
};
const PATH = "/eth/v1/beacon/states/head/validator_identities";

/** Bytes of the API's `ValidatorIdentity` in SSZ: index, public key, activation epoch. */
const INDEX_SIZE_BYTES = 8;
const IDENTITY_SIZE_BYTES = INDEX_SIZE_BYTES + PUBKEY_SIZE_BYTES + 8;

export interface ValidatorIdentity {
  readonly index: ValidatorIndex;
  /** 48 bytes. */
  readonly pubkey: Uint8Array;
}

/**
 * Whose public keys these are, in no particular order; one that the head state does not know is left out. A committee in SSZ has a tenth of the bytes
 * that the validators themselves have in JSON, which older nodes are asked for.
 */
export async function validatorIdentities(
  api: BeaconApi,
  indices: readonly ValidatorIndex[],
  signal?: AbortSignal,
): Promise<readonly ValidatorIdentity[]> {
  const found: ValidatorIdentity[] = [];
  for (const batch of chunked(indices, IDENTITIES_PER_REQUEST_MAX)) found.push(...(await request(api, batch, signal)));
  return found;
}

async function request(
  api: BeaconApi,
  indices: readonly ValidatorIndex[],
  signal: AbortSignal | undefined,
): Promise<readonly ValidatorIdentity[]> {
  if (!api.dialect.has(`route_missing ${ROUTE.template}`)) {
    try {
      const body = {json: () => indices.map(String)};
      const fromJson = (answer: unknown) => askedFor(indices, listOf(answer, indices.length));
      const fromSsz = (bytes: Uint8Array) => askedFor(indices, readIdentities(bytes));
      return await api.call({route: ROUTE, path: PATH, body, fromJson, fromSsz}, signal);
    } catch (error) {
      if (!(error instanceof BeaconNodeError) || !error.isRouteMissing) throw error;
    }
  }
  const details = await validatorDetailsByIndex(api, indices, signal);
  // Only an answer shows that it was the route that was missing.
  api.dialect.add(`route_missing ${ROUTE.template}`);
  return details.map(({index, pubkey}) => ({index, pubkey: hexToBytes(pubkey)}));
}

const listOf = (body: unknown, itemsMax: number): readonly ValidatorIdentity[] =>
  parseList(parseObject(body, "answer").data, "data", itemsMax).map((item) => {
    const {index, pubkey} = parseObject(item, "item");
    return {index: parseValidatorIndex(index, "index"), pubkey: hexToBytes(parsePubkey(pubkey, "pubkey"))};
  });

function readIdentities(bytes: Uint8Array): readonly ValidatorIdentity[] {
  if (bytes.length % IDENTITY_SIZE_BYTES !== 0) throw new InvalidValueError(`${bytes.length} bytes are no identities`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({length: bytes.length / IDENTITY_SIZE_BYTES}, (_, i) => {
    const at = i * IDENTITY_SIZE_BYTES;
    const index = parseValidatorIndex(view.getBigUint64(at, true).toString(), "index");
    return {index, pubkey: bytes.slice(at + INDEX_SIZE_BYTES, at + INDEX_SIZE_BYTES + PUBKEY_SIZE_BYTES)};
  });
}

/** An empty list would have meant all validators: what was not asked for is no answer. */
function askedFor(
  indices: readonly ValidatorIndex[],
  found: readonly ValidatorIdentity[],
): readonly ValidatorIdentity[] {
  const left = new Set(indices);
  for (const {index} of found)
    if (!left.delete(index)) throw new InvalidValueError(`${index} was not asked for, or comes twice`);
  return found;
}
