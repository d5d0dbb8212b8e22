import {createHash} from "node:crypto";
import type {BenchChainInit} from "./chain-init.ts";

/** Mainnet: 64 committees of some 500 validators in each slot of 32, whoever of them is ours. */
export const SLOTS_PER_EPOCH = 32;
export const COMMITTEES_PER_SLOT = 64;
export const COMMITTEE_LENGTH = 500;
const SYNC_COMMITTEE_SIZE = 512;
const SYNC_SUBCOMMITTEE_SIZE = SYNC_COMMITTEE_SIZE / 4;
/** Proposers that are not ours. */
export const FOREIGN_INDEX = 900_000;
const FOREIGN_PUBKEY = `0x${"a0".repeat(48)}`;
const SIGNATURE = `0x${"a5".repeat(96)}`;
const ADDRESS = `0x${"42".repeat(20)}`;
const MEMBERS = Array.from({length: COMMITTEE_LENGTH}, (_, place) => String(place));

export const slotsOfEpoch = (epoch: number): number[] =>
  Array.from({length: SLOTS_PER_EPOCH}, (_, at) => epoch * SLOTS_PER_EPOCH + at);
const epochOf = (slot: number): number => Math.floor(slot / SLOTS_PER_EPOCH);

/** A chain that always goes well: what it says follows from the slot alone. Validators have their indices in the order in which they are asked for. */
export class BenchChain {
  readonly init: BenchChainInit;
  readonly #pubkeys: string[] = [];
  readonly #indices = new Map<string, number>();
  readonly #slots = new Map<string, number>();
  #headSlot = -1;

  constructor(init: BenchChainInit) {
    this.init = init;
  }

  get headSlot(): number {
    return this.#headSlot;
  }

