import type {Cancel, Clock, Root, SignatureVerifier, SignedBy} from "@mote/core";

interface Batch {
  readonly signed: SignedBy[];
  readonly settle: {readonly resolve: (verdict: boolean) => void; readonly reject: (error: unknown) => void}[];
  readonly cancel: Cancel;
}

/**
 * Signatures over one root that come at about the same time are verified together, which takes an eighth of the work. The first of them waits for the
 * others.
 */
export class SameMessageBatches {
  readonly #windowMs: number;
  readonly #signaturesMax: number;
  readonly #clock: Clock;
  readonly #verifier: SignatureVerifier;
  readonly #batches = new Map<Root, Batch>();

  constructor(
    init: {readonly windowMs: number; readonly signaturesMax: number},
    components: {readonly clock: Clock; readonly verifier: SignatureVerifier},
  ) {
    this.#windowMs = init.windowMs;
    this.#signaturesMax = init.signaturesMax;
    this.#clock = components.clock;
    this.#verifier = components.verifier;
  }

  /** Rejects when the verifier does. */
  verify(signingRoot: Root, signed: SignedBy): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const batch = this.#batches.get(signingRoot) ?? this.#begin(signingRoot);
      batch.signed.push(signed);
      batch.settle.push({resolve, reject});
      if (batch.signed.length >= this.#signaturesMax) void this.#end(signingRoot, batch);
    });
  }

  #begin(signingRoot: Root): Batch {
    const cancel = this.#clock.after(this.#windowMs, () => void this.#end(signingRoot, batch));
    const batch: Batch = {signed: [], settle: [], cancel};
    this.#batches.set(signingRoot, batch);
    return batch;
  }

  async #end(signingRoot: Root, {signed, settle, cancel}: Batch): Promise<void> {
    cancel();
    this.#batches.delete(signingRoot);
    try {
      const verdicts = await this.#verifier.verifySameMessage(signingRoot, signed);
      for (const [at, {resolve}] of settle.entries()) resolve(verdicts[at] === true);
    } catch (error) {
      for (const {reject} of settle) reject(error);
    }
  }
}
