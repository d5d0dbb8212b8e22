import type {Cancel, ChainEvent, ChainEvents} from "@mote/core";

/** Events that a test announces. */
export class FakeChainEvents implements ChainEvents {
  readonly #listeners = new Set<{readonly tell: (event: ChainEvent) => void}>();

  subscribe(listener: (event: ChainEvent) => void): Cancel {
    const own = {tell: listener};
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  announce(event: ChainEvent): void {
    for (const {tell} of this.#listeners) tell(event);
  }
}
