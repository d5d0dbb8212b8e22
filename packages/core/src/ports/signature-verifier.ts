import type {Root, Signature} from "../primitives.ts";

export interface SignedBy {
  /** 48 bytes, compressed. */
  readonly pubkey: Uint8Array;
  readonly signature: Signature;
}

/**
 * Verifies signatures beside the event loop. A malformed key or signature is a false one. Rejects only when the verifier cannot work; then nothing is
 * known.
 */
export interface SignatureVerifier {
  /** Whether all of these keys (48 bytes each, compressed; at least one) signed this one root. */
  verifyAggregate(pubkeys: readonly Uint8Array[], signingRoot: Root, signature: Signature): Promise<boolean>;
  /** A verdict for each signature over one root, in their order. */
  verifySameMessage(signingRoot: Root, signed: readonly SignedBy[]): Promise<readonly boolean[]>;
}
