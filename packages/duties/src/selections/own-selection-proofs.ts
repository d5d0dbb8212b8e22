import type {Signature} from "@mote/core";
import {ProofBook} from "./proof-book.ts";
import type {Selection, SelectionProofSource} from "./selection-proof-source.ts";
import {SelectionSigning, type SelectionSigningComponents} from "./selection-signing.ts";

/** Selection proofs of keys that we hold whole: signed ahead of their slots, spread over time. */
export class OwnSelectionProofs implements SelectionProofSource {
  /** Each slot makes the proofs of the one after the next; a slot that could not leaves time to make up for it. */
  readonly syncLeadSlots = 2;
  readonly #book: ProofBook;
  readonly #signing: SelectionSigning;

  constructor(components: SelectionSigningComponents) {
    this.#book = new ProofBook(components);
    this.#signing = new SelectionSigning(components);
  }

  async prepare(selections: readonly Selection[], signal: AbortSignal): Promise<void> {
    for (const selection of this.#book.claim(selections)) {
      const proof = await this.#signing.sign(selection, signal);
      if (proof === null) this.#book.release(selection);
      else this.#book.put(selection, proof);
    }
  }

  proofOf(selection: Selection): Signature | null {
    return this.#book.get(selection);
  }
}
