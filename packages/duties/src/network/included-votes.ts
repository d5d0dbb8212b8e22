import {holdsVote} from "@mote/consensus";
import type {Attestation, AttesterDuty, Epoch, Log, NetworkEvent, Referee, Root, Slot, SlotClock} from "@mote/core";
import {Complaint} from "../complaint.ts";

/** A vote in a valid block, with the bit of one of our validators. */
export interface IncludedVote {
  readonly duty: AttesterDuty;
  readonly attestation: Attestation;
  readonly blockRoot: Root;
  /** The block that the committees rest on, on the block's own chain: on another one the bit is another's. Null: it is genesis. */
  readonly dependentRoot: Root | null;
}

export interface IncludedVotesInit {
  /** Called once for each block and vote of ours in it. */
  readonly onIncludedVote: (vote: IncludedVote) => void;
}

export interface IncludedVotesComponents {
  /** Of this and the last epoch. */
  readonly duties: {dutiesAt(slot: Slot): readonly AttesterDuty[]};
  readonly referee: Pick<Referee, "isProven" | "provenRootAt">;
  /** By committee index. Rejects when it cannot be told. */
  readonly lengthsAt: (slot: Slot) => Promise<readonly number[]>;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

interface WaitingBlock {
  readonly slot: Slot;
  readonly root: Root;
  /** For slots with duties of ours. */
  readonly attestations: readonly Attestation[];
  readonly isSignatureVerified: boolean;
}

/** Blocks that wait for their proof: an epoch of them on mainnet, should no proof come. */
const BLOCKS_WAITING_MAX = 32;

/**
 * Looks for the bits of our validators in blocks of the network. A bit proves a vote only in a valid block: the aggregate's signature cannot be verified here, and a proposer may sign
 * whatever it likes. So a block waits until a sync committee has signed it, or one after it.
 */
export class IncludedVotes {
  readonly #waiting = new Map<Root, WaitingBlock>();
  readonly #init: IncludedVotesInit;
  readonly #c: IncludedVotesComponents;
  readonly #notRead: Complaint;

  constructor(init: IncludedVotesInit, components: IncludedVotesComponents) {
    this.#init = init;
    this.#c = components;
    this.#notRead = new Complaint({what: "votes in blocks of the network not read"}, components);
  }

  onNetworkEvent(event: NetworkEvent): void {
    if (event.kind !== "block" && event.kind !== "fetched_block") return;
    const {slot, blockRoot: root} = event;
    const isSignatureVerified = event.kind === "fetched_block" || event.isSignatureVerified;
    const attestations = event.attestations.filter(({data}) => this.#c.duties.dutiesAt(data.slot).length > 0);
    if (attestations.length === 0) return;
    this.#waiting.set(root, {slot, root, attestations, isSignatureVerified});
    if (this.#waiting.size <= BLOCKS_WAITING_MAX) return;
    // Anybody can make those that are not signed.
    const waiting = [...this.#waiting.values()];
    const surplus = waiting.find((block) => !block.isSignatureVerified) ?? waiting[0];
    if (surplus !== undefined) this.#waiting.delete(surplus.root);
  }

  /** Reads the blocks that are proven by now, and forgets those that nobody will prove any more. */
  async look(): Promise<void> {
    const {referee, slotClock} = this.#c;
    const oldestSlot = slotClock.currentSlot() - slotClock.timing.slotsPerEpoch;
    for (const block of [...this.#waiting.values()]) {
      if (block.slot < oldestSlot) this.#waiting.delete(block.root);
      else if (referee.isProven(block.root)) await this.#read(block);
    }
  }

  async #read(block: WaitingBlock): Promise<void> {
    try {
      const votes = await Promise.all(block.attestations.map((attestation) => this.#votesIn(attestation, block.root)));
      this.#notRead.succeeded();
      // Until the chain is known so far back nobody knows whose bits these are.
      if (votes.includes(null)) return;
      this.#waiting.delete(block.root);
      for (const vote of votes.flat()) if (vote !== null) this.#init.onIncludedVote(vote);
    } catch (error) {
      this.#notRead.failed(error);
    }
  }

  async #votesIn(attestation: Attestation, blockRoot: Root): Promise<readonly IncludedVote[] | null> {
    const {duties, lengthsAt, referee, slotClock} = this.#c;
    const {slot, target} = attestation.data;
    const lengths = await lengthsAt(slot);
    const held = duties.dutiesAt(slot).filter((duty) => holdsVote(attestation, lengths, duty));
    if (held.length === 0) return [];
    const dependentSlot = (slotClock.firstSlotOf((target.epoch - 1) as Epoch) - 1) as Slot;
    const dependentRoot = dependentSlot < 0 ? null : referee.provenRootAt(dependentSlot);
    if (dependentSlot >= 0 && dependentRoot === null) return null;
    return held.map((duty) => ({duty, attestation, blockRoot, dependentRoot}));
  }
}
