import type {SecretKey} from "@mote/consensus/secret-key";
import type {Pubkey, Signature} from "@mote/core";
import type {SignableMessage} from "./signable-message.ts";
import type {OwnKeysSigner} from "./signer.ts";

/** Signs with secret keys in this process's memory, on the calling thread: half a millisecond a signature. */
export class LocalSigner implements OwnKeysSigner {
  readonly #keys = new Map<Pubkey, SecretKey>();

  constructor(init: {readonly secretKeys: readonly SecretKey[]}) {
    this.add(init.secretKeys);
  }

  get secretKeys(): readonly SecretKey[] {
    return [...this.#keys.values()];
  }

  get pubkeys(): Pubkey[] {
    return [...this.#keys.keys()];
  }

  holds(pubkey: Pubkey): boolean {
    return this.#keys.has(pubkey);
  }

  async sign(pubkey: Pubkey, {signingRoot}: Pick<SignableMessage, "signingRoot">): Promise<Signature> {
    const secretKey = this.#keys.get(pubkey);
    if (secretKey === undefined) throw new Error(`no secret key for ${pubkey}`);
    return secretKey.sign(signingRoot);
  }

  add(secretKeys: readonly SecretKey[]): void {
    for (const secretKey of secretKeys) {
      if (!this.#keys.has(secretKey.pubkey)) this.#keys.set(secretKey.pubkey, secretKey);
    }
  }

  /** A signature is made within the call of `sign`: none is ever under way. */
  async remove(pubkeys: readonly Pubkey[]): Promise<void> {
    for (const pubkey of pubkeys) this.#keys.delete(pubkey);
  }

  async close(): Promise<void> {}
}
