import {BitArray} from "@chainsafe/ssz";
import {SYNC_COMMITTEE_SIZE, SYNC_COMMITTEE_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_SIZE} from "@lodestar/params";
import {G2_POINT_AT_INFINITY} from "@lodestar/state-transition";
import type {altair} from "@lodestar/types";
import {hexToBytes, type Root, rootToHex, type Slot} from "@mote/core";
import {mergeSignatures} from "../vote-pool.ts";

export interface SeatedMessage {
  readonly message: altair.SyncCommitteeMessage;
  /** All seats of the validator. */
  readonly seats: readonly number[];
}

interface SlotPool {
  /** By validator. */
  readonly messages: Map<number, SeatedMessage>;
  /** By `root:subcommittee`, all messages in one; as long as none is added. */
  readonly merged: Map<string, altair.SyncCommitteeContribution>;
  /** By `root:subcommittee`, the one with the most bits. */
  readonly contributions: Map<string, altair.SyncCommitteeContribution>;
}

/** Checked sync messages and contributions, by slot. What is put in is valid. */
export class SyncPool {
  readonly #slots = new Map<Slot, SlotPool>();

  get waiting(): altair.SyncCommitteeMessage[] {
    return [...this.#slots.values()].flatMap(({messages}) => [...messages.values()].map(({message}) => message));
  }

  message(slot: Slot, validatorIndex: number): altair.SyncCommitteeMessage | null {
    return this.#slots.get(slot)?.messages.get(validatorIndex)?.message ?? null;
  }

  addMessage(seated: SeatedMessage): void {
    const {messages, merged} = this.#slot(seated.message.slot as Slot);
    messages.set(seated.message.validatorIndex, seated);
    merged.clear();
  }

  /** All messages for this root by members of the subcommittee in one. Null when there are none. */
  contribution(slot: Slot, subcommitteeIndex: number, root: Root): altair.SyncCommitteeContribution | null {
    const ofSlot = this.#slots.get(slot);
    if (ofSlot === undefined) return null;
    const key = keyOf(root, subcommitteeIndex);
    const known = ofSlot.merged.get(key);
    if (known !== undefined) return known;
    const merged = mergeMessages(ofSlot.messages.values(), {slot, subcommitteeIndex, root});
    if (merged !== null) ofSlot.merged.set(key, merged);
    return merged;
  }

  addContribution(contribution: altair.SyncCommitteeContribution): void {
    const {contributions} = this.#slot(contribution.slot as Slot);
    const key = keyOf(rootToHex(contribution.beaconBlockRoot), contribution.subcommitteeIndex);
    const known = contributions.get(key);
    if (known === undefined || bitsOf(contribution) > bitsOf(known)) contributions.set(key, contribution);
  }

  /** For a block on `parentRoot` in the slot after `slot`: the best contribution of each subcommittee, and nothing that none has. */
  aggregate(slot: Slot, parentRoot: Root): altair.SyncAggregate {
    const syncCommitteeBits = BitArray.fromBitLen(SYNC_COMMITTEE_SIZE);
    const signatures: Uint8Array[] = [];
    for (let subcommittee = 0; subcommittee < SYNC_COMMITTEE_SUBNET_COUNT; subcommittee++) {
      const best = this.#slots.get(slot)?.contributions.get(keyOf(parentRoot, subcommittee));
      if (best === undefined) continue;
      for (const place of best.aggregationBits.getTrueBitIndexes()) {
        syncCommitteeBits.set(subcommittee * SYNC_COMMITTEE_SUBNET_SIZE + place, true);
      }
      signatures.push(best.signature);
    }
    const syncCommitteeSignature = signatures.length === 0 ? G2_POINT_AT_INFINITY : mergeSignatures(signatures);
    return {syncCommitteeBits, syncCommitteeSignature};
  }

  prune(oldest: Slot): void {
    for (const slot of this.#slots.keys()) if (slot < oldest) this.#slots.delete(slot);
  }

  #slot(slot: Slot): SlotPool {
    const known = this.#slots.get(slot);
    if (known !== undefined) return known;
    const created: SlotPool = {messages: new Map(), merged: new Map(), contributions: new Map()};
    this.#slots.set(slot, created);
    return created;
  }
}

function mergeMessages(
  messages: Iterable<SeatedMessage>,
  {slot, subcommitteeIndex, root}: {readonly slot: Slot; readonly subcommitteeIndex: number; readonly root: Root},
): altair.SyncCommitteeContribution | null {
  const aggregationBits = BitArray.fromBitLen(SYNC_COMMITTEE_SUBNET_SIZE);
  const signatures: Uint8Array[] = [];
  for (const {message, seats} of messages) {
    if (rootToHex(message.beaconBlockRoot) !== root) continue;
    for (const seat of seats) {
      if (Math.floor(seat / SYNC_COMMITTEE_SUBNET_SIZE) !== subcommitteeIndex) continue;
      aggregationBits.set(seat % SYNC_COMMITTEE_SUBNET_SIZE, true);
      signatures.push(message.signature);
    }
  }
  if (signatures.length === 0) return null;
  const signature = mergeSignatures(signatures);
  return {slot, beaconBlockRoot: hexToBytes(root), subcommitteeIndex, aggregationBits, signature};
}

const keyOf = (root: Root, subcommittee: number): string => `${root}:${subcommittee}`;
const bitsOf = ({aggregationBits}: altair.SyncCommitteeContribution): number =>
  aggregationBits.getTrueBitIndexes().length;
