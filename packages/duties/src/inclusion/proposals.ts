import type {DutyJournal, DutyKey, Epoch, Root, Slot, SlotClock} from "@mote/core";

interface OpenProposal {
  readonly key: DutyKey;
  readonly root: Root;
}

/** Blocks of ours that are out, until it is certain whether the chain has them. */
export class Proposals {
  readonly #byRoot = new Map<Root, OpenProposal>();
  readonly #journal: DutyJournal;
  readonly #slotClock: SlotClock;

  constructor(components: {readonly journal: DutyJournal; readonly slotClock: SlotClock}) {
    this.#journal = components.journal;
    this.#slotClock = components.slotClock;
  }

  follow(key: DutyKey, root: Root): void {
    this.#byRoot.set(root, {key, root});
  }

  slots(): readonly Slot[] {
    return [...this.#byRoot.values()].map(({key}) => key.slot);
  }

  joined(root: Root): void {
    const proposal = this.#byRoot.get(root);
    if (proposal !== undefined) this.#journal.reached(proposal.key, "included", this.#slotClock.nowMs());
  }

  left(root: Root): void {
    const proposal = this.#byRoot.get(root);
    if (proposal !== undefined) this.#journal.undone(proposal.key, "included");
  }

  /** A block that is not in the chain by the end of the epoch after its own is not coming back. */
  closeOld(epoch: Epoch, isCanonical: (root: Root) => boolean): void {
    for (const {key, root} of this.#byRoot.values()) {
      if (this.#slotClock.epochOf(key.slot) + 2 > epoch) continue;
      if (isCanonical(root)) this.#journal.close(key);
      else this.#journal.fail(key, "NOT_INCLUDED", "the chain went on without this block");
      this.#byRoot.delete(root);
    }
  }
}
