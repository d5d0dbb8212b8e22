import type {CommitteeIndex, Epoch, Root, Slot, ValidatorIndex} from "@mote/core";

/**
 * What a light node knows to hold gossip against, at once and from memory. Null: not known, so that a message which needs it is ignored and
 * never passed on.
 */
export interface GossipChainView {
  /** The proposer of a slot of this epoch or the next. */
  proposerAt(slot: Slot): ValidatorIndex | null;
  /** Members of a committee, in its order. */
  committee(slot: Slot, committeeIndex: CommitteeIndex): readonly ValidatorIndex[] | null;
  committeesPerSlot(epoch: Epoch): number | null;
  /** 48 bytes. Of proposers, of committees that are known, and of validators of ours. */
  pubkeyOf(index: ValidatorIndex): Uint8Array | null;
  /** The seats of the sync committee whose messages are for `slot`, in their order. */
  syncCommitteeAt(slot: Slot): readonly ValidatorIndex[] | null;
  /** Whether a block with this root was seen. */
  hasBlock(root: Root): boolean;
  finalizedEpoch(): Epoch | null;
  /** A validator of ours: its messages are looked at even where others' cannot be. */
  isOurs(index: ValidatorIndex): boolean;
}
