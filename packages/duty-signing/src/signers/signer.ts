import type {SecretKey} from "@mote/consensus/secret-key";
import type {Pubkey, Signature} from "@mote/core";
import type {SignableMessage} from "./signable-message.ts";

/** Holds keys and signs what it is given. Only the signing gate may call it: whoever else does goes around slashing protection. */
export interface Signer {
  /** Whether it has this key. */
  holds(pubkey: Pubkey): boolean;
  /** Rejects when it does not hold the key or cannot sign now. Whatever it computes on this thread, it computes within the call. */
  sign(pubkey: Pubkey, message: SignableMessage): Promise<Signature>;
}

/** A signer whose keys are in this process, and may come and go while it signs. */
export interface OwnKeysSigner extends Signer {
  /** In the order in which they came. */
  readonly pubkeys: readonly Pubkey[];
  /** A key that is there already stays as it is. */
  add(secretKeys: readonly SecretKey[]): void;
  /** From the call on none of them signs; resolves once no signature of theirs is under way. */
  remove(pubkeys: readonly Pubkey[]): Promise<void>;
  close(): Promise<void>;
}
