import {DOMAIN_CONTRIBUTION_AND_PROOF} from "@lodestar/params";
import {type altair, ssz} from "@lodestar/types";
import type {Root, Slot} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** altair/validator.md#broadcast-sync-committee-contribution */
export function contributionAndProofSigningRoot(config: NetworkConfig, message: altair.ContributionAndProof): Root {
  const epoch = computeEpochAtSlot(message.contribution.slot as Slot);
  return computeSigningRoot(
    ssz.altair.ContributionAndProof.hashTreeRoot(message),
    domainAtEpoch(config, DOMAIN_CONTRIBUTION_AND_PROOF, epoch),
  );
}
