import {
  type Attestation,
  type Epoch,
  InvalidValueError,
  parseRoot,
  parseSlot,
  parseUint,
  type Root,
  type Slot,
} from "@mote/core";
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
    const isRouteMissing =
      error instanceof BeaconNodeError && (error.reason === "NOT_SUPPORTED" || error.status === 404);
    if (!isRouteMissing) throw error;
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
    const data = dataOf(body);
    if (parseRoot(data.root, "root") !== blockRoot) throw new InvalidValueError("the header is of another block");
    const message = parseObject(parseObject(data.header, "header").message, "message");
    return {slot: parseSlot(message.slot, "slot"), parentRoot: parseRoot(message.parent_root, "parent_root")};
  };
  return api.call({route: HEADER, path: `/eth/v1/beacon/headers/${blockRoot}`, fromJson}, signal);
}

export interface CommitteesCall {
  readonly epoch: Epoch;
  readonly slotsPerEpoch: number;
}

/**
 * Asked for slot by slot: an epoch of a million validators is 11 MB of indices, of which only the counts are kept. A node that answers with
 * the whole epoch at once (it knows no filter) is not asked again.
 */
export async function committeeLengths(
  api: BeaconApi,
  {epoch, slotsPerEpoch}: CommitteesCall,
  signal?: AbortSignal,
): Promise<ReadonlyMap<Slot, readonly number[]>> {
  const lengths = new Map<Slot, readonly number[]>();
  const firstSlot = epoch * slotsPerEpoch;
  for (let slot = firstSlot; slot < firstSlot + slotsPerEpoch; slot++) {
    if (lengths.has(slot as Slot)) continue;
    const path = `/eth/v1/beacon/states/head/committees?epoch=${epoch}&slot=${slot}`;
    const fromJson = (body: unknown) => parseCommittees(body, {epoch, slotsPerEpoch});
    const part = await api.call({route: COMMITTEES, path, fromJson}, signal);
    if (!part.has(slot as Slot)) throw api.fault(COMMITTEES, "MALFORMED", `no committee of slot ${slot}`);
    for (const [atSlot, ofSlot] of part) lengths.set(atSlot, ofSlot);
  }
  return lengths;
}

/** phase0: MAX_COMMITTEES_PER_SLOT is 64, an epoch has at most 32 slots. */
const COMMITTEES_PER_EPOCH_MAX = 64 * 32;
const VALIDATORS_PER_COMMITTEE_MAX = 131_072;

function parseCommittees(body: unknown, {epoch, slotsPerEpoch}: CommitteesCall): Map<Slot, number[]> {
  const bySlot = new Map<Slot, number[]>();
  for (const item of parseList(parseObject(body, "answer").data, "data", COMMITTEES_PER_EPOCH_MAX)) {
    const committee = parseObject(item, "committee");
    const slot = parseSlot(committee.slot, "slot");
    const index = parseUint(committee.index, "index");
    if (Math.floor(slot / slotsPerEpoch) !== epoch)
      throw new InvalidValueError(`slot ${slot} is not in epoch ${epoch}`);
    if (index >= COMMITTEES_PER_EPOCH_MAX) throw new InvalidValueError(`no committee has the index ${index}`);
    const ofSlot = bySlot.get(slot) ?? [];
    if (ofSlot[index] !== undefined) throw new InvalidValueError(`committee ${index} of slot ${slot} comes twice`);
    ofSlot[index] = parseList(committee.validators, "validators", VALIDATORS_PER_COMMITTEE_MAX).length;
    bySlot.set(slot, ofSlot);
  }
  for (const [slot, ofSlot] of bySlot) {
    // `every` would pass over the holes.
    if (ofSlot.includes(undefined as unknown as number))
      throw new InvalidValueError(`a committee of slot ${slot} is missing`);
  }
  return bySlot;
}
