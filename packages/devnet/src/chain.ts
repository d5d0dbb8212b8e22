import type {BeaconConfig} from "@lodestar/config";
import {computeEpochAtSlot} from "@lodestar/state-transition";
import type {altair, bellatrix, capella, electra, gloas, phase0, rewards, SignedBeaconBlock} from "@lodestar/types";
import type {AttesterDuty, Cancel, CommitteeIndex, Epoch, Pubkey, Root, Slot, ValidatorIndex} from "@mote/core";
import type {PackingShare} from "./chain/block-production.ts";
import type {ChainCore} from "./chain/chain-core.ts";
import {type ChainRooms, type ChainRoomsInit, openRooms} from "./chain/chain-rooms.ts";
import type {SlashingChecker} from "./chain/slashing-checker.ts";
import type {
  BlockRequest,
  BlockRewardsView,
  BuilderMode,
  ChainBlock,
  ChainCheckpoint,
  ChainEvent,
  ChainFaultRanges,
  ChainFigures,
  ChainState,
  CommitteeView,
  DevnetFork,
  DevnetGenesis,
  HeadView,
  OpPoolsView,
  ProposerPreparation,
  Refusal,
  SubmitOutcome,
  SyncCommitteeReward,
  UnsignedBlock,
} from "./chain/types.ts";
import type {VoteLedger} from "./chain/vote-ledger.ts";
import {createGenesis, type GenesisValidator, genesisValidators} from "./genesis.ts";
import type {InteropKeys} from "./interop-keys.ts";

export interface DevnetChainInit extends ChainFaultRanges {
  /** Of the interop keys. */
  readonly validators: number;
  /** Validators of others' keys, after those. */
  readonly depositors?: readonly GenesisValidator[];
  readonly genesisTimeSec: number;
  readonly fork: DevnetFork;
  /** Whole seconds. */
  readonly secondsPerSlot: number;
  readonly builder?: BuilderMode;
}

export type {PackingShare} from "./chain/block-production.ts";

/**
 * A whole beacon chain in one process. It signs nothing: blocks, votes and messages come from outside and are judged by the rules. It has
 * no clock: a driver tells it the time. All methods but the rewards are synchronous, so what one caller sees is never half of a change.
 * Lists are judged item by item, and outcomes stand in the order of the list.
 */
export class DevnetChain {
  readonly config: BeaconConfig;
  readonly genesis: DevnetGenesis;
  /** Public keys in the order of the validators' indices. */
  readonly pubkeys: readonly Pubkey[];
  readonly slashings: SlashingChecker;
  readonly ledger: VoteLedger;
  readonly #core: ChainCore;
  readonly #rooms: ChainRooms;

  static create(init: DevnetChainInit, components: {readonly keys: InteropKeys}): DevnetChain {
    const keys = components.keys.slice(0, init.validators);
    const pubkeys = genesisValidators(init, keys).map(({pubkey}) => pubkey);
    return new DevnetChain({...init, genesis: createGenesis(init, {keys}), pubkeys});
  }

  constructor(init: ChainRoomsInit) {
    this.#rooms = openRooms(init);
    this.#core = this.#rooms.core;
    this.config = this.#core.config;
    this.genesis = this.#core.genesis;
    this.pubkeys = init.pubkeys;
    this.slashings = this.#rooms.slashings;
    this.ledger = this.#rooms.ledger;
  }

  // Time, as the driver tells it

  /** The slot that the driver has begun; −1 before slot 0. */
  get currentSlot(): Slot {
    return this.#core.currentSlot;
  }

