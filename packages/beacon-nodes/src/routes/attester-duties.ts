import {
  type AttesterDuties,
  type AttesterDuty,
  type CommitteeIndex,
  type Epoch,
  InvalidValueError,
  parseCommitteeIndex,
  parsePubkey,
  parseRoot,
  parseSlot,
  parseUint,
  parseValidatorIndex,
  type ValidatorIndex,
} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {DUTIES_SIZE_BYTES_MAX} from "../limits.ts";
import {COMMITTEES_PER_SLOT_MAX, parseList, parseObject, parseOptimistic} from "./decode.ts";
import {dutiesInParts} from "./duties-in-parts.ts";

const ROUTE: Route = {
  method: "POST",
  template: "/eth/v1/validator/duties/attester/{epoch}",
  sizeBytesMax: DUTIES_SIZE_BYTES_MAX,
  totalTimeoutMs: 10_000,
};

/** phase0: MAX_VALIDATORS_PER_COMMITTEE, the same in all presets. */
const VALIDATORS_PER_COMMITTEE_MAX = 2_048;

export interface AttesterDutiesRequest {
  readonly epoch: Epoch;
  readonly indices: readonly ValidatorIndex[];
  readonly slotsPerEpoch: number;
}

/** Checked on arrival: every duty lies in the epoch, belongs to an asked index, and no index has two. */
export async function attesterDuties(
  api: BeaconApi,
  request: AttesterDutiesRequest,
  signal?: AbortSignal,
): Promise<AttesterDuties> {
  const {epoch, indices} = request;
  const path = `/eth/v1/validator/duties/attester/${epoch}`;
  const decodePart = (body: unknown, part: readonly ValidatorIndex[]) => decode(api, body, {...request, indices: part});
  return dutiesInParts(api, {route: ROUTE, path, epoch, indices, decode: decodePart}, signal);
}

function decode(
  api: BeaconApi,
  body: unknown,
  {epoch, indices, slotsPerEpoch}: AttesterDutiesRequest,
): Pick<AttesterDuties, "dependentRoot" | "duties"> {
  const answer = parseObject(body, "answer");
  if (parseOptimistic(answer)) throw api.fault(ROUTE, "NOT_READY", "its head is optimistic");
  const left = new Set<ValidatorIndex>(indices);
  const duties = parseList(answer.data, "data", indices.length).map((item) => {
    const duty = parseDuty(item);
    if (Math.floor(duty.slot / slotsPerEpoch) !== epoch)
      throw new InvalidValueError(`slot ${duty.slot} is not in epoch ${epoch}`);
    if (!left.delete(duty.validatorIndex)) {
      throw new InvalidValueError(`validator ${duty.validatorIndex} was not asked for, or comes twice`);
    }
    return duty;
  });
  return {dependentRoot: parseRoot(answer.dependent_root, "dependent_root"), duties};
}

function parseDuty(value: unknown): AttesterDuty {
  const duty = parseObject(value, "duty");
  const committeesAtSlot = upTo(COMMITTEES_PER_SLOT_MAX, duty.committees_at_slot, "committees_at_slot");
  const committeeLength = upTo(VALIDATORS_PER_COMMITTEE_MAX, duty.committee_length, "committee_length");
  return {
    pubkey: parsePubkey(duty.pubkey, "pubkey"),
    validatorIndex: parseValidatorIndex(duty.validator_index, "validator_index"),
    slot: parseSlot(duty.slot, "slot"),
    committeeIndex: below(
      parseCommitteeIndex(duty.committee_index, "committee_index"),
      committeesAtSlot,
      "committee_index",
    ),
    committeeLength,
    committeesAtSlot,
    validatorCommitteeIndex: below(
      parseUint(duty.validator_committee_index, "validator_committee_index"),
      committeeLength,
      "validator_committee_index",
    ),
  };
}

function upTo(max: number, value: unknown, field: string): number {
  const parsed = parseUint(value, field);
  if (parsed <= max) return parsed;
  throw new InvalidValueError(`${field} ${parsed} is above ${max}`);
}

function below<T extends number | CommitteeIndex>(value: T, limit: number, field: string): T {
  if (value < limit) return value;
  throw new InvalidValueError(`${field} ${value} is not below ${limit}`);
}
