import type {Cancel, Clock, Root, SignatureVerifier, SignedBy} from "@mote/core";
import {PeerShares} from "./peer-shares.ts";

export interface SignedFrom {
  /** Who sent it, and has verified it if it is honest. */
  readonly peer: string;
  readonly signingRoot: Root;
  readonly signed: SignedBy;
}

interface Waiting extends SignedFrom {
  readonly resolve: (verdict: boolean | null) => void;
  readonly reject: (error: unknown) => void;
}

interface Batch {
  readonly signingRoot: Root;
  readonly waiting: Waiting[];
  readonly cancel: Cancel;
}

export interface SameMessageBatchesInit {
  readonly windowMs: number;
  readonly signaturesMax: number;
  /** Beyond as many in the verifier's hands, batches wait here, where they can be taken back. */
  readonly underWayMax: number;
  /** That a peer may have waiting. */
  readonly peerRootsMax: number;
}

/**
 * Signatures over one root that come at about the same time are verified together, which takes an eighth of the work. The first of them waits for the
 * others.
 */
export class SameMessageBatches {
  readonly #init: SameMessageBatchesInit;
  readonly #clock: Clock;
  readonly #verifier: SignatureVerifier;
  readonly #shares: PeerShares;
  readonly #open = new Map<Root, Batch>();
  /** Closed, and not handed over yet. */
  readonly #closed: Batch[] = [];
  /** Signatures that the verifier has not answered yet. */
  #underWay = 0;

  constructor(init: SameMessageBatchesInit, components: {readonly clock: Clock; readonly verifier: SignatureVerifier}) {
    this.#init = init;
    this.#clock = components.clock;
    this.#verifier = components.verifier;
    this.#shares = new PeerShares({rootsMax: init.peerRootsMax});
  }

  /** Null: not verified, because the peer has too many roots waiting, or one that it forged was among them. Rejects when the verifier does. */
  async verify(message: SignedFrom): Promise<boolean | null> {
    const {peer, signingRoot} = message;
    if (!this.#shares.enter(peer, signingRoot)) return null;
    try {
      return await this.#verdictOf(message);
    } finally {
      this.#shares.leave(peer, signingRoot);
    }
  }

  #verdictOf(message: SignedFrom): Promise<boolean | null> {
    const {signingRoot} = message;
    return new Promise((resolve, reject) => {
      const batch = this.#open.get(signingRoot) ?? this.#begin(signingRoot);
      batch.waiting.push({...message, resolve, reject});
      if (batch.waiting.length >= this.#init.signaturesMax) this.#close(batch);
    });
  }

  #begin(signingRoot: Root): Batch {
    const cancel = this.#clock.after(this.#init.windowMs, () => this.#close(batch));
    const batch: Batch = {signingRoot, waiting: [], cancel};
    this.#open.set(signingRoot, batch);
    return batch;
  }

  #close(batch: Batch): void {
    batch.cancel();
    this.#open.delete(batch.signingRoot);
    this.#closed.push(batch);
    this.#handOver();
  }

  #handOver(): void {
    while (this.#underWay < this.#init.underWayMax) {
      const batch = this.#closed.shift();
      if (batch === undefined) return;
      void this.#judge(batch.signingRoot, this.#withoutForgers(batch));
    }
  }

  #withoutForgers({waiting}: Batch): readonly Waiting[] {
    return waiting.filter(({peer, resolve}) => {
      const isForger = this.#shares.hasForged(peer);
      if (isForger) resolve(null);
      return !isForger;
    });
  }

  async #judge(signingRoot: Root, waiting: readonly Waiting[]): Promise<void> {
    if (waiting.length === 0) return;
    this.#underWay += waiting.length;
    try {
      const signed = waiting.map((one) => one.signed);
      const verdicts = await this.#verifier.verifySameMessage(signingRoot, signed);
      for (const [at, one] of waiting.entries()) this.#settle(one, verdicts[at] === true);
    } catch (error) {
      for (const {reject} of waiting) reject(error);
    }
    this.#underWay -= waiting.length;
    this.#handOver();
  }

  #settle({peer, resolve}: Waiting, isGood: boolean): void {
    if (!isGood) this.#shares.foundForged(peer);
    resolve(isGood);
  }
}
