import type {SecretKey} from "@mote/consensus/secret-key";
import type {Pubkey} from "@mote/core";
import {LocalSigner} from "./local-signer.ts";
import type {Signer} from "./signer.ts";
import {ThreadedSigner} from "./threaded-signer.ts";

/** A signer whose keys are in this process. */
export interface OwnKeysSigner extends Signer {
  readonly pubkeys: readonly Pubkey[];
  close(): Promise<void>;
}

/** From so many signatures at once a second thread (18 MiB) is worth its memory: they take this thread 7 ms. */
const SIGNATURES_FOR_THREAD_MIN = 16;

export function openOwnKeysSigner(init: {
  readonly secretKeys: readonly SecretKey[];
  /** How many signatures are wanted at once in the common case: the votes of a slot. */
  readonly signaturesAtOnce: number;
  /** Cores that this process may use. */
  readonly cores: number;
}): OwnKeysSigner {
  const isWorthThread = init.cores > 1 && init.signaturesAtOnce >= SIGNATURES_FOR_THREAD_MIN;
  return isWorthThread ? new ThreadedSigner(init) : new LocalSigner(init);
}
