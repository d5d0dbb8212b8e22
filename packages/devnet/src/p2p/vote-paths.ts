import type {electra} from "@lodestar/types";
import type {Slot} from "@mote/core";

export type VotePath = "api" | "gossip";

/**
 * Valid votes by the ways on which they came to the devnet from outside: each counts in one field. A node that has sent a vote itself does not hear it again
 * from its peers, so `gossipOnly` is exact, and some of `apiOnly` were gossiped as well.
 */
export interface VotePathFigures {
  readonly both: number;
  readonly apiOnly: number;
  readonly gossipOnly: number;
}

/** Votes of older slots are counted for good. */
const OPEN_SLOTS_MAX = 32;
const BIT: Readonly<Record<VotePath, number>> = {api: 1, gossip: 2};

/** Counts votes by path. A vote that comes again by the same path counts once. */
export class VotePaths {
  /** By slot, by validator: the bits of the paths. */
  readonly #open = new Map<Slot, Map<number, number>>();
  #closed: VotePathFigures = {both: 0, apiOnly: 0, gossipOnly: 0};

  note(path: VotePath, {data, attesterIndex}: electra.SingleAttestation): void {
    const slot = data.slot as Slot;
    const ofSlot = this.#open.get(slot) ?? this.#begin(slot);
    ofSlot.set(attesterIndex, (ofSlot.get(attesterIndex) ?? 0) | BIT[path]);
  }

  figures(): VotePathFigures {
    return [...this.#open.values()].reduce(add, this.#closed);
  }

  #begin(slot: Slot): Map<number, number> {
    const ofSlot = new Map<number, number>();
    this.#open.set(slot, ofSlot);
    if (this.#open.size > OPEN_SLOTS_MAX) {
      const oldest = Math.min(...this.#open.keys()) as Slot;
      this.#closed = add(this.#closed, this.#open.get(oldest) ?? new Map());
      this.#open.delete(oldest);
    }
    return ofSlot;
  }
}

function add(figures: VotePathFigures, ofSlot: ReadonlyMap<number, number>): VotePathFigures {
  const count = (bits: number): number => [...ofSlot.values()].filter((each) => each === bits).length;
  return {
    both: figures.both + count(BIT.api | BIT.gossip),
    apiOnly: figures.apiOnly + count(BIT.api),
    gossipOnly: figures.gossipOnly + count(BIT.gossip),
  };
}
