import {type Cancel, type Log, messageOf, type NetworkEvent, type NetworkObserver} from "@mote/core";

/** What the rooms of this package have seen, told to whoever wants to know. */
export class GossipObserver implements NetworkObserver {
  readonly #log: Log;
  readonly #listeners = new Set<{readonly hear: (event: NetworkEvent) => void}>();

  constructor(components: {readonly log: Log}) {
    this.#log = components.log;
  }

  subscribe(listener: (event: NetworkEvent) => void): Cancel {
    const subscription = {hear: listener};
    this.#listeners.add(subscription);
    return () => this.#listeners.delete(subscription);
  }

  /** A listener that throws is a defect of its own: the others, and the message's peer, are not to pay for it. */
  emit(event: NetworkEvent): void {
    for (const {hear} of this.#listeners) {
      try {
        hear(event);
      } catch (error) {
        this.#log.error("a listener to the network failed", {event: event.kind, error: messageOf(error)});
      }
    }
  }
}
