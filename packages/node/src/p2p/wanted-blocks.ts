import {type Log, messageOf, type Root} from "@mote/core";
import type {SeenBlock} from "@mote/light-client";
import type {GossipTypes, Network} from "@mote/networking";

export interface WantedBlocksComponents {
  readonly network: Pick<Network, "requests" | "peers">;
  /** Roots of blocks that are missing, the most wanted first; those that came are not among them any more. */
  readonly wanted: () => readonly Root[];
  /** What of a block is looked at. Computes its root. */
  readonly read: (block: GossipTypes["beacon_block"]) => SeenBlock;
  readonly onBlock: (block: SeenBlock) => void;
  readonly log: Log;
}

/** Of one request: what is older says less, and is asked for in the next slot. */
const BLOCKS_PER_REQUEST_MAX = 4;
/** That one has them not is no sign that the next has them not. */
const PEERS_PER_CALL_MAX = 3;

/** Fetches the bodies of proven blocks that gossip did not bring. */
export class WantedBlocks {
  readonly #c: WantedBlocksComponents;
  #isFetching = false;
  #turn = 0;

  constructor(components: WantedBlocksComponents) {
    this.#c = components;
  }

  /** Never rejects. */
  async fetch(): Promise<void> {
    if (this.#isFetching) return;
    this.#isFetching = true;
    try {
      for (const peer of this.#peers()) {
        const roots = this.#c.wanted().slice(0, BLOCKS_PER_REQUEST_MAX);
        if (roots.length === 0) return;
        await this.#fetchFrom(peer, roots);
      }
    } finally {
      this.#isFetching = false;
    }
  }

  async #fetchFrom(peer: string, roots: readonly Root[]): Promise<void> {
    const {network, read, onBlock, log} = this.#c;
    try {
      for await (const block of network.requests.blocksByRoot(peer, roots)) onBlock(read(block));
    } catch (error) {
      log.debug("proven blocks not fetched", {peer, reason: messageOf(error)});
    }
  }

  /** Others each time, so that one which has nothing does not stand in the way. */
  #peers(): readonly string[] {
    const peers = this.#c.network.peers.list().map(({peerId}) => peerId);
    const first = peers.length === 0 ? 0 : this.#turn++ % peers.length;
    return [...peers.slice(first), ...peers.slice(0, first)].slice(0, PEERS_PER_CALL_MAX);
  }
}
