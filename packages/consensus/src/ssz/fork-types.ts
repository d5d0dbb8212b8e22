import {type ForkPostElectra, isForkPostElectra} from "@lodestar/params";
import {type SSZTypesFor, sszTypesFor} from "@lodestar/types";
import type {Slot} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";

/**
 * The SSZ types of the fork at `slot`. Containers with the same fields hash differently from Gloas on, so a message's own slot decides.
 * @throws {Error} before Electra, whose attestation formats Mote does not speak
 */
export function electraTypesAt(config: NetworkConfig, slot: Slot): SSZTypesFor<ForkPostElectra> {
  const fork = config.getForkName(slot);
  if (!isForkPostElectra(fork)) throw new Error(`slot ${slot} lies in ${fork}; Mote speaks Electra and later forks`);
  return sszTypesFor(fork) as SSZTypesFor<ForkPostElectra>;
}
