import type {Pubkey, SlashingProtection} from "@mote/core";
import type {MaySign} from "@mote/duties";
import type {KeyRing, RemoteKey} from "@mote/duty-signing";

export type LocalSecretKeys = Parameters<KeyRing["addLocal"]>[0];

export interface KeyServiceComponents {
  readonly ring: KeyRing;
  readonly protection: Pick<SlashingProtection, "freeze" | "thaw">;
  readonly guard: Pick<MaySign, "add" | "remove">;
  /** The duties of the running epoch are those of other keys now. */
  readonly onKeysChanged: () => void;
}

/** Takes keys into service and out of it while the node runs. The guards judge a key that comes as at a start, also one that was here before. */
export class KeyService {
  readonly #c: KeyServiceComponents;

  constructor(components: KeyServiceComponents) {
    this.#c = components;
  }

  isLocal(pubkey: Pubkey): boolean {
    return this.#c.ring.holds(pubkey) && !this.#c.ring.isRemote(pubkey);
  }

  isRemote(pubkey: Pubkey): boolean {
    return this.#c.ring.holds(pubkey) && this.#c.ring.isRemote(pubkey);
  }

  get localPubkeys(): readonly Pubkey[] {
    return this.#c.ring.pubkeys.filter((pubkey) => this.isLocal(pubkey));
  }

  /** Ends what a deletion froze; the records stand. Before the key is in service: should it fail, nothing has changed. */
  thaw(pubkey: Pubkey): Promise<void> {
    return this.#c.protection.thaw(pubkey);
  }

  /** @param untold those that came without records of what they have signed elsewhere */
  beginLocal(secretKeys: LocalSecretKeys, untold: readonly Pubkey[]): void {
    if (secretKeys.length === 0) return;
    this.#c.ring.addLocal(secretKeys);
    this.#begun(secretKeys, untold);
  }

  /** @param untold see {@link KeyService.beginLocal} */
  beginRemote(keys: readonly RemoteKey[], untold: readonly Pubkey[]): void {
    if (keys.length === 0) return;
    this.#c.ring.addRemote(keys);
    this.#begun(keys, untold);
  }

  /** From the call on nothing is signed with them; resolves once no signature of theirs is under way. */
  async end(pubkeys: readonly Pubkey[]): Promise<void> {
    if (pubkeys.length === 0) return;
    this.#c.guard.remove(pubkeys);
    try {
      await this.#c.ring.remove(pubkeys);
    } finally {
      this.#c.onKeysChanged();
    }
  }

  /** As {@link KeyService.end}, and every vote that was asked for is decided and on record. */
  async endForGood(pubkeys: readonly Pubkey[]): Promise<void> {
    await this.end(pubkeys);
    await Promise.all(pubkeys.map((pubkey) => this.#c.protection.freeze(pubkey)));
  }

  #begun(keys: readonly {readonly pubkey: Pubkey}[], untold: readonly Pubkey[]): void {
    this.#c.guard.add(
      keys.map(({pubkey}) => pubkey),
      untold,
    );
    this.#c.onKeysChanged();
  }
}
