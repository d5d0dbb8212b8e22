import {consensusVersion, type NetworkConfig} from "@mote/consensus";
import type {BlobData, SignedBlock, SignedEnvelope, Slot} from "@mote/core";
import type {BeaconApi, RequestBody, Route} from "../http/beacon-api.ts";
import {blockTypesAt} from "./block-types.ts";
import {type ItemOutcome, publish, publishRoute} from "./publish.ts";

/** Most nodes answer when they have imported the block, execution and all. */
const blockRoute = (template: string): Route => ({...publishRoute(template), totalTimeoutMs: 8_000});
const BLOCKS = blockRoute("/eth/v2/beacon/blocks");
const BLINDED_BLOCKS = blockRoute("/eth/v2/beacon/blinded_blocks");
const ENVELOPES = blockRoute("/eth/v1/beacon/execution_payload_envelopes");

export function publishBlock(
  api: BeaconApi,
  config: NetworkConfig,
  signed: SignedBlock,
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const slot = signed.produced.block.slot as Slot;
  const publication = {
    route: signed.produced.kind === "blinded" ? BLINDED_BLOCKS : BLOCKS,
    consensusVersion: consensusVersion(config, slot),
    body: bodyOf(config, slot, signed),
    signal,
  };
  return publish(api, publication, 1);
}

function bodyOf(config: NetworkConfig, slot: Slot, {produced, signature}: SignedBlock): RequestBody {
  const types = blockTypesAt(config, slot);
  if (types.kind === "bid" && produced.kind === "bid") {
    return bodyOfType(types.types.SignedBeaconBlock, {message: produced.block, signature});
  }
  if (types.kind === "payload" && produced.kind === "blinded") {
    return bodyOfType(types.types.SignedBlindedBeaconBlock, {message: produced.block, signature});
  }
  if (types.kind === "payload" && produced.kind === "full") {
    const signedBlock = {message: produced.block, signature};
    return bodyOfType(types.types.SignedBlockContents, {signedBlock, ...blobDataOf(produced.blobData)});
  }
  throw new Error(`a block of kind ${produced.kind} for slot ${slot}, which lies in ${config.getForkName(slot)}`);
}

interface Serializer<T> {
  serialize(value: T): Uint8Array;
  toJson(value: T): unknown;
}

const bodyOfType = <T>(type: Serializer<T>, value: T): RequestBody => ({
  ssz: () => type.serialize(value),
  json: () => type.toJson(value),
});

/** The SSZ library's values are lists that may be written to. */
const blobDataOf = ({kzgProofs, blobs}: BlobData) => ({kzgProofs: [...kzgProofs], blobs: [...blobs]});

/** Without its blobs, only the node that made the block can send it on: it kept them. */
export function publishExecutionPayloadEnvelope(
  api: BeaconApi,
  config: NetworkConfig,
  {signed, blobData}: SignedEnvelope,
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const slot = signed.message.payload.slotNumber as Slot;
  const publication = {
    route: ENVELOPES,
    consensusVersion: consensusVersion(config, slot),
    headers: {"eth-blob-data-included": String(blobData !== null)},
    body: envelopeBody(config, slot, {signed, blobData}),
    signal,
  };
  return publish(api, publication, 1);
}

function envelopeBody(
  config: NetworkConfig,
  slot: Slot,
  {signed, blobData}: Pick<SignedEnvelope, "signed" | "blobData">,
): RequestBody {
  const types = blockTypesAt(config, slot);
  if (types.kind !== "bid") throw new Error(`slot ${slot} lies before Gloas, where payloads travel with their blocks`);
  if (blobData === null) return bodyOfType(types.types.SignedExecutionPayloadEnvelope, signed);
  return bodyOfType(types.types.SignedExecutionPayloadEnvelopeContents, {
    signedExecutionPayloadEnvelope: signed,
    ...blobDataOf(blobData),
  });
}
