import {DOMAIN_BEACON_ATTESTER} from "@lodestar/params";
import {ssz} from "@lodestar/types";
import type {AttestationData, Root} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";
import {attestationDataToSsz} from "../ssz/attestation.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** The domain is the target epoch's. phase0/validator.md#aggregate-signature */
export function attestationSigningRoot(config: NetworkConfig, data: AttestationData): Root {
  return computeSigningRoot(
    ssz.phase0.AttestationData.hashTreeRoot(attestationDataToSsz(data)),
    domainAtEpoch(config, DOMAIN_BEACON_ATTESTER, data.target.epoch),
  );
}

/** By this root the beacon node is asked for the aggregate of exactly this data. */
export function attestationDataRoot(data: AttestationData): Uint8Array {
  return ssz.phase0.AttestationData.hashTreeRoot(attestationDataToSsz(data));
}
