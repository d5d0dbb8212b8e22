import {ForkSeq} from "@lodestar/params";
import type {Slot} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";

/** From Gloas on the beacon node says in `data.index` whether the payload was seen; before, it is always 0. */
export function attestationIndexNamesPayload(config: NetworkConfig, slot: Slot): boolean {
  return config.getForkSeq(slot) >= ForkSeq.gloas;
}

/** Value of the `Eth-Consensus-Version` header for a message of `slot`. */
export function consensusVersion(config: NetworkConfig, slot: Slot): string {
  return config.getForkName(slot);
}
