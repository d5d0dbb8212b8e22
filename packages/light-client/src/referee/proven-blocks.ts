import type {Root, Slot} from "@mote/core";
import type {Participation} from "../rules/participation.ts";
import type {BlockTree} from "./block-tree.ts";

/** A block that at least 2/3 of a sync committee called the head. */
export interface Proof {
  readonly slot: Slot;
  readonly root: Root;
  readonly participation: Participation;
  /** Of the block that took their signatures in. */
  readonly signatureSlot: Slot;
  /** Unix ms at which it became known. */
  readonly knownMs: number;
}

/** Light clients tell at most one for each slot, and a few epochs are kept; so many are enough whatever is told. */
const PROOFS_MAX = 256;

/** Blocks that were the head for at least 2/3 of a sync committee. A later word stands above an earlier one. */
export class ProvenBlocks {
  /** By the slot of the signatures, ascending. */
  #proofs: Proof[] = [];
  readonly #tree: BlockTree;

  constructor(components: {readonly tree: BlockTree}) {
    this.#tree = components.tree;
  }

  add(proof: Proof): void {
    if (this.#proofs.some(({root}) => root === proof.root)) return;
    const later = this.#proofs.findIndex(({signatureSlot}) => signatureSlot > proof.signatureSlot);
    this.#proofs.splice(later === -1 ? this.#proofs.length : later, 0, proof);
    if (this.#proofs.length > PROOFS_MAX) this.#proofs.shift();
  }

  forgetBefore(slot: Slot): void {
    if (this.#proofs.some((proof) => proof.slot < slot))
      this.#proofs = this.#proofs.filter((proof) => proof.slot >= slot);
  }

  newest(): Proof | null {
    return this.#proofs.at(-1) ?? null;
  }

  /** Of blocks from `slot` on, newest first, without those that a later word leaves out. */
  standingFrom(slot: Slot): readonly Proof[] {
    return this.#proofs.filter((proof) => proof.slot >= slot && !this.#isLeftOut(proof)).toReversed();
  }

  /** The newest of blocks before `slot` that was known before `untilMs`. Null too when what is known by now speaks against it. */
  newestBefore(slot: Slot, untilMs: number): Proof | null {
    const proof = this.#proofs.findLast((each) => each.slot < slot && each.knownMs < untilMs);
    return proof === undefined || this.#isLeftOut(proof) ? null : proof;
  }

  /** Whether it is one of them, or one of them has it in its chain. */
  isHeld(block: {readonly root: Root; readonly slot: Slot}): boolean {
    return this.#proofs.some((proof) => this.#tree.relation(proof.root, block) === "holds");
  }

  /** By a word as late as its own, or later: the network has turned away from it. */
  #isLeftOut(proof: Proof): boolean {
    return this.#proofs.some(
      (other) => other.signatureSlot >= proof.signatureSlot && this.#tree.relation(other.root, proof) === "leaves_out",
    );
  }
}
