import {SecretKey} from "@mote/consensus/secret-key";
import {type CommitteeIndex, type Epoch, hexToBytes, type Root, type Slot, type ValidatorIndex} from "@mote/core";
import type {GossipChainView} from "../../src/gossip/chain-view.ts";

export const SLOTS_PER_EPOCH = 8;
const VALIDATORS = 64;
const COMMITTEES_PER_SLOT = 2;
const COMMITTEE_SIZE = 4;
const SYNC_COMMITTEE_SIZE = 32;
/** So few that the first two have a second seat, in another subcommittee. */
const SYNC_COMMITTEE_VALIDATORS = 30;

const keys = new Map<number, SecretKey>();
export function keyOf(index: number): SecretKey {
  const key = keys.get(index) ?? SecretKey.interop(index);
  keys.set(index, key);
  return key;
}

/** A chain of 64 validators with interop keys; what it knows can be taken away. */
export class FakeChainView implements GossipChainView {
  readonly ours = new Set<number>();
  readonly blocks = new Set<Root>();
  readonly unknownKeys = new Set<number>();
  finalized: number | null = 1;
  knowsProposers = true;
  knowsCommittees = true;
  knowsCommitteesPerSlot = true;
  knowsSyncCommittee = true;

  proposerAt(slot: Slot): ValidatorIndex | null {
    return this.knowsProposers ? ((slot % VALIDATORS) as ValidatorIndex) : null;
  }

  committee(slot: Slot, committeeIndex: CommitteeIndex): readonly ValidatorIndex[] | null {
    if (!this.knowsCommittees) return null;
    const first = ((slot % SLOTS_PER_EPOCH) * COMMITTEES_PER_SLOT + committeeIndex) * COMMITTEE_SIZE;
    return Array.from({length: COMMITTEE_SIZE}, (_, n) => (first + n) as ValidatorIndex);
  }

  committeesPerSlot(_epoch: Epoch): number | null {
    return this.knowsCommitteesPerSlot ? COMMITTEES_PER_SLOT : null;
  }

  pubkeyOf(index: ValidatorIndex): Uint8Array | null {
    const isKnown = index < VALIDATORS && !this.unknownKeys.has(index);
    return isKnown ? hexToBytes(keyOf(index).pubkey) : null;
  }

  syncCommitteeAt(_slot: Slot): readonly ValidatorIndex[] | null {
    if (!this.knowsSyncCommittee) return null;
    return Array.from({length: SYNC_COMMITTEE_SIZE}, (_, seat) => (seat % SYNC_COMMITTEE_VALIDATORS) as ValidatorIndex);
  }

  hasBlock(root: Root): boolean {
    return this.blocks.has(root);
  }

  finalizedEpoch(): Epoch | null {
    return this.finalized as Epoch | null;
  }

  isOurs(index: ValidatorIndex): boolean {
    return this.ours.has(index);
  }
}
