import {ssz} from "@mote/consensus";
import {
  type BlobData,
  hexToBytes,
  type ProducedBlock,
  type Root,
  rootToHex,
  type SelfBuiltPayload,
  type Signature,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import {error, type FakeAnswer, type FakeRequest, fakeRoot} from "./fake-answers.ts";

/** Blocks that are right in all that a client can see of them, and empty otherwise. */

const BLOB_SIZE_BYTES = 131_072;
const CELLS_PER_EXT_BLOB = 128;
/** 2^64−1, as the SSZ library has it. */
const BUILDER_INDEX_SELF_BUILD = Number.POSITIVE_INFINITY;

export interface FakeBlockRequest {
  readonly slot: Slot;
  readonly proposerIndex: ValidatorIndex;
  readonly randaoReveal: Signature;
}

export interface FakeProposal {
  readonly produced: ProducedBlock;
  readonly consensusValueWei: bigint;
  readonly executionValueWei: bigint;
  /** Gloas: the payload travels with the block; otherwise the node keeps it. */
  readonly isPayloadIncluded: boolean;
}

export interface FakeBlockParts {
  readonly parentRoot: Root;
  /** 20 bytes of hex. */
  readonly feeRecipient: string;
  readonly blobCount: number;
}

const fakeBlobData = (count: number): BlobData => ({
  kzgProofs: Array.from({length: count * CELLS_PER_EXT_BLOB}, () => new Uint8Array(48).fill(0xc0)),
  blobs: Array.from({length: count}, (_, index) => new Uint8Array(BLOB_SIZE_BYTES).fill(index + 1)),
});
const fakeCommitments = (count: number): Uint8Array[] =>
  Array.from({length: count}, () => new Uint8Array(48).fill(0xc1));

export function fakeFullBlock(
  {slot, proposerIndex, randaoReveal}: FakeBlockRequest,
  {parentRoot, feeRecipient, blobCount}: FakeBlockParts,
): Extract<ProducedBlock, {kind: "full"}> {
  const block = ssz.fulu.BeaconBlock.defaultValue();
  Object.assign(block, {slot, proposerIndex, parentRoot: hexToBytes(parentRoot)});
  block.body.randaoReveal = randaoReveal;
  block.body.executionPayload.feeRecipient = hexToBytes(feeRecipient);
  block.body.blobKzgCommitments = fakeCommitments(blobCount);
  return {kind: "full", block, blobData: fakeBlobData(blobCount)};
}

export function fakeBlindedBlock(
  {slot, proposerIndex, randaoReveal}: FakeBlockRequest,
  {parentRoot, feeRecipient, blobCount}: FakeBlockParts,
): Extract<ProducedBlock, {kind: "blinded"}> {
  const block = ssz.electra.BlindedBeaconBlock.defaultValue();
  Object.assign(block, {slot, proposerIndex, parentRoot: hexToBytes(parentRoot)});
  block.body.randaoReveal = randaoReveal;
  block.body.executionPayloadHeader.feeRecipient = hexToBytes(feeRecipient);
  block.body.blobKzgCommitments = fakeCommitments(blobCount);
  return {kind: "blinded", block};
}

/** With a payload of the proposer's own, or with the bid of builder 7. */
export function fakeBidBlock(
  {slot, proposerIndex, randaoReveal}: FakeBlockRequest,
  {parentRoot, feeRecipient, blobCount}: FakeBlockParts,
  isSelfBuilt: boolean,
): Extract<ProducedBlock, {kind: "bid"}> {
  const block = ssz.gloas.BeaconBlock.defaultValue();
  Object.assign(block, {slot, proposerIndex, parentRoot: hexToBytes(parentRoot)});
  block.body.randaoReveal = randaoReveal;
  const {signedExecutionPayloadBid: signedBid} = block.body;
  const envelope = ssz.gloas.ExecutionPayloadEnvelope.defaultValue();
  const requestsRoot = ssz.gloas.ExecutionRequests.hashTreeRoot(envelope.executionRequests);
  Object.assign(signedBid.message, {
    slot,
    parentBlockRoot: hexToBytes(parentRoot),
    blockHash: hexToBytes(fakeRoot(0xb1)),
    feeRecipient: hexToBytes(feeRecipient),
    builderIndex: isSelfBuilt ? BUILDER_INDEX_SELF_BUILD : 7,
    value: isSelfBuilt ? 0 : 1_000_000,
    blobKzgCommitments: fakeCommitments(blobCount),
    executionRequestsRoot: requestsRoot,
  });
  // The point at infinity: nobody signs a bid to oneself.
  signedBid.signature = new Uint8Array(96).fill(isSelfBuilt ? 0 : 0xb5);
  if (isSelfBuilt) signedBid.signature[0] = 0xc0;
  if (!isSelfBuilt) return {kind: "bid", block, payload: null};
  Object.assign(envelope, {
    builderIndex: BUILDER_INDEX_SELF_BUILD,
    beaconBlockRoot: ssz.gloas.BeaconBlock.hashTreeRoot(block),
    parentBeaconBlockRoot: hexToBytes(parentRoot),
  });
  Object.assign(envelope.payload, {
    blockHash: signedBid.message.blockHash,
    feeRecipient: hexToBytes(feeRecipient),
    slotNumber: slot,
  });
  return {kind: "bid", block, payload: {envelope, blobData: fakeBlobData(blobCount)}};
}

/** `GET /eth/v3/validator/blocks/{slot}` */
export function fullOrBlindedAnswer({produced, ...proposal}: FakeProposal): FakeAnswer {
  if (produced.kind === "bid") return error(400, "the slot lies in Gloas: ask v4");
  const isBlinded = produced.kind === "blinded";
  const {data, bytes} = isBlinded ? blindedData(produced.block) : contentsData(produced);
  const values = {
    consensus_block_value: String(proposal.consensusValueWei),
    execution_payload_value: String(proposal.executionValueWei),
  };
  return {
    status: 200,
    json: {version: "fulu", execution_payload_blinded: isBlinded, ...values, data},
    ssz: bytes,
    consensusVersion: "fulu",
    headers: {
      "eth-execution-payload-blinded": String(isBlinded),
      "eth-consensus-block-value": values.consensus_block_value,
      "eth-execution-payload-value": values.execution_payload_value,
    },
  };
}

function blindedData(block: Extract<ProducedBlock, {kind: "blinded"}>["block"]) {
  const type = ssz.electra.BlindedBeaconBlock;
  return {data: type.toJson(block), bytes: type.serialize(block)};
}

function contentsData({block, blobData}: Extract<ProducedBlock, {kind: "full"}>) {
  const type = ssz.fulu.BlockContents;
  const value = {block, kzgProofs: [...blobData.kzgProofs], blobs: [...blobData.blobs]};
  return {data: type.toJson(value), bytes: type.serialize(value)};
}

/** `GET /eth/v4/validator/blocks/{slot}` */
export function bidBlockAnswer({produced, consensusValueWei, isPayloadIncluded}: FakeProposal): FakeAnswer {
  if (produced.kind !== "bid") return error(400, "the slot lies before Gloas: ask v3");
  const {block, payload} = produced;
  const included = isPayloadIncluded ? payload : null;
  const {data, bytes} = included === null ? bidData(block) : bidContentsData(block, included);
  const value = String(consensusValueWei);
  return {
    status: 200,
    json: {version: "gloas", consensus_block_value: value, execution_payload_included: included !== null, data},
    ssz: bytes,
    consensusVersion: "gloas",
    headers: {
      "eth-consensus-block-value": value,
      "eth-execution-payload-included": String(included !== null),
    },
  };
}

function bidData(block: Extract<ProducedBlock, {kind: "bid"}>["block"]) {
  const type = ssz.gloas.BeaconBlock;
  return {data: type.toJson(block), bytes: type.serialize(block)};
}

function bidContentsData(
  block: Extract<ProducedBlock, {kind: "bid"}>["block"],
  {envelope, blobData}: SelfBuiltPayload,
) {
  const type = ssz.gloas.BlockContents;
  const value = {
    block,
    executionPayloadEnvelope: envelope,
    kzgProofs: [...(blobData?.kzgProofs ?? [])],
    blobs: [...(blobData?.blobs ?? [])],
  };
  return {data: type.toJson(value), bytes: type.serialize(value)};
}

/** `GET /eth/v1/validator/execution_payload_envelopes/{slot}/{beacon_block_root}`: of the block that was produced last. */
export function envelopeAnswer(kept: SelfBuiltPayload | null, {params}: FakeRequest): FakeAnswer {
  if (kept === null || rootToHex(kept.envelope.beaconBlockRoot) !== params[1]) return error(404, "no such envelope");
  const type = ssz.gloas.ExecutionPayloadEnvelope;
  return {
    status: 200,
    json: {version: "gloas", data: type.toJson(kept.envelope)},
    ssz: type.serialize(kept.envelope),
    consensusVersion: "gloas",
  };
}
