import type {BeaconConfig} from "@lodestar/config";
import {GENESIS_EPOCH, SLOTS_PER_EPOCH} from "@lodestar/params";
import {
  computeAttestationsRewards,
  computeEpochAtSlot,
  computeStartSlotAtEpoch,
  getEffectiveBalanceIncrementsZeroInactive,
} from "@lodestar/state-transition";
import type {electra, phase0, rewards} from "@lodestar/types";
import {
  type AttesterDuty,
  type Cancel,
  type CommitteeIndex,
  type Epoch,
  type Pubkey,
  type Root,
  rootToHex,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import type {ProposedBlock} from "./chain/block-production.ts";
import {readBlock, readGenesisBlock, votesSince} from "./chain/block-reading.ts";
import {BlockStore} from "./chain/block-store.ts";
import {DutyData} from "./chain/duty-data.ts";
import {ForkChoice, type ForkChoiceVote} from "./chain/fork-choice.ts";
import {headEvent, reorgEvent} from "./chain/head-events.ts";
import {type PackingShare, Proposer} from "./chain/proposer.ts";
import {ProposerSigner} from "./chain/proposer-signer.ts";
import {SlashingChecker} from "./chain/slashing-checker.ts";
import {applyVerified, StateStore} from "./chain/state-store.ts";
import type {
  ChainBlock,
  ChainCheckpoint,
  ChainEvent,
  ChainState,
  CommitteeView,
  DevnetFork,
  DevnetGenesis,
  HeadEvent,
  HeadView,
  SubmitOutcome,
} from "./chain/types.ts";
import {VoteIntake} from "./chain/vote-intake.ts";
import {VoteLedger} from "./chain/vote-ledger.ts";
import {VotePool} from "./chain/vote-pool.ts";
import {VoteRules} from "./chain/vote-rules.ts";
import {createGenesis, type Genesis} from "./genesis.ts";
import type {InteropKeys} from "./interop-keys.ts";

/** How far back blocks are served: with 2 s slots half an hour. */
const BLOCKS_KEPT_SLOTS = 128 * SLOTS_PER_EPOCH;

export interface DevnetChainInit {
  readonly validators: number;
  readonly genesisTimeSec: number;
  readonly fork: DevnetFork;
  /** Whole seconds. */
  readonly secondsPerSlot: number;
}

export type {PackingShare} from "./chain/proposer.ts";

/**
 * A whole beacon chain in one process: blocks, states, fork choice, pools. It has no clock: a driver says which slot it is, makes
 * blocks and shows them. All methods are synchronous, so what one caller sees is never half of a change.
 */
export class DevnetChain {
  readonly config: BeaconConfig;
  readonly genesis: DevnetGenesis;
  /** Public keys in the order of the validators' indices. */
  readonly pubkeys: readonly Pubkey[];
  readonly slashings = new SlashingChecker();
  readonly ledger: VoteLedger;

  readonly #proposer: Proposer;
  readonly #blocks: BlockStore;
  readonly #states: StateStore;
  readonly #forkChoice: ForkChoice;
  readonly #duties: DutyData;
  readonly #pool = new VotePool();
  readonly #intake: VoteIntake;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  #currentSlot = -1 as Slot;
  #headRoot: Root;
  #finalizedEpoch = GENESIS_EPOCH as Epoch;

  static create(init: DevnetChainInit, components: {readonly keys: InteropKeys}): DevnetChain {
    const keys = components.keys.slice(0, init.validators);
    return new DevnetChain(createGenesis(init, {keys}), {keys});
  }

  constructor(genesis: Genesis, components: {readonly keys: InteropKeys}) {
    const {config, facts} = genesis;
    this.config = config;
    this.genesis = facts;
    this.pubkeys = components.keys.map(({pubkey}) => pubkey);
    this.#headRoot = facts.blockRoot;
    this.#blocks = new BlockStore(readGenesisBlock(genesis));
    this.#states = new StateStore(
      {root: facts.blockRoot, state: genesis.state},
      {block: (root) => this.#blocks.get(root)},
    );
    this.#forkChoice = new ForkChoice(
      {
        genesisRoot: facts.blockRoot,
        slotsPerEpoch: SLOTS_PER_EPOCH,
        proposerScoreBoostPercent: config.PROPOSER_SCORE_BOOST,
      },
      {effectiveBalances: (checkpoint) => this.#effectiveBalances(checkpoint)},
    );
    this.#duties = new DutyData(
      {config, pubkeys: this.pubkeys, genesisRoot: facts.blockRoot},
      {blocks: this.#blocks, states: this.#states},
    );
    this.#proposer = new Proposer(
      {config},
      {
        signer: new ProposerSigner({config}, components),
        blocks: this.#blocks,
        pool: this.#pool,
        state: (root, slot) => this.#stateOrThrow(root, slot),
      },
    );
    this.#intake = new VoteIntake(
      {config},
      {
        rules: new VoteRules(
          {config},
          {blocks: this.#blocks, states: this.#states, currentSlot: () => this.#currentSlot},
        ),
        pool: this.#pool,
        slashings: this.slashings,
        publicKey: (index) => genesis.state.epochCtx.pubkeyCache.get(index),
        onVote: (vote) => this.#onVote(vote),
      },
    );
    const chain = {
      rootAtSlot: (slot: Slot) => this.rootAtSlot(slot),
      votesSince: (slot: Slot) => votesSince(this.#blocks, slot, this.#headRoot),
    };
    this.ledger = new VoteLedger({slotsPerEpoch: SLOTS_PER_EPOCH}, {chain});
  }

  /** The slot that the driver has begun; −1 before slot 0. */
  get currentSlot(): Slot {
    return this.#currentSlot;
  }

  get head(): HeadView {
    const block = this.#blockOrThrow(this.#headRoot);
    return {
      root: block.root,
      slot: block.slot,
      state: this.#stateOrThrow(block.root),
      payloadStatus: block.payloadStatus,
    };
  }

  get justified(): ChainCheckpoint {
    return this.#forkChoice.justified;
  }

  get finalized(): ChainCheckpoint {
    return this.#forkChoice.finalized;
  }

  /** Votes packed into the devnet's blocks so far. */
  get packing(): PackingShare {
    return this.#proposer.packing;
  }

  /** What is held in memory, for tests and for the curious. */
  get held(): {readonly blocks: number; readonly states: number} {
    return {blocks: this.#blocks.size, states: this.#states.size};
  }

  /** Listeners are called in the order of subscription and must not throw. */
  subscribe(listener: (event: ChainEvent) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Null when unknown or pruned. */
  block(root: Root): ChainBlock | null {
    return this.#blocks.get(root);
  }

  /** Null for a skipped slot of the canonical chain (or of the chain of `headRoot`). */
  blockAtSlot(slot: Slot, headRoot: Root = this.#headRoot): ChainBlock | null {
    const block = slot === 0 ? this.#blocks.get(this.genesis.blockRoot) : this.#blocks.atOrBefore(slot, headRoot);
    return block?.slot === slot ? block : null;
  }

  /** Root of the newest block at or before `slot`, on the canonical chain or that of `headRoot`. Null when pruned. */
  rootAtSlot(slot: Slot, headRoot: Root = this.#headRoot): Root | null {
    return this.#blocks.atOrBefore(slot, headRoot)?.root ?? null;
  }

  /** The post-state of the block, advanced to `slot` when that is later. Null when unknown or pruned. */
  stateAt(root: Root, slot?: Slot): ChainState | null {
    return this.#states.at(root, slot);
  }

  /** Block root that the attester duties of `epoch` rest on: start(epoch−1)−1, the genesis block at the earliest. */
  dependentRoot(epoch: Epoch, headRoot: Root = this.#headRoot): Root | null {
    return this.#duties.dependentRoot(epoch, headRoot);
  }

  /** What a validator that sees `headRoot` as head should sign at `slot`. Null when the head is unknown. */
  attestationData(slot: Slot, headRoot: Root = this.#headRoot): phase0.AttestationData | null {
    return this.#duties.attestationData(slot, headRoot);
  }

  /** In the order of slots and committees. Null when the epoch is too old, or further than the one after the next slot's. */
  attesterDuties(
    epoch: Epoch,
    indices: readonly ValidatorIndex[],
    headRoot: Root = this.#headRoot,
  ): AttesterDuty[] | null {
    return this.#isKnowable(epoch) ? this.#duties.attesterDuties(epoch, indices, headRoot) : null;
  }

  committees(epoch: Epoch, headRoot: Root = this.#headRoot): CommitteeView[] | null {
    return this.#isKnowable(epoch) ? this.#duties.committees(epoch, headRoot) : null;
  }

  /** Outcomes are in the order of the list. */
  onSingleAttestations(list: readonly electra.SingleAttestation[]): SubmitOutcome[] {
    return this.#intake.singles(list);
  }

  /** Outcomes are in the order of the list. */
  onAggregates(list: readonly electra.SignedAggregateAndProof[]): SubmitOutcome[] {
    return this.#intake.aggregates(list);
  }

  /** The best aggregate for these data and this committee. Null when there is none. */
  aggregate(dataRoot: Root, slot: Slot, committeeIndex: CommitteeIndex): electra.Attestation | null {
    const aggregate = this.#pool.bestAggregate(dataRoot, committeeIndex);
    return aggregate?.data.slot === slot ? aggregate : null;
  }

  /**
   * True for validators whose vote for `epoch` came in. Proposals do not count: the devnet makes them itself, and a validator that
   * looks for its own double would find the devnet.
   */
  liveness(
    epoch: Epoch,
    indices: readonly ValidatorIndex[],
  ): {readonly index: ValidatorIndex; readonly isLive: boolean}[] {
    return indices.map((index) => ({index, isLive: this.#pool.hasVoted(epoch, index)}));
  }

  /** Null when the last slot of the epoch after `epoch` is not reached, or its state is gone. Empty `indices` asks for all. */
  async attestationRewards(
    epoch: Epoch,
    indices: readonly ValidatorIndex[],
  ): Promise<rewards.AttestationsRewards | null> {
    const slot = (computeStartSlotAtEpoch(epoch + 2) - 1) as Slot;
    const root = slot > this.#currentSlot ? null : this.rootAtSlot(slot);
    const state = root === null ? null : this.#states.at(root, slot);
    if (state === null) return null;
    return computeAttestationsRewards(this.config, state.epochCtx.pubkeyCache, state, [...indices]);
  }

  /** Attestations of the block; null when the block is unknown, empty for genesis. */
  blockAttestations(root: Root): electra.Attestation[] | null {
    return this.#blocks.attestations(root);
  }

  /** Begins a slot. Slots are begun one after another, none is left out. */
  onSlot(slot: Slot): void {
    this.#currentSlot = slot;
    this.#forkChoice.onSlot(slot);
    this.#updateHead();
    this.#pool.prune((computeEpochAtSlot(slot) - 2) as Epoch);
    this.ledger.beginSlot(slot, this.#duties.voters(slot, this.#headRoot));
  }

  /** Does ahead of `slot` what a block on the present head will need, so that it is ready early in its slot. */
  prepareSlot(slot: Slot): void {
    this.#proposer.prepare(slot, this.#headRoot);
  }

  /** Makes a block on the head, or on `parentRoot`. Nobody sees it until it is imported. */
  proposeBlock(slot: Slot, {parentRoot = this.#headRoot}: {readonly parentRoot?: Root} = {}): ProposedBlock {
    return this.#proposer.propose(slot, this.#blockOrThrow(parentRoot));
  }

  /**
   * Takes a block in after checking all its signatures and its state root.
   * @param timely it arrived in its own slot before the votes' due time, so it may be boosted
   * @throws when the block is not valid: the devnet made it, so that is a bug
   */
  importBlock(proposed: ProposedBlock, {timely}: {readonly timely: boolean}): void {
    const {root, slot, signed} = proposed;
    const preState = this.#stateOrThrow(rootToHex(signed.message.parentRoot), slot);
    const postState = applyVerified(preState, signed);
    const {block, votes, forkChoiceBlock} = readBlock(proposed, postState, this.config);
    this.#blocks.add(block, votes);
    this.#states.add(root, postState);
    this.slashings.onBlock({proposerIndex: block.proposerIndex, slot, root}, true);
    this.#forkChoice.onBlock(forkChoiceBlock, timely);
    this.#proposer.shown(root);
    this.#emit({kind: "block", slot, block: root});
    this.#updateHead();
  }

  /** Gloas: shows the payload that the block's bid promised. */
  revealPayload(proposed: ProposedBlock): void {
    const envelope = this.#proposer.reveal(proposed);
    const block = {...this.#blockOrThrow(proposed.root), envelope, payloadStatus: "full"} as const;
    this.#blocks.replace(block);
    if (block.root !== this.#headRoot) return;
    this.#emit({
      ...this.#headEvent(block, false),
      kind: "payload_full",
      builderIndex: envelope.message.builderIndex,
      blockHash: rootToHex(envelope.message.payload.blockHash),
    });
  }

  /** Gloas: the payload committee of `slot` votes on the head's payload. */
  attestPayload(slot: Slot): void {
    this.#proposer.attestPayload(slot, this.head);
  }

  #onVote(vote: ForkChoiceVote): void {
    this.ledger.published(vote.slot, vote.validatorIndex);
    this.#forkChoice.onVote(vote);
  }

  #updateHead(): void {
    const newRoot = this.#forkChoice.head();
    const oldRoot = this.#headRoot;
    if (newRoot !== oldRoot) {
      const depth = this.#blocks.reorgDepth(oldRoot, newRoot);
      const oldBlock = this.#blockOrThrow(oldRoot);
      const newBlock = this.#blockOrThrow(newRoot);
      this.#headRoot = newRoot;
      this.ledger.chainChanged();
      // Who hears of a head asks for its attestation data at once: an epoch's transition is made before, not then.
      this.attestationData(Math.max(newBlock.slot, this.#currentSlot) as Slot);
      this.#emit(this.#headEvent(newBlock, computeEpochAtSlot(newBlock.slot) > computeEpochAtSlot(oldBlock.slot)));
      if (depth !== null) this.#emit(reorgEvent(oldBlock, newBlock, depth));
    }
    this.#updateFinalized();
  }

  #updateFinalized(): void {
    const {epoch, root} = this.#forkChoice.finalized;
    if (epoch <= this.#finalizedEpoch) return;
    this.#finalizedEpoch = epoch;
    const {stateRoot} = this.#blockOrThrow(root);
    const removed = this.#forkChoice.prune();
    this.#blocks.prune((this.head.slot - BLOCKS_KEPT_SLOTS) as Slot, removed, this.#headRoot);
    this.#states.finalize(root, removed);
    this.#emit({kind: "finalized_checkpoint", block: root, state: stateRoot, epoch});
  }

  #headEvent(block: ChainBlock, epochTransition: boolean): HeadEvent {
    return headEvent(
      block,
      epochTransition,
      (epoch) => this.dependentRoot(epoch, block.root) ?? this.genesis.blockRoot,
    );
  }

  #effectiveBalances({root, epoch}: ChainCheckpoint): ArrayLike<number> {
    return getEffectiveBalanceIncrementsZeroInactive(this.#stateOrThrow(root, computeStartSlotAtEpoch(epoch) as Slot));
  }

  /** Shufflings are fixed an epoch ahead. */
  #isKnowable(epoch: Epoch): boolean {
    return epoch <= computeEpochAtSlot(this.#currentSlot + 1) + 1;
  }

  #blockOrThrow(root: Root): ChainBlock {
    const block = this.#blocks.get(root);
    if (block === null) throw new Error(`block ${root} is not held`);
    return block;
  }

  #stateOrThrow(root: Root, slot?: Slot): ChainState {
    const state = this.#states.at(root, slot);
    if (state === null) throw new Error(`state of block ${root} cannot be made`);
    return state;
  }

  #emit(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
