import type {BeaconConfig} from "@lodestar/config";
import {ForkSeq} from "@lodestar/params";
import {
  BeaconStateView,
  type CachedBeaconStateElectra,
  type CachedBeaconStateGloas,
  computeEpochAtSlot,
  computeTimeAtSlot,
  getExpectedGasLimit,
  getExpectedWithdrawals,
  getRandaoMix,
} from "@lodestar/state-transition";
import {type capella, type electra, type gloas, ssz} from "@lodestar/types";
import {type ExecutionAddress, hexToBytes, type Slot} from "@mote/core";
import type {ChainBlock, ChainState} from "./types.ts";

const ZERO_HASH = new Uint8Array(32);

/** Where a payload goes: there is no execution layer, so payloads carry no transactions and their hashes are made up. */
export interface PayloadPlace {
  readonly config: BeaconConfig;
  readonly slot: Slot;
  readonly parent: ChainBlock;
  /** Gloas: whether the block builds on the parent's payload. */
  readonly parentPayload: "empty" | "full";
  /** The parent's state advanced to `slot`. */
  readonly preState: ChainState;
}

export interface PayloadWish {
  readonly feeRecipient: ExecutionAddress;
  readonly gasLimit: number;
}

export function buildFuluPayload(place: PayloadPlace, wish: PayloadWish): electra.ExecutionPayload {
  const state = place.preState as CachedBeaconStateElectra;
  const {blockHash: parentHash, blockNumber, gasLimit} = state.latestExecutionPayloadHeader;
  return sealed(place, {
    ...ssz.fulu.ExecutionPayload.defaultValue(),
    ...frame(place, {...wish, gasLimit: getExpectedGasLimit(gasLimit, wish.gasLimit)}),
    parentHash,
    blockNumber: blockNumber + 1,
    withdrawals: getExpectedWithdrawals(place.config.getForkSeq(place.slot), state).expectedWithdrawals,
  });
}

export function buildGloasPayload(place: PayloadPlace, wish: PayloadWish): gloas.ExecutionPayload {
  const state = place.preState as CachedBeaconStateGloas;
  const bid = state.latestExecutionPayloadBid;
  return sealed(place, {
    ...ssz.gloas.ExecutionPayload.defaultValue(),
    ...frame(place, {...wish, gasLimit: getExpectedGasLimit(Number(bid.gasLimit), wish.gasLimit)}),
    parentHash: place.parentPayload === "full" ? bid.blockHash : state.latestBlockHash,
    blockNumber: place.slot,
    slotNumber: place.slot,
    withdrawals: gloasWithdrawals(place, state),
  });
}

/** What the parent's payload asked of the consensus layer; a parent without a payload asked for nothing. */
export function parentRequests({parent, parentPayload}: PayloadPlace): gloas.ExecutionRequests {
  const requests = parentPayload === "full" ? parent.envelope?.message.executionRequests : undefined;
  return requests ?? ssz.gloas.ExecutionRequests.defaultValue();
}

/** Stands for the execution layer's own hash: whatever is changed in a payload, its hash no longer fits. */
export function executionHash(config: BeaconConfig, slot: number, payload: electra.ExecutionPayload): Uint8Array {
  const type = isGloasSlot(config, slot) ? ssz.gloas.ExecutionPayload : ssz.fulu.ExecutionPayload;
  // Field by field: a spread would take along the root that SSZ may keep in a value once it was hashed.
  const fields = Object.keys(type.fields).map((name) => [name, payload[name as keyof typeof payload]]);
  return type.hashTreeRoot({...Object.fromEntries(fields), blockHash: ZERO_HASH});
}

function sealed<Payload extends electra.ExecutionPayload>({config, slot}: PayloadPlace, payload: Payload): Payload {
  return {...payload, blockHash: executionHash(config, slot, payload)};
}

/** What the payloads of all forks have alike. */
function frame({slot, preState, config}: PayloadPlace, {feeRecipient, gasLimit}: PayloadWish) {
  return {
    prevRandao: getRandaoMix(preState, computeEpochAtSlot(slot)),
    timestamp: computeTimeAtSlot(config, slot, preState.genesisTime),
    gasLimit,
    feeRecipient: hexToBytes(feeRecipient),
  };
}

function gloasWithdrawals(place: PayloadPlace, state: CachedBeaconStateGloas): capella.Withdrawal[] {
  if (place.parentPayload === "empty") return state.payloadExpectedWithdrawals.toValue();
  const applied = new BeaconStateView(state).withParentPayloadApplied(parentRequests(place));
  return applied.getExpectedWithdrawals().expectedWithdrawals;
}

export const isGloasSlot = (config: BeaconConfig, slot: number): boolean => config.getForkSeq(slot) >= ForkSeq.gloas;
