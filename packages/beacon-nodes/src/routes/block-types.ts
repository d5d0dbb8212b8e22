import {computeEpochAtSlot, type NetworkConfig, ssz} from "@mote/consensus";
import type {ProducedBlock, Slot} from "@mote/core";
import {BLOB_JSON_SIZE_BYTES_MAX, BLOCK_SIZE_BYTES_MAX} from "../limits.ts";

/** Shapes of blocks by fork: with their payload before Gloas, with a bid for one since. */

export type FullBlock = Extract<ProducedBlock, {kind: "full"}>["block"];
export type BlindedBlock = Extract<ProducedBlock, {kind: "blinded"}>["block"];
export type BidBlock = Extract<ProducedBlock, {kind: "bid"}>["block"];
export type Envelope = NonNullable<Extract<ProducedBlock, {kind: "bid"}>["payload"]>["envelope"];

type FuluTypes = typeof ssz.fulu;
type GloasTypes = typeof ssz.gloas;

export type BlockTypes =
  | {
      readonly kind: "payload";
      readonly types: Pick<
        FuluTypes,
        "BeaconBlock" | "BlockContents" | "SignedBlockContents" | "BlindedBeaconBlock" | "SignedBlindedBeaconBlock"
      >;
      /** Fulu: one for each cell of an extended blob (EIP-7594). */
      readonly proofsPerBlob: number;
    }
  | {
      readonly kind: "bid";
      readonly types: Pick<
        GloasTypes,
        | "BeaconBlock"
        | "SignedBeaconBlock"
        | "BlockContents"
        | "ExecutionPayloadEnvelope"
        | "ExecutionRequests"
        | "SignedExecutionPayloadEnvelope"
        | "SignedExecutionPayloadEnvelopeContents"
      >;
      readonly proofsPerBlob: number;
    };

/** fulu/polynomial-commitments-sampling.md, the same in all presets. */
const CELLS_PER_EXT_BLOB = 128;

/** @throws {Error} before Electra */
export function blockTypesAt(config: NetworkConfig, slot: Slot): BlockTypes {
  const fork = config.getForkName(slot);
  switch (fork) {
    case "electra": {
      const {BeaconBlock, BlockContents, SignedBlockContents, BlindedBeaconBlock, SignedBlindedBeaconBlock} =
        ssz.electra;
      // The two forks differ in how long a list of proofs may be, which is no part of the types' values.
      const types = {
        BeaconBlock,
        BlockContents,
        SignedBlockContents,
        BlindedBeaconBlock,
        SignedBlindedBeaconBlock,
      } as FuluTypes;
      return {kind: "payload", types, proofsPerBlob: 1};
    }
    case "fulu":
      return {kind: "payload", types: ssz.fulu, proofsPerBlob: CELLS_PER_EXT_BLOB};
    case "gloas":
      return {kind: "bid", types: ssz.gloas, proofsPerBlob: CELLS_PER_EXT_BLOB};
    default:
      throw new Error(`slot ${slot} lies in ${fork}, whose blocks Mote does not speak`);
  }
}

export const blobsPerBlockMax = (config: NetworkConfig, slot: Slot): number =>
  config.getMaxBlobsPerBlock(computeEpochAtSlot(slot));

/** Of an answer with a block, its payload and all blobs that the fork allows. */
export const producedBlockSizeBytesMax = (config: NetworkConfig, slot: Slot): number =>
  BLOCK_SIZE_BYTES_MAX + blobsPerBlockMax(config, slot) * BLOB_JSON_SIZE_BYTES_MAX;
