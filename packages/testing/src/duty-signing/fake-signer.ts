import type {Pubkey, Root, Signature} from "@mote/core";
import {fakeSignatureOf} from "./fake-signature.ts";

export interface SignedRoot {
  readonly pubkey: Pubkey;
  readonly signingRoot: Root;
}

/** A signer that signs without cryptography and remembers what it signed. */
export class FakeSigner {
  /** In the order of the calls. */
  readonly signed: SignedRoot[] = [];
  /** Keys whose signing fails; the value is the error's message. */
  readonly failures = new Map<Pubkey, string>();
  /** Called at each call of `sign`, before anything else. */
  onSign: (call: SignedRoot) => void = () => {};
  readonly #pubkeys: Set<Pubkey>;

  constructor(init: {readonly pubkeys: readonly Pubkey[]}) {
    this.#pubkeys = new Set(init.pubkeys);
  }

  add(pubkeys: readonly Pubkey[]): void {
    for (const pubkey of pubkeys) this.#pubkeys.add(pubkey);
  }

  async remove(pubkeys: readonly Pubkey[]): Promise<void> {
    for (const pubkey of pubkeys) this.#pubkeys.delete(pubkey);
  }

  holds(pubkey: Pubkey): boolean {
    return this.#pubkeys.has(pubkey);
  }

  async sign(pubkey: Pubkey, {signingRoot}: {readonly signingRoot: Root}): Promise<Signature> {
    this.onSign({pubkey, signingRoot});
    const failure = this.failures.get(pubkey);
    if (failure !== undefined) throw new Error(failure);
    if (!this.holds(pubkey)) throw new Error(`no key ${pubkey}`);
    this.signed.push({pubkey, signingRoot});
    return fakeSignatureOf(pubkey, signingRoot);
  }
}