  get headRoot(): string {
    return this.rootOf(this.#headSlot);
  }

  get validatorCount(): number {
    return this.#pubkeys.length;
  }

  advance(slot: number): void {
    this.#headSlot = slot;
    this.#slots.set(this.rootOf(slot), slot);
  }

  rootOf(slot: number): string {
    return `0x${createHash("sha256").update(`block ${slot}`).digest("hex")}`;
  }

  slotOf(root: string): number | undefined {
    return root === "head" ? this.#headSlot : this.#slots.get(root);
  }

  votesAt(slot: number): number {
    const place = slot % SLOTS_PER_EPOCH;
    return Math.max(0, Math.ceil((this.#pubkeys.length - place) / SLOTS_PER_EPOCH));
  }

  headEvent(): unknown {
    const epoch = epochOf(this.#headSlot);
    return {
      slot: String(this.#headSlot),
      block: this.headRoot,
      state: this.headRoot,
      epoch_transition: this.#headSlot % SLOTS_PER_EPOCH === 0,
      previous_duty_dependent_root: this.#dependentRoot(epoch - 1),
      current_duty_dependent_root: this.#dependentRoot(epoch),
      execution_optimistic: false,
    };
  }

  genesis(): unknown {
    return {
      genesis_time: String(this.init.genesisTimeSec),
      genesis_validators_root: this.rootOf(-1),
      genesis_fork_version: this.init.spec.GENESIS_FORK_VERSION,
    };
  }

  depositContract(): unknown {
    const {DEPOSIT_CHAIN_ID, DEPOSIT_CONTRACT_ADDRESS} = this.init.spec;
    return {chain_id: DEPOSIT_CHAIN_ID, address: DEPOSIT_CONTRACT_ADDRESS};
  }

  syncing(): unknown {
    const head_slot = String(this.#headSlot);
    return {head_slot, sync_distance: "0", is_syncing: false, is_optimistic: false, el_offline: false};
  }

  validators(pubkeys: readonly string[]): unknown {
    return pubkeys.map((pubkey) => ({
      index: String(this.#indexOf(pubkey)),
      balance: "32000000000",
      status: "active_ongoing",
      validator: {
        pubkey,
        withdrawal_credentials: `0x${"03".repeat(32)}`,
        effective_balance: "32000000000",
        slashed: false,
        activation_eligibility_epoch: "0",
        activation_epoch: "0",
        exit_epoch: "18446744073709551615",
        withdrawable_epoch: "18446744073709551615",
      },
    }));
  }

  committees(slot: number): unknown {
    return Array.from({length: COMMITTEES_PER_SLOT}, (_, index) => ({
      index: String(index),
      slot: String(slot),
      validators: this.membersOf(slot, index),
    }));
  }

  membersOf(_slot: number, _committeeIndex: number): readonly string[] {
    return MEMBERS;
  }

  header(slot: number): unknown {
    const message = {
      slot: String(slot),
      proposer_index: "1",
      parent_root: this.rootOf(slot - 1),
      state_root: this.rootOf(slot),
      body_root: this.rootOf(slot),
    };
    return {root: this.rootOf(slot), canonical: true, header: {message, signature: SIGNATURE}};
  }

  /** Of the block of `slot`: all votes of the slot before it in one. */
  attestations(slot: number): unknown {
    const bits = COMMITTEES_PER_SLOT * COMMITTEE_LENGTH;
    return [
      {
        aggregation_bits: `0x${"ff".repeat(bits / 8)}01`,
        committee_bits: `0x${"ff".repeat(COMMITTEES_PER_SLOT / 8)}`,
        data: this.attestationData(slot - 1),
        signature: SIGNATURE,
      },
    ];
  }

  attestationData(slot: number) {
    const epoch = epochOf(slot);
    const sourceEpoch = Math.max(0, epoch - 1);
    return {
      slot: String(slot),
      index: "0",
      beacon_block_root: this.rootOf(slot),
      source: {epoch: String(sourceEpoch), root: this.rootOf(sourceEpoch * SLOTS_PER_EPOCH)},
      target: {epoch: String(epoch), root: this.rootOf(epoch * SLOTS_PER_EPOCH)},
    };
  }

  aggregate(slot: number, committeeIndex: number): unknown {
    const committees = Buffer.alloc(COMMITTEES_PER_SLOT / 8);
    committees.writeUInt8(1 << (committeeIndex % 8), Math.floor(committeeIndex / 8));
    // 500 bits, and the one that ends them.
    const bits = Buffer.alloc(Math.floor(COMMITTEE_LENGTH / 8) + 1, 0xff);
    bits[bits.length - 1] = 0b0001_1111;
    return {
      aggregation_bits: `0x${bits.toString("hex")}`,
      committee_bits: `0x${committees.toString("hex")}`,
      data: this.attestationData(slot),
      signature: SIGNATURE,
    };
  }

  contribution(slot: number, subcommitteeIndex: number): unknown {
    return {
      slot: String(slot),
      beacon_block_root: this.rootOf(slot),
      subcommittee_index: String(subcommitteeIndex),
      aggregation_bits: `0x${"ff".repeat(SYNC_SUBCOMMITTEE_SIZE / 8)}`,
      signature: SIGNATURE,
    };
  }

  attesterDuties(epoch: number, indices: readonly string[]): unknown {
    const data = indices.map((text) => {
      const index = Number(text);
      const nth = Math.floor(index / SLOTS_PER_EPOCH);
      return {
        pubkey: this.#pubkeys[index],
        validator_index: text,
        slot: String(epoch * SLOTS_PER_EPOCH + (index % SLOTS_PER_EPOCH)),
        committee_index: String(nth % COMMITTEES_PER_SLOT),
        committee_length: String(COMMITTEE_LENGTH),
        committees_at_slot: String(COMMITTEES_PER_SLOT),
        validator_committee_index: String(Math.floor(nth / COMMITTEES_PER_SLOT)),
      };
    });
    return {data, ...this.#dutiesOf(epoch)};
  }

  proposerDuties(epoch: number): unknown {
    const data = slotsOfEpoch(epoch).map((slot) => {
      const index = this.proposerAt(slot);
      return {pubkey: this.pubkeyOf(index), validator_index: String(index), slot: String(slot)};
    });
    return {data, ...this.#dutiesOf(epoch)};
  }

  pubkeyOf(index: number): string {
    return this.#pubkeys[index] ?? FOREIGN_PUBKEY;
  }

  proposerAt(slot: number): number {
    return this.init.proposes ? slot % this.#pubkeys.length : FOREIGN_INDEX + (slot % SLOTS_PER_EPOCH);
  }

  /** Seats far from each other: all four subcommittees have some of them. */
  syncDuties(indices: readonly string[]): unknown {
    const {syncSeats} = this.init;
    const seated = indices.filter((index) => Number(index) < syncSeats);
    return seated.map((index) => ({
      pubkey: this.#pubkeys[Number(index)],
      validator_index: index,
      validator_sync_committee_indices: [String(Number(index) * Math.floor(SYNC_COMMITTEE_SIZE / syncSeats))],
    }));
  }

  forkSchedule(): unknown {
    const {GENESIS_FORK_VERSION: previous_version, FULU_FORK_VERSION: current_version} = this.init.spec;
    return [{previous_version, current_version, epoch: "0"}];
  }

  readonly feeRecipient = ADDRESS;

  #dutiesOf(epoch: number) {
    return {dependent_root: this.#dependentRoot(epoch - 1), execution_optimistic: false};
  }

  #dependentRoot(epoch: number): string {
    return this.rootOf(epoch * SLOTS_PER_EPOCH - 1);
  }

  #indexOf(pubkey: string): number {
    const known = this.#indices.get(pubkey);
    if (known !== undefined) return known;
    this.#indices.set(pubkey, this.#pubkeys.length);
    return this.#pubkeys.push(pubkey) - 1;
  }
}
