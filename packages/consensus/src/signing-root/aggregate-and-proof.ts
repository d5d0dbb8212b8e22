import {DOMAIN_AGGREGATE_AND_PROOF} from "@lodestar/params";
import type {AggregateAndProof, Root} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {aggregateAndProofToSsz} from "../ssz/attestation.ts";
import {electraTypesAt} from "../ssz/fork-types.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** The domain and the container are those of the aggregate's slot. phase0/validator.md#broadcast-aggregate */
export function aggregateAndProofSigningRoot(config: NetworkConfig, message: AggregateAndProof): Root {
  const {slot} = message.aggregate.data;
  return computeSigningRoot(
    electraTypesAt(config, slot).AggregateAndProof.hashTreeRoot(aggregateAndProofToSsz(message)),
    domainAtEpoch(config, DOMAIN_AGGREGATE_AND_PROOF, computeEpochAtSlot(slot)),
  );
}
