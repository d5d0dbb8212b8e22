import {DOMAIN_BEACON_PROPOSER, type ForkPostElectra} from "@lodestar/params";
import {type BeaconBlock, type BlindedBeaconBlock, ssz} from "@lodestar/types";
import {InvalidValueError, type Root, type Slot} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {electraTypesAt} from "../ssz/fork-types.ts";
import {transactionsRoot} from "../ssz/transactions-root.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** phase0/validator.md#signature */
export function blockSigningRoot(config: NetworkConfig, block: BeaconBlock<ForkPostElectra>): Root {
  return blockRootSigningRoot(config, block.slot as Slot, blockRoot(config, block));
}

/**
 * The same root as the full block's, whose payload's header this block carries.
 * @throws {InvalidValueError} from Gloas on, which has no blinded blocks
 */
export function blindedBlockSigningRoot(config: NetworkConfig, block: BlindedBeaconBlock<ForkPostElectra>): Root {
  return blockRootSigningRoot(config, block.slot as Slot, blindedBlockRoot(config, block));
}

/** The root by which the chain knows the block: 32 bytes. */
export function blockRoot(config: NetworkConfig, block: BeaconBlock<ForkPostElectra>): Uint8Array {
  const {BeaconBlock} = electraTypesAt(config, block.slot as Slot);
  const {slot, proposerIndex, parentRoot, stateRoot, body} = block;
  if (!("executionPayload" in body)) return BeaconBlock.hashTreeRoot(block);
  const {transactions, withdrawals, ...payload} = body.executionPayload;
  const executionPayloadHeader = {
    ...payload,
    transactionsRoot: transactionsRoot(transactions),
    withdrawalsRoot: ssz.capella.Withdrawals.hashTreeRoot(withdrawals),
  };
  // A payload and its header have one root: the transactions are the part that is hashed faster here than by the library.
  const blindedBody = {...withoutSymbols(body), executionPayloadHeader};
  return blindedBlockRoot(config, {slot, proposerIndex, parentRoot, stateRoot, body: blindedBody});
}

const withoutSymbols = <Struct extends object>(struct: Struct): Struct =>
  Object.fromEntries(Object.entries(struct)) as Struct;

/**
 * The root of the full block, whose payload's header this block carries: 32 bytes.
 * @throws {InvalidValueError} from Gloas on, which has no blinded blocks
 */
export function blindedBlockRoot(config: NetworkConfig, block: BlindedBeaconBlock<ForkPostElectra>): Uint8Array {
  const fork = config.getForkName(block.slot);
  switch (fork) {
    case "electra":
    case "fulu":
      return ssz.electra.BlindedBeaconBlock.hashTreeRoot(block);
    default:
      throw new InvalidValueError(`slot ${block.slot} lies in ${fork}, which has no blinded blocks`);
  }
}

/** For who has the block's root already: hashing a block is the costly part. */
export function blockRootSigningRoot(config: NetworkConfig, slot: Slot, root: Uint8Array): Root {
  return computeSigningRoot(root, domainAtEpoch(config, DOMAIN_BEACON_PROPOSER, computeEpochAtSlot(slot)));
}
