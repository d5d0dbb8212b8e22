import type {GossipKind, Validation} from "../../network.ts";
import type {GossipReason} from "./judgement.ts";

export interface GossipCount {
  readonly kind: GossipKind;
  readonly validation: Validation;
  readonly reason: GossipReason | null;
  readonly count: number;
}

/** How many messages of a kind got which verdict, and why. */
export class GossipCounts {
  readonly #counts = new Map<string, GossipCount>();

  add(kind: GossipKind, validation: Validation, reason: GossipReason | null): void {
    const key = `${kind} ${validation} ${reason}`;
    const count = (this.#counts.get(key)?.count ?? 0) + 1;
    this.#counts.set(key, {kind, validation, reason, count});
  }

  all(): readonly GossipCount[] {
    return [...this.#counts.values()];
  }
}
