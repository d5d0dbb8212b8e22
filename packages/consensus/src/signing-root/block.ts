import {DOMAIN_BEACON_PROPOSER, type ForkPostElectra} from "@lodestar/params";
import {type BeaconBlock, type BlindedBeaconBlock, ssz} from "@lodestar/types";
import {InvalidValueError, type Root, type Slot} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {electraTypesAt} from "../ssz/fork-types.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** phase0/validator.md#signature */
export function blockSigningRoot(config: NetworkConfig, block: BeaconBlock<ForkPostElectra>): Root {
  const slot = block.slot as Slot;
  return blockRootSigningRoot(config, slot, electraTypesAt(config, slot).BeaconBlock.hashTreeRoot(block));
}

/**
 * The same root as the full block's, whose payload's header this block carries.
 * @throws {InvalidValueError} from Gloas on, which has no blinded blocks
 */
export function blindedBlockSigningRoot(config: NetworkConfig, block: BlindedBeaconBlock<ForkPostElectra>): Root {
  const slot = block.slot as Slot;
  switch (config.getForkName(slot)) {
    case "electra":
    case "fulu":
      return blockRootSigningRoot(config, slot, ssz.electra.BlindedBeaconBlock.hashTreeRoot(block));
    default:
      throw new InvalidValueError(`slot ${slot} lies in ${config.getForkName(slot)}, which has no blinded blocks`);
  }
}

function blockRootSigningRoot(config: NetworkConfig, slot: Slot, blockRoot: Uint8Array): Root {
  return computeSigningRoot(blockRoot, domainAtEpoch(config, DOMAIN_BEACON_PROPOSER, computeEpochAtSlot(slot)));
}
