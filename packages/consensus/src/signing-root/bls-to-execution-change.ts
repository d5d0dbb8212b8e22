import {DOMAIN_BLS_TO_EXECUTION_CHANGE, ForkName} from "@lodestar/params";
import {type capella, ssz} from "@lodestar/types";
import type {Root} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot} from "./domains.ts";

/** The genesis fork version, whatever the epoch. capella/beacon-chain.md#new-process_bls_to_execution_change */
export function blsToExecutionChangeSigningRoot(config: NetworkConfig, change: capella.BLSToExecutionChange): Root {
  return computeSigningRoot(
    ssz.capella.BLSToExecutionChange.hashTreeRoot(change),
    config.getDomainAtFork(ForkName.phase0, DOMAIN_BLS_TO_EXECUTION_CHANGE),
  );
}
