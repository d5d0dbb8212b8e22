import {
  type Epoch,
  InvalidValueError,
  type ProposerDuties,
  type ProposerDuty,
  parsePubkey,
  parseRoot,
  parseSlot,
  parseValidatorIndex,
  type Slot,
} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {PROPOSER_DUTIES_SIZE_BYTES_MAX} from "../limits.ts";
import {parseList, parseObject, parseOptimistic} from "./decode.ts";

const route = (template: string): Route => ({
  method: "GET",
  template,
  sizeBytesMax: PROPOSER_DUTIES_SIZE_BYTES_MAX,
  totalTimeoutMs: 10_000,
});
const V2 = route("/eth/v2/validator/duties/proposer/{epoch}");
const V1 = route("/eth/v1/validator/duties/proposer/{epoch}");

export interface ProposerDutiesRequest {
  readonly epoch: Epoch;
  readonly slotsPerEpoch: number;
}

/** Checked on arrival: every duty lies in the epoch, and no slot comes twice. Nodes without v2 tell another dependent root. */
export async function proposerDuties(
  api: BeaconApi,
  request: ProposerDutiesRequest,
  signal?: AbortSignal,
): Promise<ProposerDuties> {
  const {epoch} = request;
  const v1 = () => ask(api, V1, `/eth/v1/validator/duties/proposer/${epoch}`, epoch, request, signal);
  if (api.dialect.has(`route_missing ${V2.template}`)) return v1();
  try {
    const dependentEpoch = Math.max(0, epoch - 1) as Epoch;
    return await ask(api, V2, `/eth/v2/validator/duties/proposer/${epoch}`, dependentEpoch, request, signal);
  } catch (error) {
    if (!(error instanceof BeaconNodeError) || !error.isRouteMissing) throw error;
  }
  const duties = await v1();
  // Only an answer shows that the route was missing and not the epoch.
  api.dialect.add(`route_missing ${V2.template}`);
  return duties;
}

function ask(
  api: BeaconApi,
  route: Route,
  path: string,
  dependentEpoch: Epoch,
  {epoch, slotsPerEpoch}: ProposerDutiesRequest,
  signal: AbortSignal | undefined,
): Promise<ProposerDuties> {
  const fromJson = (body: unknown): ProposerDuties => {
    const answer = parseObject(body, "answer");
    if (parseOptimistic(answer)) throw api.fault(route, "NOT_READY", "its head is optimistic");
    const seen = new Set<Slot>();
    const duties = parseList(answer.data, "data", slotsPerEpoch).map((item) => {
      const duty = parseDuty(item);
      if (Math.floor(duty.slot / slotsPerEpoch) !== epoch)
        throw new InvalidValueError(`slot ${duty.slot} is not in epoch ${epoch}`);
      if (seen.has(duty.slot)) throw new InvalidValueError(`slot ${duty.slot} comes twice`);
      seen.add(duty.slot);
      return duty;
    });
    return {epoch, dependentRoot: parseRoot(answer.dependent_root, "dependent_root"), dependentEpoch, duties};
  };
  return api.call({route, path, fromJson}, signal);
}

function parseDuty(value: unknown): ProposerDuty {
  const duty = parseObject(value, "duty");
  return {
    pubkey: parsePubkey(duty.pubkey, "pubkey"),
    validatorIndex: parseValidatorIndex(duty.validator_index, "validator_index"),
    slot: parseSlot(duty.slot, "slot"),
  };
}
