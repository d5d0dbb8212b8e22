import type {BeaconConfig} from "@lodestar/config";
import {
  BeaconStateView,
  type CachedBeaconStateGloas,
  computeEpochAtSlot,
  computeStartSlotAtEpoch,
  getExecutionPayloadEnvelopeSignatureSet,
  verifySignatureSet,
} from "@lodestar/state-transition";
import {type altair, type gloas, ssz} from "@lodestar/types";
import {hexToBytes, type Root, type Slot} from "@mote/core";
import {type ProposedBlock, produceBlock, sealPayload} from "./block-production.ts";
import type {BlockStore} from "./block-store.ts";
import type {ProposerSigner} from "./proposer-signer.ts";
import type {ChainBlock, ChainState, HeadView} from "./types.ts";
import {packVotes} from "./vote-packing.ts";
import type {VotePool} from "./vote-pool.ts";

export interface PackingShare {
  readonly votes: number;
  /** Of these, votes for which no aggregate had come. */
  readonly singleVotes: number;
}

export interface ProposerComponents {
  readonly signer: ProposerSigner;
  readonly blocks: BlockStore;
  readonly pool: VotePool;
  /** The post-state of the block, advanced to `slot`. Throws when there is none. */
  readonly state: (root: Root, slot?: Slot) => ChainState;
}

interface Prepared {
  readonly slot: Slot;
  readonly parentRoot: Root;
  readonly syncAggregate: altair.SyncAggregate;
}

/** Does the devnet's own duties: blocks, sync messages, and in Gloas payloads and the votes on them. */
export class Proposer {
  readonly #config: BeaconConfig;
  readonly #components: ProposerComponents;
  /** Gloas: the payload committee's votes, by block; those of the last slot are used. */
  readonly #payloadAttestations = new Map<Root, gloas.PayloadAttestation>();
  readonly #proposed = new Map<Root, PackingShare>();
  #packing: PackingShare = {votes: 0, singleVotes: 0};
  #prepared: Prepared | null = null;

  constructor(init: {readonly config: BeaconConfig}, components: ProposerComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  /** What the blocks that were shown carried when they were new. */
  get packing(): PackingShare {
    return this.#packing;
  }

  /** Does ahead what a block in `slot` on `parentRoot` will need. */
  prepare(slot: Slot, parentRoot: Root): void {
    this.#prepared = {slot, parentRoot, syncAggregate: this.#syncAggregate(slot, parentRoot)};
  }

  propose(slot: Slot, parent: ChainBlock): ProposedBlock {
    const preState = this.#components.state(parent.root, slot);
    const included = this.#includedBy(parent, computeEpochAtSlot(slot) - 1);
    const packed = packVotes({
      votes: this.#components.pool.entries(),
      state: preState,
      isIncluded: (epoch, index) => included.get(epoch)?.has(index) ?? false,
    });
    const proposed = produceBlock(
      {
        slot,
        parent,
        preState,
        attestations: packed.attestations,
        syncAggregate: this.#syncAggregate(slot, parent.root),
        payloadAttestation: parent.slot === slot - 1 ? (this.#payloadAttestations.get(parent.root) ?? null) : null,
      },
      {config: this.#config, signer: this.#components.signer},
    );
    this.#proposed.set(proposed.root, {votes: packed.freshVotes, singleVotes: packed.freshSingleVotes});
    return proposed;
  }

  /** The block was shown: its votes count. */
  shown(root: Root): void {
    const share = this.#proposed.get(root);
    this.#proposed.clear();
    if (share === undefined) return;
    const {votes, singleVotes} = this.#packing;
    this.#packing = {votes: votes + share.votes, singleVotes: singleVotes + share.singleVotes};
  }

  /**
   * The signed envelope of the block's payload, checked against the block's post-state.
   * @throws when it does not fit: the devnet made it, so that is a bug
   */
  reveal(proposed: ProposedBlock): gloas.SignedExecutionPayloadEnvelope {
    const envelope = sealPayload(proposed, {signer: this.#components.signer});
    const state = this.#components.state(proposed.root) as CachedBeaconStateGloas;
    const {pubkeyCache} = state.epochCtx;
    const set = getExecutionPayloadEnvelopeSignatureSet(
      this.#config,
      pubkeyCache,
      new BeaconStateView(state),
      envelope,
      proposed.signed.message.proposerIndex,
    );
    if (!verifySignatureSet(set, pubkeyCache)) {
      throw new Error(`envelope of block ${proposed.root} is not signed by its proposer`);
    }
    const {withdrawals} = envelope.message.payload;
    if (!ssz.gloas.Withdrawals.equals(withdrawals, state.payloadExpectedWithdrawals.toValue())) {
      throw new Error(`payload of block ${proposed.root} has other withdrawals than its state expects`);
    }
    return envelope;
  }

  /** The payload committee of `slot` votes on the head's payload. A slot without a block of its own has nothing to vote on. */
  attestPayload(slot: Slot, {root, slot: headSlot, state, payloadStatus}: HeadView): void {
    this.#payloadAttestations.clear();
    if (headSlot !== slot || payloadStatus === "none") return;
    const isFull = payloadStatus === "full";
    const data = {beaconBlockRoot: hexToBytes(root), slot, payloadPresent: isFull, blobDataAvailable: isFull};
    const members = state.epochCtx.getPayloadTimelinessCommittee(slot);
    this.#payloadAttestations.set(root, this.#components.signer.payloadAttestation(members, data));
  }

  #syncAggregate(slot: Slot, parentRoot: Root): altair.SyncAggregate {
    const prepared = this.#prepared;
    if (prepared?.slot === slot && prepared.parentRoot === parentRoot) return prepared.syncAggregate;
    const {validatorIndices} = this.#components.state(parentRoot, slot).epochCtx.currentSyncCommitteeIndexed;
    return this.#components.signer.syncAggregate(validatorIndices, slot, parentRoot);
  }

  /** Who has a vote for which target epoch on the branch that ends with `parent`, from `oldest` on. */
  #includedBy(parent: ChainBlock, oldest: number): Map<number, Set<number>> {
    const {blocks} = this.#components;
    const included = new Map<number, Set<number>>();
    const oldestSlot = computeStartSlotAtEpoch(Math.max(0, oldest));
    for (const block of blocks.chain(parent.root)) {
      if (block.slot < oldestSlot) break;
      for (const {data, validators} of blocks.votes(block.root)) {
        const voters = included.get(data.target.epoch) ?? new Set<number>();
        included.set(data.target.epoch, voters);
        for (const index of validators) voters.add(index);
      }
    }
    return included;
  }
}