  /** Begins a slot. Slots are begun one after another, none is left out. */
  onSlot(slot: Slot): void {
    const {ledger, dutyLedger, faults} = this.#rooms;
    this.#core.beginSlot(slot);
    this.#rooms.prune(slot);
    ledger.beginSlot(slot, this.#core.duties.voters(slot, this.#core.headRoot));
    dutyLedger.beginSlot(slot, !faults.isSkipped((slot - 1) as Slot));
  }

  /** Messages of committees that are for `slot` come too late from now on. */
  onSlotClosed(slot: Slot): void {
    this.#core.closeSlot(slot);
  }

  /** Votes of `slot` are due: a block that comes now gets no boost. */
  onVotesDue(slot: Slot): void {
    this.#rooms.blocks.onVotesDue(slot);
  }

  /** Shows the block that a `reorg` held back, if there is one. */
  showHeldBlock(): void {
    const block = this.#rooms.blocks.showHeld();
    if (block !== null) this.#rooms.envelopes.onShown(block.root);
  }

  /** Gloas: the builder shows its payload, if its bid is in the block of `slot`. */
  revealBuiltPayload(slot: Slot): void {
    this.#rooms.envelopes.revealBuilt(slot);
  }

  /** Gloas: a payload of `slot` that is not there now comes too late. */
  onPayloadDue(slot: Slot): void {
    this.#rooms.envelopes.onPayloadDue(slot);
  }

  /** Does ahead of `slot` what a block in it will need, so that it is there early in its slot. */
  prepareSlot(slot: Slot): void {
    this.#rooms.production.prepare(slot, this.#rooms.parentFor(slot).root);
  }

  // What there is

  get head(): HeadView {
    return this.#core.head;
  }

  get justified(): ChainCheckpoint {
    return this.#core.forkChoice.justified;
  }

  get finalized(): ChainCheckpoint {
    return this.#core.forkChoice.finalized;
  }

  /** Votes packed into blocks so far. */
  get packing(): PackingShare {
    return this.#rooms.production.packing;
  }

  /** What is held in memory, for tests and for the curious. */
  get held(): {readonly blocks: number; readonly states: number} {
    return {blocks: this.#core.blocks.size, states: this.#core.states.size};
  }

  /** Operations and messages that wait for a block. */
  get pools(): OpPoolsView {
    const {operations, syncMessages, payloadAttestations} = this.#rooms;
    return {
      ...operations.waiting,
      syncCommitteeMessages: syncMessages.waiting,
      payloadAttestations: payloadAttestations.waiting,
    };
  }

  /** Listeners are called in the order of subscription and must not throw. */
  subscribe(listener: (event: ChainEvent) => void): Cancel {
    return this.#core.subscribe(listener);
  }

  /** From this slot on all blocks of the canonical chain are held. */
  get oldestSlot(): Slot {
    return this.#core.blocks.oldestSlot;
  }

  /** Null when unknown or pruned. */
  block(root: Root): ChainBlock | null {
    return this.#core.blocks.get(root);
  }

  /** Null for a skipped slot of the canonical chain (or of the chain of `headRoot`). */
  blockAtSlot(slot: Slot, headRoot: Root = this.#core.headRoot): ChainBlock | null {
    const {blocks} = this.#core;
    const block = slot === 0 ? blocks.get(this.genesis.blockRoot) : blocks.atOrBefore(slot, headRoot);
    return block?.slot === slot ? block : null;
  }

  /** Root of the newest block at or before `slot`, on the canonical chain or that of `headRoot`. Null when pruned. */
  rootAtSlot(slot: Slot, headRoot: Root = this.#core.headRoot): Root | null {
    return this.#core.rootAtSlot(slot, headRoot);
  }

  /** The post-state of the block, advanced to `slot` when that is later. Null when unknown or pruned. */
  stateAt(root: Root, slot?: Slot): ChainState | null {
    return this.#core.states.at(root, slot);
  }

  /** Attestations of the block; null when the block is unknown, empty for genesis. */
  blockAttestations(root: Root): electra.Attestation[] | null {
    return this.#core.blocks.attestations(root);
  }

  // Votes

  /** Block root that the attester duties of `epoch` rest on: start(epoch−1)−1, the genesis block at the earliest. */
  dependentRoot(epoch: Epoch, headRoot: Root = this.#core.headRoot): Root | null {
    return this.#core.duties.dependentRoot(epoch, headRoot);
  }

  /** What a validator that sees `headRoot` as head should sign at `slot`. Null when the head is unknown. */
  attestationData(slot: Slot, headRoot: Root = this.#core.headRoot): phase0.AttestationData | null {
    return this.#core.duties.attestationData(slot, headRoot);
  }

  /** In the order of slots and committees. Null when the epoch is too old, or further than the one after the next slot's. */
  attesterDuties(
    epoch: Epoch,
    indices: readonly ValidatorIndex[],
    headRoot: Root = this.#core.headRoot,
  ): AttesterDuty[] | null {
    return this.#isKnowable(epoch) ? this.#core.duties.attesterDuties(epoch, indices, headRoot) : null;
  }

  committees(epoch: Epoch, headRoot: Root = this.#core.headRoot): CommitteeView[] | null {
    return this.#isKnowable(epoch) ? this.#core.duties.committees(epoch, headRoot) : null;
  }

  onSingleAttestations(list: readonly electra.SingleAttestation[]): SubmitOutcome[] {
    return this.#rooms.votes.singles(list);
  }

  onAggregates(list: readonly electra.SignedAggregateAndProof[]): SubmitOutcome[] {
    return this.#rooms.votes.aggregates(list).map((outcome, i) => {
      const message = list[i]?.message;
      const slot = (message?.aggregate.data.slot ?? 0) as Slot;
      this.#rooms.aggregateTally.count(`${slot}:${message?.aggregatorIndex}`, slot, outcome);
      return outcome;
    });
  }

