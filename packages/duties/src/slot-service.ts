import type {ChainEvent, NetworkEvent, Slot} from "@mote/core";
import type {IncludedVote} from "./network/included-votes.ts";

/**
 * A kind of duty, or a guard, that the runner drives through the slots. What a service needs not it leaves out. A rejected promise is a bug: it
 * is logged, and stops nobody else.
 */
export interface SlotService {
  /** At the start of each slot; at once for the one that is running. Services work side by side: each waits for its own due times by itself. */
  onSlot?(slot: Slot, signal: AbortSignal): Promise<void>;
  /** A slot that went by unseen: the machine slept, or its clock was set forward. Open duties are failed with SLOT_PASSED_BY. */
  onPassedBy?(slot: Slot): void;
  /** Must not throw, and must not take long: the vote waits for the same event. */
  onChainEvent?(event: ChainEvent): void;
  /** As {@link SlotService.onChainEvent}. */
  onNetworkEvent?(event: NetworkEvent): void;
  /**
   * Makes sure that the duties of the current epoch are known. Called at the start of a slot and while starting, so it does nothing but that.
   * @returns false when they could not be had
   */
  ensureThisEpoch?(): Promise<boolean>;
  /**
   * What can wait: called once a slot, when what is due in it is done, with the validators' statuses fresh. Duties of the next epoch belong
   * here. Left out while the last call is still at work.
   */
  lookAhead?(slot: Slot, signal: AbortSignal): Promise<void>;
}

/** Says which keys may sign. */
export interface Guard extends SlotService {
  /**
   * Asks what is open of the keys' past: once before the first slot, then at the start of each. The first word is awaited for a moment only.
   * @returns whether keys may sign that might not before
   */
  run?(): Promise<boolean>;
  /** A proven block has a vote with our validator's bit: whether it was ours is to be judged. */
  onIncludedVote?(vote: IncludedVote): void;
}

export const PASSED_BY_DETAIL = "this process was not running, or the clock was set forward";
