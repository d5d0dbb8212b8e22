import {
  attestationDataFromSsz,
  attestationIndexNamesPayload,
  electraTypesAt,
  type NetworkConfig,
} from "@mote/consensus";
import {type AttestationData, type CommitteeIndex, InvalidValueError, type Slot} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {BLOCKING_TIMEOUT_MS, SMALL_BODY_SIZE_BYTES_MAX} from "../limits.ts";
import {dataOf, parseAttestationData, parseObject, parseOptimistic} from "./decode.ts";

const ROUTE: Route = {
  method: "GET",
  template: "/eth/v1/validator/attestation_data",
  sizeBytesMax: SMALL_BODY_SIZE_BYTES_MAX,
  // Some nodes answer only when the slot's block came or its vote is due: a third of a slot, at most 4 s.
  totalTimeoutMs: 4_000,
};
/** The middleware of a distributed validator answers when its cluster has agreed. */
const BLOCKING_ROUTE: Route = {...ROUTE, totalTimeoutMs: BLOCKING_TIMEOUT_MS};

export interface AttestationDataCall {
  readonly slot: Slot;
  readonly committeeIndex: CommitteeIndex;
}

export function attestationData(
  api: BeaconApi,
  config: NetworkConfig,
  {slot, committeeIndex}: AttestationDataCall,
  signal?: AbortSignal,
): Promise<AttestationData> {
  const ofThisSlot = (data: AttestationData): AttestationData => {
    if (data.slot === slot) return data;
    throw new InvalidValueError(`data are for slot ${data.slot}, asked for was ${slot}`);
  };
  const route = api.distributed ? BLOCKING_ROUTE : ROUTE;
  // Several clients demand the committee before Gloas; from Gloas on the API asks to leave it out. That middleware always wants it.
  const isLeftOut = attestationIndexNamesPayload(config, slot) && !api.distributed;
  const committee = isLeftOut ? "" : `&committee_index=${committeeIndex}`;
  const type = electraTypesAt(config, slot).AttestationData;
  return api.call(
    {
      route,
      path: `${ROUTE.template}?slot=${slot}${committee}`,
      fromJson: (body) => {
        // The API has no such field here; a node that says it all the same is taken at its word.
        if (parseOptimistic(parseObject(body, "answer"))) throw api.fault(route, "NOT_READY", "its head is optimistic");
        return ofThisSlot(parseAttestationData(dataOf(body)));
      },
      fromSsz: (bytes) => ofThisSlot(attestationDataFromSsz(type.deserialize(bytes))),
    },
    signal,
  );
}
