import type {BeaconConfig} from "@lodestar/config";
import {type SignedBeaconBlock, sszTypesFor} from "@lodestar/types";
import {hexToBytes} from "@mote/core";
import type {ChainBlock} from "./types.ts";

/** The genesis block was never signed: its body is empty and its signature zero. */
export function signedBlockOf(config: BeaconConfig, block: ChainBlock): SignedBeaconBlock {
  if (block.signed !== null) return block.signed;
  const signed = sszTypesFor(config.getForkName(block.slot)).SignedBeaconBlock.defaultValue();
  signed.message.stateRoot = hexToBytes(block.stateRoot);
  return signed;
}
