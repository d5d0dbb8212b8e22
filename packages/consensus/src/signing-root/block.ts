import {DOMAIN_BEACON_PROPOSER, type ForkPostElectra} from "@lodestar/params";
import {type BeaconBlock, type BlindedBeaconBlock, type phase0, ssz} from "@lodestar/types";
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
  return blockHeaderRoot(blockHeader(config, block));
}

/** A block and its header have one root. */
export const blockHeaderRoot = (header: phase0.BeaconBlockHeader): Uint8Array =>
  ssz.phase0.BeaconBlockHeader.hashTreeRoot(header);

/** The block with its body's root in place of the body: what is hashed, is hashed here. */
export function blockHeader(config: NetworkConfig, block: BeaconBlock<ForkPostElectra>): phase0.BeaconBlockHeader {
  const {slot, proposerIndex, parentRoot, stateRoot, body} = block;
  if (!("executionPayload" in body)) {
    const {BeaconBlockBody} = electraTypesAt(config, slot as Slot);
    return {slot, proposerIndex, parentRoot, stateRoot, bodyRoot: BeaconBlockBody.hashTreeRoot(body)};
  }
  const {transactions, withdrawals, ...payload} = body.executionPayload;
  const executionPayloadHeader = {
    ...payload,
    transactionsRoot: transactionsRoot(transactions),
    withdrawalsRoot: ssz.capella.Withdrawals.hashTreeRoot(withdrawals),
  };
  // A payload and its header have one root: the transactions are the part that is hashed faster here than by the library.
  const blindedBody = {...withoutSymbols(body), executionPayloadHeader};
  return blindedBlockHeader(config, {slot, proposerIndex, parentRoot, stateRoot, body: blindedBody});
}

const withoutSymbols = <Struct extends object>(struct: Struct): Struct =>
  Object.fromEntries(Object.entries(struct)) as Struct;

/**
 * The root of the full block, whose payload's header this block carries: 32 bytes.
 * @throws {InvalidValueError} from Gloas on, which has no blinded blocks
 */
export function blindedBlockRoot(config: NetworkConfig, block: BlindedBeaconBlock<ForkPostElectra>): Uint8Array {
  return blockHeaderRoot(blindedBlockHeader(config, block));
}

/**
 * The header of the full block, whose payload's header this block carries.
 * @throws {InvalidValueError} from Gloas on, which has no blinded blocks
 */
export function blindedBlockHeader(
  config: NetworkConfig,
  {slot, proposerIndex, parentRoot, stateRoot, body}: BlindedBeaconBlock<ForkPostElectra>,
): phase0.BeaconBlockHeader {
  const fork = config.getForkName(slot);
  switch (fork) {
    case "electra":
    case "fulu": {
      const bodyRoot = ssz.electra.BlindedBeaconBlockBody.hashTreeRoot(body);
      return {slot, proposerIndex, parentRoot, stateRoot, bodyRoot};
    }
    default:
      throw new InvalidValueError(`slot ${slot} lies in ${fork}, which has no blinded blocks`);
  }
}

/** For who has the block's root already: hashing a block is the costly part. */
export function blockRootSigningRoot(config: NetworkConfig, slot: Slot, root: Uint8Array): Root {
  return computeSigningRoot(root, domainAtEpoch(config, DOMAIN_BEACON_PROPOSER, computeEpochAtSlot(slot)));
}
