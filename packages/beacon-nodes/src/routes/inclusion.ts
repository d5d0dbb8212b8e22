import {type Attestation, InvalidValueError, parseRoot, parseSlot, parseUint, type Root, type Slot} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {
  BLOCK_ATTESTATIONS_MAX,
  BLOCK_ATTESTATIONS_SIZE_BYTES_MAX,
  BLOCK_SIZE_BYTES_MAX,
  COMMITTEES_SIZE_BYTES_MAX,
  SMALL_BODY_SIZE_BYTES_MAX,
} from "../limits.ts";
import {dataOf, parseAttestation, parseList, parseObject} from "./decode.ts";

/** What blocks carry: read beside the signing path, never on it, so these calls may take their time. */

const reading = (template: string, sizeBytesMax: number): Route => ({
  method: "GET",
  template,
  sizeBytesMax,
  totalTimeoutMs: 10_000,
});
const ATTESTATIONS = reading("/eth/v2/beacon/blocks/{block_id}/attestations", BLOCK_ATTESTATIONS_SIZE_BYTES_MAX);
const BLOCK = reading("/eth/v2/beacon/blocks/{block_id}", BLOCK_SIZE_BYTES_MAX);
const HEADER = reading("/eth/v1/beacon/headers/{block_id}", SMALL_BODY_SIZE_BYTES_MAX);
const COMMITTEES = reading("/eth/v1/beacon/states/{state_id}/committees", COMMITTEES_SIZE_BYTES_MAX);

/** Of the block itself where the node has no route for its attestations alone. */
export async function blockAttestations(
  api: BeaconApi,
  blockRoot: Root,
  signal?: AbortSignal,
): Promise<readonly Attestation[]> {
  const decode = (list: unknown): readonly Attestation[] =>
    parseList(list, "attestations", BLOCK_ATTESTATIONS_MAX).map(parseAttestation);
  try {
    const path = `/eth/v2/beacon/blocks/${blockRoot}/attestations`;
    const fromJson = (body: unknown) => decode(parseObject(body, "answer").data);
    return await api.call({route: ATTESTATIONS, path, fromJson}, signal);
  } catch (error) {
    if (!(error instanceof BeaconNodeError) || !error.isRouteMissing) throw error;
  }
  const fromJson = (body: unknown) => {
    const message = parseObject(dataOf(body).message, "message");
    return decode(parseObject(message.body, "body").attestations);
  };
  return api.call({route: BLOCK, path: `/eth/v2/beacon/blocks/${blockRoot}`, fromJson}, signal);
}

export interface BlockHeader {
  readonly slot: Slot;
  readonly parentRoot: Root;
}

export function blockHeader(api: BeaconApi, blockRoot: Root, signal?: AbortSignal): Promise<BlockHeader> {
  const fromJson = (body: unknown): BlockHeader => {
    const {root, ...header} = parseHeader(body);
    if (root !== blockRoot) throw new InvalidValueError("the header is of another block");
    return header;
  };
  return api.call({route: HEADER, path: `/eth/v1/beacon/headers/${blockRoot}`, fromJson}, signal);
}

export interface Head extends BlockHeader {
  readonly root: Root;
}

export const head = (api: BeaconApi, signal?: AbortSignal): Promise<Head> => headerOf(api, "head", signal);

/** Of the block that has this name on the node's own chain. */
export function headerOf(api: BeaconApi, name: "head" | "finalized" | "genesis", signal?: AbortSignal): Promise<Head> {
  return api.call({route: HEADER, path: `/eth/v1/beacon/headers/${name}`, fromJson: parseHeader}, signal);
}

function parseHeader(body: unknown): Head {
  const data = dataOf(body);
  const message = parseObject(parseObject(data.header, "header").message, "message");
  return {
    root: parseRoot(data.root, "root"),
    slot: parseSlot(message.slot, "slot"),
    parentRoot: parseRoot(message.parent_root, "parent_root"),
  };
}

export interface CommitteesCall {
  readonly slot: Slot;
  readonly slotsPerEpoch: number;
}

/** Of one slot: an epoch of a million validators is 11 MB of indices. A node that knows no filter and answers with its whole epoch is heard too. */
export function committeeLengths(
  api: BeaconApi,
  call: CommitteesCall,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const epoch = Math.floor(call.slot / call.slotsPerEpoch);
  const path = `/eth/v1/beacon/states/head/committees?epoch=${epoch}&slot=${call.slot}`;
  return api.call({route: COMMITTEES, path, fromJson: (body) => parseLengths(body, call)}, signal);
}

/** phase0: MAX_COMMITTEES_PER_SLOT is 64, an epoch has at most 32 slots. */
const COMMITTEES_PER_SLOT_MAX = 64;
const COMMITTEES_PER_EPOCH_MAX = COMMITTEES_PER_SLOT_MAX * 32;
const VALIDATORS_PER_COMMITTEE_MAX = 131_072;

function parseLengths(body: unknown, call: CommitteesCall): readonly number[] {
  const lengths: number[] = [];
  for (const item of parseList(parseObject(body, "answer").data, "data", COMMITTEES_PER_EPOCH_MAX)) {
    const committee = parseObject(item, "committee");
    const slot = parseSlot(committee.slot, "slot");
    if (Math.floor(slot / call.slotsPerEpoch) !== Math.floor(call.slot / call.slotsPerEpoch))
      throw new InvalidValueError(`slot ${slot} is not in the epoch of slot ${call.slot}`);
    if (slot !== call.slot) continue;
    const index = parseUint(committee.index, "index");
    if (index >= COMMITTEES_PER_SLOT_MAX) throw new InvalidValueError(`no committee has the index ${index}`);
    if (lengths[index] !== undefined) throw new InvalidValueError(`committee ${index} of slot ${slot} comes twice`);
    lengths[index] = parseList(committee.validators, "validators", VALIDATORS_PER_COMMITTEE_MAX).length;
  }
  if (lengths.length === 0) throw new InvalidValueError(`no committee of slot ${call.slot}`);
  // `every` would pass over the holes.
  if (lengths.includes(undefined as unknown as number))
    throw new InvalidValueError(`a committee of slot ${call.slot} is missing`);
  return lengths;
}
