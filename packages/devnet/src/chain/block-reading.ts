import type {BeaconConfig} from "@lodestar/config";
import {ForkSeq} from "@lodestar/params";
import {BeaconStateView} from "@lodestar/state-transition";
import {type electra, type gloas, type SignedBeaconBlock, ssz} from "@lodestar/types";
import {bytesToHex, type Epoch, type Root, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import type {Genesis} from "../genesis.ts";
import type {BlockStore, BlockVotes} from "./block-store.ts";
import type {ForkChoiceBlock} from "./block-tree.ts";
import type {ChainBlock, ChainCheckpoint, ChainState} from "./types.ts";
import type {IncludedVotes} from "./vote-ledger.ts";

/** What store and fork choice want to know of a block that holds. */
export interface BlockReading {
  readonly block: ChainBlock;
  readonly votes: readonly BlockVotes[];
  readonly forkChoiceBlock: ForkChoiceBlock;
}

export function readBlock(
  {root, signed}: {readonly root: Root; readonly signed: SignedBeaconBlock},
  {postState, parent, config}: {postState: ChainState; parent: ChainBlock; config: BeaconConfig},
): BlockReading {
  const {message} = signed;
  const slot = message.slot as Slot;
  const fork = config.getForkSeq(slot);
  const isGloas = fork >= ForkSeq.gloas;
  const unrealized = new BeaconStateView(postState).computeUnrealizedCheckpoints();
  return {
    block: {
      root,
      slot,
      parentRoot: parent.root,
      stateRoot: rootToHex(message.stateRoot),
      proposerIndex: message.proposerIndex as ValidatorIndex,
      signed,
      envelope: null,
      payloadStatus: isGloas ? "empty" : "none",
    },
    votes: (message.body.attestations as electra.Attestation[]).map((attestation) => ({
      dataRoot: rootToHex(ssz.phase0.AttestationData.hashTreeRoot(attestation.data)),
      data: attestation.data,
      validators: postState.epochCtx.getAttestingIndices(fork, attestation) as ValidatorIndex[],
    })),
    forkChoiceBlock: {
      root,
      parentRoot: parent.root,
      slot,
      hasPayloadApart: isGloas,
      parentPayload: isGloas ? parentPayloadOf(message as gloas.BeaconBlock, parent) : "full",
      justified: toCheckpoint(postState.currentJustifiedCheckpoint),
      finalized: toCheckpoint(postState.finalizedCheckpoint),
      unrealizedJustified: toCheckpoint(unrealized.justifiedCheckpoint),
      unrealizedFinalized: toCheckpoint(unrealized.finalizedCheckpoint),
    },
  };
}

/** gloas/fork-choice.md#get_parent_payload_status; "full" for a parent that carries its payload itself, and for genesis. */
export function parentPayloadOf(block: gloas.BeaconBlock, parent: ChainBlock): "empty" | "full" {
  const parentBody = parent.signed?.message.body as Partial<gloas.BeaconBlockBody> | undefined;
  const parentBid = parentBody?.signedExecutionPayloadBid?.message;
  if (parentBid === undefined) return "full";
  const {parentBlockHash} = block.body.signedExecutionPayloadBid.message;
  return Buffer.compare(parentBlockHash, parentBid.blockHash) === 0 ? "full" : "empty";
}

export function readGenesisBlock({facts, stateRoot, config}: Genesis): ChainBlock {
  return {
    root: facts.blockRoot,
    slot: 0 as Slot,
    parentRoot: bytesToHex(new Uint8Array(32)) as Root,
    stateRoot,
    proposerIndex: 0 as ValidatorIndex,
    signed: null,
    envelope: null,
    // The genesis state counts its payload as delivered.
    payloadStatus: config.getForkSeq(0) >= ForkSeq.gloas ? "full" : "none",
  };
}

/** Votes in the blocks after `slot` on the chain of `headRoot`. */
export function* votesSince(blocks: BlockStore, slot: Slot, headRoot: Root): Generator<IncludedVotes> {
  for (const block of blocks.chain(headRoot)) {
    if (block.slot <= slot) return;
    for (const {data, validators} of blocks.votes(block.root)) {
      yield {
        slot: data.slot as Slot,
        targetEpoch: data.target.epoch as Epoch,
        blockRoot: rootToHex(data.beaconBlockRoot),
        targetRoot: rootToHex(data.target.root),
        validators,
      };
    }
  }
}

function toCheckpoint({epoch, root}: {readonly epoch: number; readonly root: Uint8Array}): ChainCheckpoint {
  return {epoch: epoch as Epoch, root: rootToHex(root)};
}
