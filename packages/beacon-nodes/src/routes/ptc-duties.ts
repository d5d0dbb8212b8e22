import {
  type Epoch,
  InvalidValueError,
  type PtcDuties,
  type PtcDuty,
  parsePubkey,
  parseRoot,
  parseSlot,
  parseValidatorIndex,
  type Root,
  type ValidatorIndex,
} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {DUTIES_PER_REQUEST_MAX, DUTIES_SIZE_BYTES_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import {parseList, parseObject, parseOptimistic} from "./decode.ts";

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
  const duties: PtcDuty[] = [];
  let dependentRoot: Root | null = null;
  for (const batch of chunked(indices, DUTIES_PER_REQUEST_MAX)) {
    const part = await api.call(
      {
        route: ROUTE,
        path: `/eth/v1/validator/duties/ptc/${epoch}`,
        body: {json: () => batch.map(String)},
        fromJson: (body) => decode(api, body, {...request, indices: batch}),
      },
      signal,
    );
    if (dependentRoot !== null && part.dependentRoot !== dependentRoot) {
      throw api.fault(ROUTE, "MALFORMED", "the dependent root changed between two parts of the answer");
    }
    dependentRoot = part.dependentRoot;
    duties.push(...part.duties);
  }
  if (dependentRoot === null) throw new Error("payload committee duties of no validator at all were asked for");
  return {epoch, dependentRoot, duties};
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
