import type {Root} from "@mote/core";

interface Share {
  /** Roots of the messages that wait, and how many wait over each. */
  readonly waiting: Map<Root, number>;
  hasForged: boolean;
}

/**
 * What each peer has waiting for its signatures to be verified. All wait for one thread: without a bound for each, whoever sends a burst of forged messages
 * would have all others wait for the work on them.
 */
export class PeerShares {
  readonly #rootsMax: number;
  readonly #shares = new Map<string, Share>();

  constructor(init: {readonly rootsMax: number}) {
    this.#rootsMax = init.rootsMax;
  }

  /** @returns whether the peer has room for it; when it has, {@link leave} ends it */
  enter(peer: string, signingRoot: Root): boolean {
    const share = this.#shares.get(peer) ?? {waiting: new Map<Root, number>(), hasForged: false};
    const {waiting, hasForged} = share;
    const count = waiting.get(signingRoot) ?? 0;
    if (hasForged || (count === 0 && waiting.size >= this.#rootsMax)) return false;
    waiting.set(signingRoot, count + 1);
    this.#shares.set(peer, share);
    return true;
  }

  leave(peer: string, signingRoot: Root): void {
    const waiting = this.#shares.get(peer)?.waiting;
    if (waiting === undefined) return;
    const count = (waiting.get(signingRoot) ?? 0) - 1;
    if (count > 0) waiting.set(signingRoot, count);
    else waiting.delete(signingRoot);
    if (waiting.size === 0) this.#shares.delete(peer);
  }

  /** Known until nothing of the peer waits any more: what it sends later is the peer score's to judge. */
  hasForged(peer: string): boolean {
    return this.#shares.get(peer)?.hasForged ?? false;
  }

  foundForged(peer: string): void {
    const share = this.#shares.get(peer);
    if (share !== undefined) share.hasForged = true;
  }
}
