import {attestationFromSsz, blockRoot, type NetworkConfig} from "@mote/consensus";
import {rootToHex, type Slot} from "@mote/core";
import type {SeenBlock} from "@mote/light-client";

/** A block that is there whole. */
export type WholeBlock = Parameters<typeof blockRoot>[1];

/** What of a block is looked at. Computes its root. @throws {InvalidValueError} for a number above 2^53−1 in it */
export function seenBlock(config: NetworkConfig, block: WholeBlock): SeenBlock {
  return {
    slot: block.slot as Slot,
    blockRoot: rootToHex(blockRoot(config, block)),
    parentRoot: rootToHex(block.parentRoot),
    attestations: block.body.attestations.map(attestationFromSsz),
  };
}
