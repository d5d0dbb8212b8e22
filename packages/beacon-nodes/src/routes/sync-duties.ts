import {ssz} from "@mote/consensus";
import {
  type Epoch,
  InvalidValueError,
  parsePubkey,
  parseUint,
  parseValidatorIndex,
  type SyncDuty,
  type ValidatorIndex,
} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {DUTIES_PER_REQUEST_MAX, DUTIES_SIZE_BYTES_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import {parseList, parseObject, parseOptimistic} from "./decode.ts";

const ROUTE: Route = {
  method: "POST",
  template: "/eth/v1/validator/duties/sync/{epoch}",
  sizeBytesMax: DUTIES_SIZE_BYTES_MAX,
  totalTimeoutMs: 10_000,
};

/** SYNC_COMMITTEE_SIZE of the preset that the SSZ types were made with. */
const SYNC_COMMITTEE_SIZE = ssz.altair.SyncCommittee.fields.pubkeys.length;

export interface SyncDutiesRequest {
  readonly epoch: Epoch;
  readonly indices: readonly ValidatorIndex[];
}

/** Checked on arrival: every duty belongs to an asked index, no index has two, and every seat is one of the committee's and has one holder. */
export async function syncDuties(
  api: BeaconApi,
  {epoch, indices}: SyncDutiesRequest,
  signal?: AbortSignal,
): Promise<readonly SyncDuty[]> {
  const duties: SyncDuty[] = [];
  const holders = new Map<number, ValidatorIndex>();
  for (const batch of chunked(indices, DUTIES_PER_REQUEST_MAX)) {
    const part = await api.call(
      {
        route: ROUTE,
        path: `/eth/v1/validator/duties/sync/${epoch}`,
        body: {json: () => batch.map(String)},
        fromJson: (body) => decode(api, body, batch, holders),
      },
      signal,
    );
    duties.push(...part);
  }
  return duties;
}

function decode(
  api: BeaconApi,
  body: unknown,
  asked: readonly ValidatorIndex[],
  holders: Map<number, ValidatorIndex>,
): readonly SyncDuty[] {
  const answer = parseObject(body, "answer");
  if (parseOptimistic(answer)) throw api.fault(ROUTE, "NOT_READY", "its head is optimistic");
  const left = new Set<ValidatorIndex>(asked);
  return parseList(answer.data, "data", asked.length).map((item) => {
    const duty = parseDuty(item);
    if (!left.delete(duty.validatorIndex)) {
      throw new InvalidValueError(`validator ${duty.validatorIndex} was not asked for, or comes twice`);
    }
    for (const seat of duty.seats) {
      if (holders.has(seat)) throw new InvalidValueError(`seat ${seat} comes twice`);
      holders.set(seat, duty.validatorIndex);
    }
    return duty;
  });
}

function parseDuty(value: unknown): SyncDuty {
  const field = "validator_sync_committee_indices";
  const duty = parseObject(value, "duty");
  const seats = parseList(duty[field], field, SYNC_COMMITTEE_SIZE).map((item) => {
    const seat = parseUint(item, field);
    if (seat < SYNC_COMMITTEE_SIZE) return seat;
    throw new InvalidValueError(`${field} ${seat} is not below ${SYNC_COMMITTEE_SIZE}`);
  });
  if (seats.length === 0) throw new InvalidValueError(`${field} is empty`);
  return {
    pubkey: parsePubkey(duty.pubkey, "pubkey"),
    validatorIndex: parseValidatorIndex(duty.validator_index, "validator_index"),
    seats,
  };
}
