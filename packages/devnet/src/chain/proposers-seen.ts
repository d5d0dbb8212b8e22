import type {Epoch, ValidatorIndex} from "@mote/core";

/** Who proposed in which epoch, on whatever branch: a sign of life. */
export class ProposersSeen {
  readonly #byEpoch = new Map<Epoch, Set<ValidatorIndex>>();

  add(epoch: Epoch, index: ValidatorIndex): void {
    const seen = this.#byEpoch.get(epoch) ?? new Set<ValidatorIndex>();
    this.#byEpoch.set(epoch, seen.add(index));
  }

  has(epoch: Epoch, index: ValidatorIndex): boolean {
    return this.#byEpoch.get(epoch)?.has(index) ?? false;
  }

  prune(oldest: Epoch): void {
    for (const epoch of this.#byEpoch.keys()) if (epoch < oldest) this.#byEpoch.delete(epoch);
  }
}
