import {ssz} from "@mote/consensus";
import {type ExecutionAddress, hexToBytes, type ProducedBlock, type Slot} from "@mote/core";

export interface ProducedBlockInit {
  readonly slot: Slot;
  readonly feeRecipient: ExecutionAddress;
  /** Tells blocks of one slot apart. */
  readonly graffiti?: number;
}

export interface BidBlockInit extends ProducedBlockInit {
  readonly gasLimit: number;
}

type Produced<Kind extends ProducedBlock["kind"]> = Extract<ProducedBlock, {kind: Kind}>;
export type SelfBuiltBlock = Produced<"bid"> & {readonly payload: NonNullable<Produced<"bid">["payload"]>};

const fill = (byte: number, sizeBytes = 32): Uint8Array => new Uint8Array(sizeBytes).fill(byte);

/** As a beacon node answers before Gloas, as far as a client can tell: nothing in it holds on a real chain. */
export function fullBlock({slot, feeRecipient, graffiti = 0}: ProducedBlockInit): Produced<"full"> {
  const block = ssz.electra.BeaconBlock.defaultValue();
  block.slot = slot;
  block.parentRoot = fill(1);
  block.body.graffiti = fill(graffiti);
  block.body.executionPayload.feeRecipient = hexToBytes(feeRecipient);
  return {kind: "full", block, blobData: {kzgProofs: [], blobs: []}};
}

/** As {@link fullBlock}, with the payload of a builder, who is its fee recipient. */
export function blindedBlock({slot, feeRecipient, graffiti = 0}: ProducedBlockInit): Produced<"blinded"> {
  const block = ssz.electra.BlindedBeaconBlock.defaultValue();
  block.slot = slot;
  block.parentRoot = fill(1);
  block.body.graffiti = fill(graffiti);
  block.body.executionPayloadHeader.feeRecipient = hexToBytes(feeRecipient);
  return {kind: "blinded", block};
}

/** As a beacon node answers from Gloas on, with a bid of the proposer's own and the payload that fits it. */
export function selfBuiltBlock(init: BidBlockInit): SelfBuiltBlock {
  const {block} = bidBlock(init, Number.POSITIVE_INFINITY);
  // The point at infinity: nobody signs a bid to itself.
  block.body.signedExecutionPayloadBid.signature = Uint8Array.from([0xc0, ...fill(0, 95)]);
  const {message: bid} = block.body.signedExecutionPayloadBid;
  const envelope = ssz.gloas.ExecutionPayloadEnvelope.defaultValue();
  envelope.builderIndex = bid.builderIndex;
  envelope.beaconBlockRoot = ssz.gloas.BeaconBlock.hashTreeRoot(block);
  envelope.parentBeaconBlockRoot = block.parentRoot;
  const {payload} = envelope;
  payload.slotNumber = init.slot;
  payload.blockHash = bid.blockHash;
  payload.parentHash = bid.parentBlockHash;
  payload.prevRandao = bid.prevRandao;
  payload.gasLimit = init.gasLimit;
  payload.feeRecipient = hexToBytes(init.feeRecipient);
  return {kind: "bid", block, payload: {envelope, blobData: null}};
}

/** As {@link selfBuiltBlock}, with the bid of a builder. */
export function buildersBlock(init: BidBlockInit): Produced<"bid"> {
  return bidBlock(init, 7);
}

function bidBlock({slot, feeRecipient, gasLimit, graffiti = 0}: BidBlockInit, builderIndex: number): Produced<"bid"> {
  const block = ssz.gloas.BeaconBlock.defaultValue();
  block.slot = slot;
  block.parentRoot = fill(1);
  block.body.graffiti = fill(graffiti);
  block.body.signedExecutionPayloadBid.message = {
    ...ssz.gloas.ExecutionPayloadBid.defaultValue(),
    slot,
    builderIndex,
    parentBlockRoot: block.parentRoot,
    parentBlockHash: fill(2),
    blockHash: fill(3),
    prevRandao: fill(4),
    feeRecipient: hexToBytes(feeRecipient),
    gasLimit: BigInt(gasLimit),
    executionRequestsRoot: ssz.gloas.ExecutionRequests.hashTreeRoot(ssz.gloas.ExecutionRequests.defaultValue()),
  };
  return {kind: "bid", block, payload: null};
}
