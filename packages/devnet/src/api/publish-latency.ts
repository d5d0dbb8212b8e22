import type {electra} from "@lodestar/types";
import {type Root, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";

interface OpenSlot {
  readonly root: Root;
  readonly headWrittenMs: number;
  readonly voters: Set<ValidatorIndex>;
}

/** Heads of this many slots are kept open for votes. */
const OPEN_SLOTS_MAX = 16;
/** Samples beyond this number push the oldest out: 36 hours of slots of 2 s. */
const SAMPLES_MAX = 65_536;

/**
 * Head to publish of one endpoint: from the moment its first head event of slot S was handed to a stream, to the moment the last byte was
 * received of the POST that brought this endpoint its last new vote of slot S for that very head. One sample a slot.
 * Votes that came before the event, or for another head, were not set off by it and count for nothing; nor does a vote that is sent again.
 */
export class PublishLatency {
  readonly #open = new Map<Slot, OpenSlot>();
  readonly #samples = new Map<Slot, number>();

  headWritten(slot: Slot, root: Root, atMs: number): void {
    if (this.#open.has(slot)) return;
    this.#open.set(slot, {root, headWrittenMs: atMs, voters: new Set()});
    const [oldest] = this.#open.keys();
    if (oldest !== undefined && this.#open.size > OPEN_SLOTS_MAX) this.#open.delete(oldest);
  }

  /** @param lastByteMs when the last byte of their request was received */
  votesReceived(votes: readonly electra.SingleAttestation[], lastByteMs: number): void {
    for (const {data, attesterIndex} of votes) {
      const slot = data.slot as Slot;
      const open = this.#open.get(slot);
      if (open === undefined || lastByteMs < open.headWrittenMs || open.voters.has(attesterIndex as ValidatorIndex))
        continue;
      if (rootToHex(data.beaconBlockRoot) !== open.root) continue;
      open.voters.add(attesterIndex as ValidatorIndex);
      this.#keep(slot, lastByteMs - open.headWrittenMs);
    }
  }

  ofSlot(slot: Slot): number | null {
    return this.#samples.get(slot) ?? null;
  }

  samples(): number[] {
    return [...this.#samples.values()];
  }

  #keep(slot: Slot, latencyMs: number): void {
    this.#samples.set(slot, latencyMs);
    const [oldest] = this.#samples.keys();
    if (oldest !== undefined && this.#samples.size > SAMPLES_MAX) this.#samples.delete(oldest);
  }
}

/** The value that `fraction` of the samples do not exceed (nearest rank); null when there are none. */
export function percentile(samples: readonly number[], fraction: number): number | null {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? null;
}
