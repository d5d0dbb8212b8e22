import {DOMAIN_PTC_ATTESTER} from "@lodestar/params";
import {type gloas, ssz} from "@lodestar/types";
import type {Root, Slot} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** gloas/validator.md#constructing-a-payload-attestation */
export function payloadAttestationSigningRoot(config: NetworkConfig, data: gloas.PayloadAttestationData): Root {
  return computeSigningRoot(
    ssz.gloas.PayloadAttestationData.hashTreeRoot(data),
    domainAtEpoch(config, DOMAIN_PTC_ATTESTER, computeEpochAtSlot(data.slot as Slot)),
  );
}
