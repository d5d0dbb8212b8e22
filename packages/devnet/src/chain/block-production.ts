import {createHash} from "node:crypto";
import type {BeaconConfig} from "@lodestar/config";
import {BUILDER_INDEX_SELF_BUILD, ForkSeq} from "@lodestar/params";
import {
  BeaconStateView,
  type CachedBeaconStateElectra,
  type CachedBeaconStateGloas,
  computeEpochAtSlot,
  computeTimeAtSlot,
  getExpectedWithdrawals,
  getRandaoMix,
} from "@lodestar/state-transition";
import {
  type altair,
  type BeaconBlock,
  type capella,
  type electra,
  type gloas,
  type SignedBeaconBlock,
  ssz,
} from "@lodestar/types";
import {hexToBytes, type Root, rootToHex, type Slot} from "@mote/core";
import type {ProposerSigner} from "./proposer-signer.ts";
import {applyUnverified} from "./state-store.ts";
import type {ChainBlock, ChainState} from "./types.ts";

const GAS_LIMIT = 60_000_000;
const FEE_RECIPIENT = new Uint8Array(20).fill(0xbb);
const UNSIGNED = new Uint8Array(96);

export interface ProductionInput {
  readonly slot: Slot;
  readonly parent: ChainBlock;
  /** The parent's state advanced to `slot`. */
  readonly preState: ChainState;
  readonly attestations: readonly electra.Attestation[];
  readonly syncAggregate: altair.SyncAggregate;
  /** Gloas: the votes of the slot before on the parent's payload. */
  readonly payloadAttestation: gloas.PayloadAttestation | null;
}

export interface ProposedBlock {
  readonly root: Root;
  readonly slot: Slot;
  readonly signed: SignedBeaconBlock;
  /** Gloas: what the bid promised, to be revealed later. */
  readonly payload: gloas.ExecutionPayload | null;
}

/** A signed block with its state root. There is no execution layer: payloads are empty and their hashes made up. */
export function produceBlock(
  input: ProductionInput,
  components: {readonly config: BeaconConfig; readonly signer: ProposerSigner},
): ProposedBlock {
  const {config, signer} = components;
  const {slot, preState, parent} = input;
  const types = config.getForkTypes(slot);
  const proposerIndex = preState.epochCtx.getBeaconProposer(slot);
  const isGloas = config.getForkSeq(slot) >= ForkSeq.gloas;
  const common = {
    ...types.BeaconBlockBody.defaultValue(),
    randaoReveal: signer.randaoReveal(proposerIndex, slot),
    eth1Data: preState.eth1Data.toValue(),
    attestations: [...input.attestations],
    syncAggregate: input.syncAggregate,
  };
  const payload = isGloas ? gloasPayload(input, config) : null;
  const body =
    payload === null
      ? {...common, executionPayload: fuluPayload(input, config)}
      : {...common, ...gloasBody(input, payload, signer)};
  const unsealed = {
    slot,
    proposerIndex,
    parentRoot: hexToBytes(parent.root),
    stateRoot: new Uint8Array(32),
    body,
  } as BeaconBlock;
  const postState = applyUnverified(preState, {message: unsealed, signature: UNSIGNED} as SignedBeaconBlock);
  const message = {...unsealed, stateRoot: postState.hashTreeRoot()} as BeaconBlock;
  return {
    root: rootToHex(types.BeaconBlock.hashTreeRoot(message as never)),
    slot,
    signed: {message, signature: signer.block(message)} as SignedBeaconBlock,
    payload,
  };
}

/** The envelope of a block of ours, signed by its proposer. */
export function sealPayload(
  {signed, root, payload}: ProposedBlock,
  components: {readonly signer: ProposerSigner},
): gloas.SignedExecutionPayloadEnvelope {
  if (payload === null) throw new Error(`block ${root} carries its payload itself`);
  const {proposerIndex, parentRoot} = signed.message;
  return components.signer.envelope(proposerIndex, {
    payload,
    executionRequests: ssz.gloas.ExecutionRequests.defaultValue(),
    builderIndex: BUILDER_INDEX_SELF_BUILD,
    beaconBlockRoot: hexToBytes(root),
    parentBeaconBlockRoot: parentRoot,
  });
}

function fuluPayload({slot, preState}: ProductionInput, config: BeaconConfig): electra.ExecutionPayload {
  const state = preState as CachedBeaconStateElectra;
  const {blockHash: parentHash, blockNumber} = state.latestExecutionPayloadHeader;
  return {
    ...ssz.fulu.ExecutionPayload.defaultValue(),
    ...payloadFrame(slot, preState, parentHash, config),
    blockNumber: blockNumber + 1,
    withdrawals: getExpectedWithdrawals(config.getForkSeq(slot), state).expectedWithdrawals,
  };
}

function gloasPayload(input: ProductionInput, config: BeaconConfig): gloas.ExecutionPayload {
  const {slot, preState} = input;
  return {
    ...ssz.gloas.ExecutionPayload.defaultValue(),
    ...payloadFrame(slot, preState, gloasParentHash(input), config),
    blockNumber: slot,
    slotNumber: slot,
    withdrawals: gloasWithdrawals(input),
  };
}

/** What both forks' payloads have alike. */
function payloadFrame(slot: Slot, preState: ChainState, parentHash: Uint8Array, config: BeaconConfig) {
  return {
    parentHash,
    prevRandao: getRandaoMix(preState, computeEpochAtSlot(slot)),
    timestamp: computeTimeAtSlot(config, slot, preState.genesisTime),
    gasLimit: GAS_LIMIT,
    feeRecipient: FEE_RECIPIENT,
    blockHash: new Uint8Array(createHash("sha256").update(parentHash).update(`slot ${slot}`).digest()),
  };
}

function gloasBody(
  {slot, parent, payloadAttestation}: ProductionInput,
  payload: gloas.ExecutionPayload,
  signer: ProposerSigner,
) {
  const requests = ssz.gloas.ExecutionRequests.defaultValue();
  return {
    parentExecutionRequests: requests,
    payloadAttestations: payloadAttestation === null ? [] : [payloadAttestation],
    signedExecutionPayloadBid: signer.selfBuildBid({
      ...ssz.gloas.ExecutionPayloadBid.defaultValue(),
      parentBlockHash: payload.parentHash,
      parentBlockRoot: hexToBytes(parent.root),
      blockHash: payload.blockHash,
      prevRandao: payload.prevRandao,
      feeRecipient: payload.feeRecipient,
      gasLimit: BigInt(GAS_LIMIT),
      builderIndex: BUILDER_INDEX_SELF_BUILD,
      slot,
      executionRequestsRoot: ssz.gloas.ExecutionRequests.hashTreeRoot(requests),
    }),
  };
}

/** A parent whose payload was never revealed is built on as if it had none. */
function gloasParentHash({preState, parent}: ProductionInput): Uint8Array {
  const state = preState as CachedBeaconStateGloas;
  return parent.payloadStatus === "empty" ? state.latestBlockHash : state.latestExecutionPayloadBid.blockHash;
}

function gloasWithdrawals({preState, parent}: ProductionInput): capella.Withdrawal[] {
  const state = preState as CachedBeaconStateGloas;
  if (parent.payloadStatus === "empty") return state.payloadExpectedWithdrawals.toValue();
  const applied = new BeaconStateView(state).withParentPayloadApplied(ssz.gloas.ExecutionRequests.defaultValue());
  return applied.getExpectedWithdrawals().expectedWithdrawals;
}
