import type {gloas} from "@lodestar/types";
import {type Root, rootToHex, type Slot} from "@mote/core";

/** Envelopes of blocks that an endpoint made and gave away, for so many slots. */
const SLOTS_KEPT = 2;
/** Of one slot: each request for a block may bring forth another. */
const ENVELOPES_MAX = 64;

/**
 * What a beacon node keeps between the block that it made and the envelope that comes back signed. Another node does not have it, and so
 * cannot add the blobs to an envelope that comes without them.
 */
export class ProducedEnvelopes {
  readonly #byBlock = new Map<Root, {readonly slot: Slot; readonly envelope: gloas.ExecutionPayloadEnvelope}>();

  add(slot: Slot, root: Root, envelope: gloas.ExecutionPayloadEnvelope): void {
    for (const [other, kept] of this.#byBlock) {
      if (kept.slot + SLOTS_KEPT <= slot) this.#byBlock.delete(other);
    }
    const [oldest] = this.#byBlock.keys();
    if (oldest !== undefined && this.#byBlock.size >= ENVELOPES_MAX) this.#byBlock.delete(oldest);
    this.#byBlock.set(root, {slot, envelope});
  }

  get(root: Uint8Array): gloas.ExecutionPayloadEnvelope | null {
    return this.#byBlock.get(rootToHex(root))?.envelope ?? null;
  }
}
