import {blindedBlockRoot, type NetworkConfig, blockRoot as rootOf} from "@mote/consensus";
import {type ProducedBlock, type Root, rootToHex} from "@mote/core";

/** The root by which the chain knows the block; a blinded block has that of the full one. */
export function blockRoot(config: NetworkConfig, {kind, block}: ProducedBlock): Root {
  return rootToHex(kind === "blinded" ? blindedBlockRoot(config, block) : rootOf(config, block));
}
