import {ForkSeq} from "@lodestar/params";
import type {Slot} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";

/** From Gloas on the beacon node says in `data.index` whether the payload was seen; before, it is always 0. */
export function attestationIndexNamesPayload(config: NetworkConfig, slot: Slot): boolean {
  return config.getForkSeq(slot) >= ForkSeq.gloas;
}

/** From Gloas on a block commits to a bid, and the payload comes after it; before, the block has the payload in it or is blinded. */
export function blockCommitsToBid(config: NetworkConfig, slot: Slot): boolean {
  return config.getForkSeq(slot) >= ForkSeq.gloas;
}

/** Value of the `Eth-Consensus-Version` header for a message of `slot`. */
export function consensusVersion(config: NetworkConfig, slot: Slot): string {
  return config.getForkName(slot);
}
