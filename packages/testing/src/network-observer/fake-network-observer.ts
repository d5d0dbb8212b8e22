import type {Cancel, NetworkEvent, NetworkObserver} from "@mote/core";

/** What a test lets the network show. */
export class FakeNetworkObserver implements NetworkObserver {
  readonly #listeners = new Set<{readonly tell: (event: NetworkEvent) => void}>();

  subscribe(listener: (event: NetworkEvent) => void): Cancel {
    const own = {tell: listener};
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  show(event: NetworkEvent): void {
    for (const {tell} of this.#listeners) tell(event);
  }
}