  /** The best aggregate for these data and this committee. Null when there is none. */
  aggregate(dataRoot: Root, slot: Slot, committeeIndex: CommitteeIndex): electra.Attestation | null {
    const aggregate = this.#rooms.votePool.bestAggregate(dataRoot, committeeIndex);
    return aggregate?.data.slot === slot ? aggregate : null;
  }

  /** True for validators whose vote for `epoch` came in, or a block of theirs in it. */
  liveness(
    epoch: Epoch,
    indices: readonly ValidatorIndex[],
  ): {readonly index: ValidatorIndex; readonly isLive: boolean}[] {
    const {votePool, proposersSeen} = this.#rooms;
    return indices.map((index) => ({
      index,
      isLive: votePool.hasVoted(epoch, index) || proposersSeen.has(epoch, index),
    }));
  }

  // Blocks and payloads

  /** A block for the proposer of `slot` to sign, on the head. Nobody sees it until it is submitted. Also for the slot that is about to begin. */
  produceBlock(slot: Slot, request: BlockRequest): UnsignedBlock | Refusal {
    if (slot > this.currentSlot + 1) return {refused: `slot ${slot} lies in the future`};
    if (slot < this.currentSlot) return {refused: `slot ${slot} has passed`};
    if (this.#rooms.faults.isSkipped(slot)) return {refused: `slot ${slot} is to be skipped`};
    return this.#rooms.production.produce(slot, this.#rooms.parentFor(slot), request);
  }

  /** Checks all signatures and the state root, imports the block and shows it. */
  submitBlock(signed: SignedBeaconBlock): SubmitOutcome {
    return this.#rooms.blocks.submit(signed);
  }

  submitBlindedBlock(signed: electra.SignedBlindedBeaconBlock): SubmitOutcome {
    return this.#rooms.blocks.submitBlinded(signed);
  }

  /** Gloas: one that comes after its due time is refused, and its block stays empty. */
  submitEnvelope(signed: gloas.SignedExecutionPayloadEnvelope): SubmitOutcome {
    return this.#rooms.envelopes.submit(signed);
  }

  prepareProposers(list: readonly ProposerPreparation[]): SubmitOutcome[] {
    return this.#rooms.settings.prepare(list);
  }

  registerValidators(list: readonly bellatrix.SignedValidatorRegistrationV1[]): SubmitOutcome[] {
    return this.#rooms.settings.register(list);
  }

  /** Gloas: the first message of a proposer for a slot stays. */
  onProposerPreferences(list: readonly gloas.SignedProposerPreferences[]): SubmitOutcome[] {
    return this.#rooms.settings.prefer(list);
  }

  // Committees

  onSyncCommitteeMessages(list: readonly altair.SyncCommitteeMessage[]): SubmitOutcome[] {
    return this.#rooms.syncIntake.messages(list);
  }

  /** All messages of the subcommittee for this block in one. Null when there are none. */
  syncContribution(slot: Slot, subcommitteeIndex: number, root: Root): altair.SyncCommitteeContribution | null {
    return this.#rooms.syncMessages.contribution(slot, subcommitteeIndex, root);
  }

  onContributions(list: readonly altair.SignedContributionAndProof[]): SubmitOutcome[] {
    return this.#rooms.syncIntake.contributions(list).map((outcome, i) => {
      const message = list[i]?.message;
      const slot = (message?.contribution.slot ?? 0) as Slot;
      const key = `${slot}:${message?.contribution.subcommitteeIndex}:${message?.aggregatorIndex}`;
      this.#rooms.contributionTally.count(key, slot, outcome);
      return outcome;
    });
  }

  /** Gloas. Null when no block of this slot was seen. */
  payloadAttestationData(slot: Slot): gloas.PayloadAttestationData | null {
    return this.#rooms.payloadAttestations.data(slot);
  }

  onPayloadAttestations(list: readonly gloas.PayloadAttestationMessage[]): SubmitOutcome[] {
    return this.#rooms.payloadAttestations.add(list);
  }

  // Operations

  onVoluntaryExits(list: readonly phase0.SignedVoluntaryExit[]): SubmitOutcome[] {
    return list.map((signed) => this.#rooms.operations.addVoluntaryExit(signed));
  }

  onProposerSlashings(list: readonly phase0.ProposerSlashing[]): SubmitOutcome[] {
    return list.map((slashing) => this.#rooms.operations.addProposerSlashing(slashing));
  }

  onAttesterSlashings(list: readonly electra.AttesterSlashing[]): SubmitOutcome[] {
    return list.map((slashing) => this.#rooms.operations.addAttesterSlashing(slashing));
  }

  onBlsToExecutionChanges(list: readonly capella.SignedBLSToExecutionChange[]): SubmitOutcome[] {
    return list.map((signed) => this.#rooms.operations.addBlsToExecutionChange(signed));
  }

  // What came of it

  figures(): ChainFigures {
    return {
      attestations: this.ledger.totals(),
      ...this.#rooms.dutyLedger.figures(),
      aggregates: this.#rooms.aggregateTally.figures,
      syncContributions: this.#rooms.contributionTally.figures,
    };
  }

  /** Null when the last slot of the epoch after `epoch` is not reached, or its state is gone. Empty `indices` asks for all. */
  attestationRewards(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<rewards.AttestationsRewards | null> {
    return this.#rooms.rewards.attestations(epoch, indices);
  }

  /** Null when block or state are gone, and for genesis. */
  blockRewards(root: Root): Promise<BlockRewardsView | null> {
    return this.#rooms.rewards.block(root);
  }

  /** As {@link blockRewards}. Empty `indices` asks for the whole committee. */
  syncCommitteeRewards(root: Root, indices: readonly ValidatorIndex[]): Promise<SyncCommitteeReward[] | null> {
    return this.#rooms.rewards.syncCommittee(root, indices);
  }

  /** Shufflings are fixed an epoch ahead. */
  #isKnowable(epoch: Epoch): boolean {
    return epoch <= computeEpochAtSlot(this.currentSlot + 1) + 1;
  }
}
