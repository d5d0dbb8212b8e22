import type {gloas} from "@lodestar/types";
import {isPointAtInfinity, isSelfBuilt, ssz} from "@mote/consensus";
import type {SelfBuiltPayload, Slot} from "@mote/core";
import {type Refused, refused} from "./refused.ts";

/** What a block with a bid of the proposer's own promises of the payload that comes after it. */
export interface PromisedPayload {
  readonly slot: Slot;
  readonly blockRoot: Uint8Array;
  readonly parentRoot: Uint8Array;
  readonly bid: gloas.ExecutionPayloadBid;
}

/** gloas/beacon-chain.md#new-process_execution_payload_bid, as far as it can be told without the state. */
export function checkBid(block: gloas.BeaconBlock, payload: SelfBuiltPayload | null): Refused | null {
  const {message: bid, signature} = block.body.signedExecutionPayloadBid;
  if (bid.slot !== block.slot) return invalid(`the bid's slot is ${bid.slot}, the block's ${block.slot}`);
  if (!areEqual(bid.parentBlockRoot, block.parentRoot)) return invalid("the bid's parent is not the block's");
  if (!isSelfBuilt(bid)) return null;
  if (bid.value !== 0) return invalid(`the proposer's own bid promises ${bid.value} gwei`);
  if (!isPointAtInfinity(signature)) return invalid("the proposer's own bid carries a signature");
  return payload === null ? invalid("the proposer's own bid comes without its payload") : null;
}

/** gloas/fork-choice.md#new-verify_execution_payload_envelope, as far as it can be told without the state and the execution engine. */
export function checkEnvelope(promised: PromisedPayload, {envelope}: SelfBuiltPayload): Refused | null {
  const {slot, blockRoot, parentRoot, bid} = promised;
  const {payload} = envelope;
  const requestsRoot = ssz.gloas.ExecutionRequests.hashTreeRoot(envelope.executionRequests);
  const fits: Readonly<Record<string, boolean>> = {
    "beacon block root": areEqual(envelope.beaconBlockRoot, blockRoot),
    "parent beacon block root": areEqual(envelope.parentBeaconBlockRoot, parentRoot),
    "builder index": envelope.builderIndex === bid.builderIndex,
    "execution requests": areEqual(requestsRoot, bid.executionRequestsRoot),
    slot: payload.slotNumber === slot,
    "block hash": areEqual(payload.blockHash, bid.blockHash),
    "parent hash": areEqual(payload.parentHash, bid.parentBlockHash),
    "prev randao": areEqual(payload.prevRandao, bid.prevRandao),
    "gas limit": BigInt(payload.gasLimit) === bid.gasLimit,
  };
  const [misfit] = Object.entries(fits).find(([, isFitting]) => !isFitting) ?? [];
  return misfit === undefined ? null : invalid(`the payload's ${misfit} is not what the block promises`);
}

const invalid = (detail: string): Refused => refused("BEACON_DATA_INVALID", detail);

const areEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
