import type {SecretKey} from "@mote/consensus/secret-key";
import type {Pubkey, Root, Signature} from "@mote/core";
import type {Signer} from "./signer.ts";

/** Signs with secret keys in this process's memory, on the calling thread: half a millisecond a signature. */
export class LocalSigner implements Signer {
  readonly #keys: ReadonlyMap<Pubkey, SecretKey>;

  constructor(init: {readonly secretKeys: readonly SecretKey[]}) {
    this.#keys = new Map(init.secretKeys.map((secretKey) => [secretKey.pubkey, secretKey]));
  }

  get pubkeys(): Pubkey[] {
    return [...this.#keys.keys()];
  }

  holds(pubkey: Pubkey): boolean {
    return this.#keys.has(pubkey);
  }

  async sign(pubkey: Pubkey, signingRoot: Root): Promise<Signature> {
    const secretKey = this.#keys.get(pubkey);
    if (secretKey === undefined) throw new Error(`no secret key for ${pubkey}`);
    return secretKey.sign(signingRoot);
  }

  async close(): Promise<void> {}
}
