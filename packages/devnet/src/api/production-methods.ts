import {ApiError} from "@lodestar/api/server";
import {isForkPostGloas} from "@lodestar/params";
import {type electra, type gloas, ProducedBlockSource} from "@lodestar/types";
import type {ExecutionAddress, Root, Slot} from "@mote/core";
import {hexToBytes, rootToHex} from "@mote/core";
import type {BlockRequest, UnsignedBlock} from "../chain/types.ts";
import type {BeaconView} from "./beacon-view.ts";
import {requestFor, wrongBlock} from "./lies/wrong-block.ts";
import type {Methods} from "./methods.ts";
import type {ProducedEnvelopes} from "./produced-envelopes.ts";

type ProduceBlockArgs = Parameters<NonNullable<Methods<"validator">["produceBlockV3"]>>[0];

const BOOST_FACTOR_MAX = 2n ** 64n - 1n;
const GRAFFITI_BYTES = 32;
const SIGNATURE_BYTES = 96;

/** Blocks for validators to sign, and the payloads that belong to them. */
export function productionMethods(view: BeaconView, envelopes: ProducedEnvelopes): Methods<"validator"> {
  const produce = (args: ProduceBlockArgs): UnsignedBlock => {
    view.refuseOptimistic();
    // What a block on another head would hold is not known here.
    if (view.headRoot !== view.chain.head.root) throw new ApiError(503, "The head is too far behind");
    const how = view.faults.lies["wrong-block"];
    const produced = view.chain.produceBlock(args.slot as Slot, requestFor(how, requestOf(args)));
    if ("refused" in produced) throw new ApiError(400, `No block: ${produced.refused}`);
    return wrongBlock(how, produced, view.chain.pubkeys.length);
  };
  return {
    produceBlockV3: async (args) => {
      if (view.isGloas(args.slot as Slot)) throw new ApiError(400, "From Gloas on blocks are to be asked for by v4");
      const {block, blinded, consensusValueWei, executionValueWei} = produce(args);
      const meta = {
        version: view.chain.config.getForkName(args.slot),
        executionPayloadBlinded: blinded !== null,
        executionPayloadSource: blinded === null ? ProducedBlockSource.engine : ProducedBlockSource.builder,
        executionPayloadValue: executionValueWei,
        consensusBlockValue: consensusValueWei,
      };
      const data = blinded ?? {block: block as electra.BeaconBlock, kzgProofs: [], blobs: []};
      return {data, meta};
    },
    produceBlockV4: async (args) => {
      const version = view.chain.config.getForkName(args.slot);
      if (!isForkPostGloas(version)) throw new ApiError(400, "Before Gloas blocks are to be asked for by v3");
      const {root, slot, block, envelope, consensusValueWei, executionValueWei} = produce(args);
      if (envelope !== null) envelopes.add(slot, root, envelope);
      const isIncluded = envelope !== null && args.includePayload;
      const meta = {
        version,
        consensusBlockValue: consensusValueWei,
        executionPayloadValue: executionValueWei,
        executionPayloadIncluded: isIncluded,
      };
      const bare = block as gloas.BeaconBlock;
      const data = isIncluded ? {block: bare, executionPayloadEnvelope: envelope, kzgProofs: [], blobs: []} : bare;
      return {data, meta};
    },
    getExecutionPayloadEnvelope: async ({slot, beaconBlockRoot}) => {
      const envelope = envelopes.get(beaconBlockRoot);
      if (envelope === null || envelope.payload.slotNumber !== slot || slot < view.currentSlot) {
        throw new ApiError(404, `No envelope of block ${rootToHex(beaconBlockRoot)} in slot ${slot} is kept here`);
      }
      return {data: envelope, meta: {version: view.chain.config.getForkName(slot)}};
    },
  };
}

function requestOf(args: ProduceBlockArgs): BlockRequest {
  const {randaoReveal, graffiti, feeRecipient, builderBoostFactor, skipRandaoVerification} = args;
  if (randaoReveal.length !== SIGNATURE_BYTES) throw new ApiError(400, "randao_reveal is no signature");
  if (builderBoostFactor !== undefined && (builderBoostFactor < 0n || builderBoostFactor > BOOST_FACTOR_MAX)) {
    throw new ApiError(400, "builder_boost_factor does not fit into 64 bits");
  }
  return {
    randaoReveal,
    graffiti: readGraffiti(graffiti),
    ...(feeRecipient === undefined ? {} : {feeRecipient: readAddress(feeRecipient)}),
    ...(builderBoostFactor === undefined ? {} : {builderBoostFactor}),
    skipRandaoVerification: skipRandaoVerification === true,
  };
}

/** As it stands in the query, 32 bytes in hex. */
function readGraffiti(text: string | undefined): Uint8Array {
  if (text === undefined) return new Uint8Array(GRAFFITI_BYTES);
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw new ApiError(400, "graffiti must be 32 bytes in hex");
  return hexToBytes(text.toLowerCase() as Root);
}

function readAddress(text: string): ExecutionAddress {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new ApiError(400, "fee_recipient is no address");
  return text.toLowerCase() as ExecutionAddress;
}
