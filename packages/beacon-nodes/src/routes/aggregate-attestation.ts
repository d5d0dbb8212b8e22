import {attestationDataToSsz, attestationFromSsz, electraTypesAt, type NetworkConfig} from "@mote/consensus";
import {type Attestation, type CommitteeIndex, InvalidValueError, type Root, rootToHex, type Slot} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {AGGREGATE_SIZE_BYTES_MAX} from "../limits.ts";
import {dataOf, parseAttestation} from "./decode.ts";
import {hasNoVotes} from "./not-ready.ts";

const ROUTE: Route = {
  method: "GET",
  template: "/eth/v2/validator/aggregate_attestation",
  sizeBytesMax: AGGREGATE_SIZE_BYTES_MAX,
  totalTimeoutMs: 4_000,
};

export interface AggregateCall {
  readonly slot: Slot;
  readonly attestationDataRoot: Root;
  readonly committeeIndex: CommitteeIndex;
}

/** Checked on arrival: the aggregate is of exactly the data with this root and of this committee alone. */
export function aggregateAttestation(
  api: BeaconApi,
  config: NetworkConfig,
  {slot, attestationDataRoot, committeeIndex}: AggregateCall,
  signal?: AbortSignal,
): Promise<Attestation> {
  const types = electraTypesAt(config, slot);
  const ofThisVote = (attestation: Attestation): Attestation => {
    const root = rootToHex(types.AttestationData.hashTreeRoot(attestationDataToSsz(attestation.data)));
    if (root !== attestationDataRoot) throw new InvalidValueError("the aggregate is of other data than asked for");
    if (!isOnlyBit(attestation.committeeBits.bits, committeeIndex)) {
      throw new InvalidValueError(`the aggregate is not of committee ${committeeIndex} alone`);
    }
    if (!attestation.aggregationBits.bits.some((byte) => byte !== 0)) throw hasNoVotes(api, ROUTE);
    return attestation;
  };
  return api.call(
    {
      route: ROUTE,
      path: `${ROUTE.template}?attestation_data_root=${attestationDataRoot}&slot=${slot}&committee_index=${committeeIndex}`,
      fromJson: (body) => ofThisVote(parseAttestation(dataOf(body))),
      onStatus: (status) => {
        if (status === 204) throw hasNoVotes(api, ROUTE);
        return undefined;
      },
      fromSsz: (bytes) => ofThisVote(attestationFromSsz(types.Attestation.deserialize(bytes))),
    },
    signal,
  );
}

const isOnlyBit = (bits: Uint8Array, index: number): boolean =>
  bits.every((byte, at) => byte === (at === index >> 3 ? 1 << (index & 7) : 0)) && index >> 3 < bits.length;
