import type {NetworkConfig} from "@mote/consensus";
import {bytesToHex, type ProducedBlock, type Signature, type Slot, type ValidatorIndex} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {BLOCKING_TIMEOUT_MS} from "../limits.ts";
import type {AskedBlock} from "./block-answer.ts";
import {type BlockTypes, producedBlockSizeBytesMax} from "./block-types.ts";

/** What the two ways of asking for a block share. */

/** Builders may take up to three seconds of it. */
const PRODUCTION_TIMEOUT_MS = 8_000;

export interface BlockCall {
  readonly slot: Slot;
  readonly proposerIndex: ValidatorIndex;
  readonly randaoReveal: Signature;
  /** 32 bytes; null leaves it to the node. */
  readonly graffiti: Uint8Array | null;
  /** See `BlockRequest`. */
  readonly builderBoostFactor: bigint;
}

export interface BlockProposal {
  readonly produced: ProducedBlock;
  /** What the proposer gets, by the node's word; 0 when it does not say. */
  readonly consensusValueWei: bigint;
  /** As above. From Gloas on nodes do not say it. */
  readonly executionValueWei: bigint;
}

export interface Production<Kind extends BlockTypes["kind"]> {
  readonly config: NetworkConfig;
  readonly call: BlockCall;
  readonly types: Extract<BlockTypes, {kind: Kind}>;
}

export const productionRoute = (api: BeaconApi, config: NetworkConfig, template: string, slot: Slot): Route => ({
  method: "GET",
  template,
  sizeBytesMax: producedBlockSizeBytesMax(config, slot),
  totalTimeoutMs: api.distributed ? BLOCKING_TIMEOUT_MS : PRODUCTION_TIMEOUT_MS,
});

export function productionQuery({randaoReveal, graffiti, builderBoostFactor}: BlockCall): string {
  const ofGraffiti = graffiti === null ? "" : `&graffiti=${bytesToHex(graffiti)}`;
  return `randao_reveal=${bytesToHex(randaoReveal)}${ofGraffiti}&builder_boost_factor=${builderBoostFactor}`;
}

/** What the block must show of the question. */
export const askedOf = (api: BeaconApi, {slot, proposerIndex, randaoReveal}: BlockCall): AskedBlock => ({
  slot,
  proposerIndex,
  randaoReveal: api.distributed ? null : randaoReveal,
});
