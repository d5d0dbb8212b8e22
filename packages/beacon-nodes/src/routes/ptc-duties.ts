import {
  type Epoch,
  InvalidValueError,
  type PtcDuties,
  type PtcDuty,
  parsePubkey,
  parseRoot,
  parseSlot,
  parseValidatorIndex,
  type ValidatorIndex,
} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {DUTIES_SIZE_BYTES_MAX} from "../limits.ts";
import {parseList, parseObject, parseOptimistic} from "./decode.ts";
import {dutiesInParts} from "./duties-in-parts.ts";

const ROUTE: Route = {
  method: "POST",
  template: "/eth/v1/validator/duties/ptc/{epoch}",
  sizeBytesMax: DUTIES_SIZE_BYTES_MAX,
  totalTimeoutMs: 10_000,
};

export interface PtcDutiesRequest {
  readonly epoch: Epoch;
  readonly indices: readonly ValidatorIndex[];
  readonly slotsPerEpoch: number;
}

/** Checked on arrival: every duty lies in the epoch and belongs to an asked index, and no index has two in one slot. */
export async function ptcDuties(api: BeaconApi, request: PtcDutiesRequest, signal?: AbortSignal): Promise<PtcDuties> {
  const {epoch, indices} = request;
  const path = `/eth/v1/validator/duties/ptc/${epoch}`;
  const decodePart = (body: unknown, part: readonly ValidatorIndex[]) => decode(api, body, {...request, indices: part});
  return dutiesInParts(api, {route: ROUTE, path, epoch, indices, decode: decodePart}, signal);
}

function decode(
  api: BeaconApi,
  body: unknown,
  {epoch, indices, slotsPerEpoch}: PtcDutiesRequest,
): Pick<PtcDuties, "dependentRoot" | "duties"> {
  const answer = parseObject(body, "answer");
  if (parseOptimistic(answer)) throw api.fault(ROUTE, "NOT_READY", "its head is optimistic");
  const asked = new Set<ValidatorIndex>(indices);
  const seen = new Set<string>();
  // Seats are drawn with repetition: an index may serve in several slots of an epoch.
  const duties = parseList(answer.data, "data", indices.length * slotsPerEpoch).map((item) => {
    const duty = parseDuty(item);
    if (Math.floor(duty.slot / slotsPerEpoch) !== epoch)
      throw new InvalidValueError(`slot ${duty.slot} is not in epoch ${epoch}`);
    if (!asked.has(duty.validatorIndex))
      throw new InvalidValueError(`validator ${duty.validatorIndex} was not asked for`);
    const key = `${duty.slot} ${duty.validatorIndex}`;
    if (seen.has(key)) throw new InvalidValueError(`validator ${duty.validatorIndex} comes twice in slot ${duty.slot}`);
    seen.add(key);
    return duty;
  });
  return {dependentRoot: parseRoot(answer.dependent_root, "dependent_root"), duties};
}

function parseDuty(value: unknown): PtcDuty {
  const duty = parseObject(value, "duty");
  return {
    pubkey: parsePubkey(duty.pubkey, "pubkey"),
    validatorIndex: parseValidatorIndex(duty.validator_index, "validator_index"),
    slot: parseSlot(duty.slot, "slot"),
  };
}
