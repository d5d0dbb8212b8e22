import {DOMAIN_BEACON_BUILDER} from "@lodestar/params";
import {type gloas, ssz} from "@lodestar/types";
import type {Root, Slot} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** Signed by the proposer itself when it built the payload. gloas/builder.md#constructing-the-signedexecutionpayloadenvelope */
export function executionPayloadEnvelopeSigningRoot(
  config: NetworkConfig,
  envelope: gloas.ExecutionPayloadEnvelope,
): Root {
  const epoch = computeEpochAtSlot(envelope.payload.slotNumber as Slot);
  return computeSigningRoot(
    ssz.gloas.ExecutionPayloadEnvelope.hashTreeRoot(envelope),
    domainAtEpoch(config, DOMAIN_BEACON_BUILDER, epoch),
  );
}
