import type {Libp2p} from "@libp2p/interface";
import {peerIdFromString} from "@libp2p/peer-id";

const REMEMBERED_MAX = 200;

/**
 * Takes peers that are gone out of libp2p's peer store, which has no bound of its own: whoever comes in under ever new names could fill the memory. The last ones
 * stay, for some parts of libp2p look them up after the connection has ended.
 */
export class GonePeers {
  readonly #host: Libp2p;
  readonly #gone = new Set<string>();

  constructor(components: {readonly host: Libp2p}) {
    this.#host = components.host;
  }

  add(peer: string): void {
    this.#gone.delete(peer);
    this.#gone.add(peer);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= REMEMBERED_MAX) break;
      this.#gone.delete(oldest);
      this.#forget(oldest);
    }
  }

  #forget(peer: string): void {
    const peerId = peerIdFromString(peer);
    if (this.#host.getConnections(peerId).length > 0) return;
    Promise.resolve(this.#host.peerStore.delete(peerId)).catch(() => {
      // The host is stopping, and the store with it.
    });
  }
}
