import type {Pubkey, Root, Signature} from "@mote/core";

/** Holds keys and signs what it is given. Only the signing gate may call it: whoever else does goes around slashing protection. */
export interface Signer {
  /** Whether it has this key. */
  holds(pubkey: Pubkey): boolean;
  /** Rejects when it does not hold the key or cannot sign now. Whatever it computes on this thread, it computes within the call. */
  sign(pubkey: Pubkey, signingRoot: Root): Promise<Signature>;
}
