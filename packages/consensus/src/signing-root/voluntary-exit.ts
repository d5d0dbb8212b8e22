import {DOMAIN_VOLUNTARY_EXIT, ForkName} from "@lodestar/params";
import {type phase0, ssz} from "@lodestar/types";
import type {Root} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot} from "./domains.ts";

/** Capella's version for good (EIP-7044): an exit signed once stays valid. deneb/beacon-chain.md#modified-process_voluntary_exit */
export function voluntaryExitSigningRoot(config: NetworkConfig, exit: phase0.VoluntaryExit): Root {
  return computeSigningRoot(
    ssz.phase0.VoluntaryExit.hashTreeRoot(exit),
    config.getDomainAtFork(ForkName.capella, DOMAIN_VOLUNTARY_EXIT),
  );
}
