import {
  attestationDataFromSsz,
  attestationIndexNamesPayload,
  electraTypesAt,
  type NetworkConfig,
} from "@mote/consensus";
import {type AttestationData, type CommitteeIndex, InvalidValueError, type Slot} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {SMALL_BODY_SIZE_BYTES_MAX} from "../limits.ts";
import {dataOf, parseAttestationData, parseObject, parseOptimistic} from "./decode.ts";

const ROUTE: Route = {
  method: "GET",
  template: "/eth/v1/validator/attestation_data",
  sizeBytesMax: SMALL_BODY_SIZE_BYTES_MAX,
  // Some nodes answer only when the slot's block came or its vote is due: a third of a slot, at most 4 s.
  totalTimeoutMs: 4_000,
};

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
  // Several clients demand the committee before Gloas; from Gloas on the API asks to leave it out.
  const committee = attestationIndexNamesPayload(config, slot) ? "" : `&committee_index=${committeeIndex}`;
  const type = electraTypesAt(config, slot).AttestationData;
  return api.call(
    {
      route: ROUTE,
      path: `${ROUTE.template}?slot=${slot}${committee}`,
      fromJson: (body) => {
        // The API has no such field here; a node that says it all the same is taken at its word.
        if (parseOptimistic(parseObject(body, "answer"))) throw api.fault(ROUTE, "NOT_READY", "its head is optimistic");
        return ofThisSlot(parseAttestationData(dataOf(body)));
      },
      fromSsz: (bytes) => ofThisSlot(attestationDataFromSsz(type.deserialize(bytes))),
    },
    signal,
  );
}
