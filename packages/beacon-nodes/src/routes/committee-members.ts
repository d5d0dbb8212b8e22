import {
  type CommitteeIndex,
  type Epoch,
  InvalidValueError,
  parseCommitteeIndex,
  parseSlot,
  parseValidatorIndex,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {COMMITTEE_SIZE_BYTES_MAX, SYNC_COMMITTEE_SIZE_BYTES_MAX} from "../limits.ts";
import {dataOf, parseList, parseObject, parseOptimistic} from "./decode.ts";

/** Who sits in a committee, in the order of its bits. */

const reading = (template: string, sizeBytesMax: number): Route => ({
  method: "GET",
  template,
  sizeBytesMax,
  totalTimeoutMs: 10_000,
});
const COMMITTEES = reading("/eth/v1/beacon/states/{state_id}/committees", COMMITTEE_SIZE_BYTES_MAX);
const SYNC_COMMITTEES = reading("/eth/v1/beacon/states/{state_id}/sync_committees", SYNC_COMMITTEE_SIZE_BYTES_MAX);

/** phase0: MAX_VALIDATORS_PER_COMMITTEE */
const COMMITTEE_MEMBERS_MAX = 2_048;
/** An answer that passes over the filters has all committees of an epoch; one that is longer than its bound is none at all. */
const COMMITTEES_MAX = 2_048;

export interface CommitteeCall {
  readonly slot: Slot;
  readonly index: CommitteeIndex;
  readonly slotsPerEpoch: number;
}

/** By the head state: of this epoch, the one before or the next. */
export function committee(
  api: BeaconApi,
  {slot, index, slotsPerEpoch}: CommitteeCall,
  signal?: AbortSignal,
): Promise<readonly ValidatorIndex[]> {
  const epoch = Math.floor(slot / slotsPerEpoch);
  const path = `/eth/v1/beacon/states/head/committees?epoch=${epoch}&index=${index}&slot=${slot}`;
  const fromJson = (body: unknown) => {
    for (const item of parseList(parseObject(body, "answer").data, "data", COMMITTEES_MAX)) {
      const found = parseObject(item, "committee");
      if (parseSlot(found.slot, "slot") !== slot || parseCommitteeIndex(found.index, "index") !== index) continue;
      return membersOf(found.validators, COMMITTEE_MEMBERS_MAX);
    }
    throw new InvalidValueError(`no committee ${index} of slot ${slot}`);
  };
  return api.call({route: COMMITTEES, path, fromJson}, signal);
}

export interface SyncCommitteeCall {
  /** Any of its period, which is the head's or the next. */
  readonly epoch: Epoch;
  readonly size: number;
}

/** A validator may have several seats. */
export function syncCommittee(
  api: BeaconApi,
  {epoch, size}: SyncCommitteeCall,
  signal?: AbortSignal,
): Promise<readonly ValidatorIndex[]> {
  const path = `/eth/v1/beacon/states/head/sync_committees?epoch=${epoch}`;
  const fromJson = (body: unknown) => {
    if (parseOptimistic(parseObject(body, "answer")))
      throw api.fault(SYNC_COMMITTEES, "NOT_READY", "its head is optimistic");
    const seats = membersOf(dataOf(body).validators, size);
    if (seats.length !== size) throw new InvalidValueError(`the sync committee has ${seats.length} seats, not ${size}`);
    return seats;
  };
  return api.call({route: SYNC_COMMITTEES, path, fromJson}, signal);
}

const membersOf = (list: unknown, membersMax: number): readonly ValidatorIndex[] =>
  parseList(list, "validators", membersMax).map((index) => parseValidatorIndex(index, "validators"));
