import type {SecretKey} from "@mote/consensus/secret-key";
import {abbreviate, type Clock, type Log, type Pubkey, type Signature} from "@mote/core";
import {LocalSigner} from "./local-signer.ts";
import type {SignableMessage} from "./signable-message.ts";
import type {Signer} from "./signer.ts";
import {isWorthThread, ThreadedSigner} from "./threaded-signer.ts";
import {canonicalSignerUrl, checkSignerTls, type SignerTls} from "./web3signer/signer-address.ts";
import {Web3Signer} from "./web3signer/web3signer.ts";

/** Who signs for a key that is not in this process. */
export interface RemoteKey {
  readonly pubkey: Pubkey;
  /** Base URL of the Web3Signer that has it. */
  readonly url: string;
}

/** All keys of a running node, those in this process and those of remote signers. They come and go while it signs. */
export interface KeyRing extends Signer {
  /** In the order in which they came. */
  readonly pubkeys: readonly Pubkey[];
  isRemote(pubkey: Pubkey): boolean;
  /** A key that is there already stays as it is; but one of a remote signer is from here on signed for here. */
  addLocal(secretKeys: readonly SecretKey[]): void;
  /** A key that is there already stays as it is. @throws {InvalidValueError} for a URL that cannot be used; then none was added */
  addRemote(keys: readonly RemoteKey[]): void;
  /** From the call on none of them signs; resolves once no signature of theirs is under way. */
  remove(pubkeys: readonly Pubkey[]): Promise<void>;
  close(): Promise<void>;
}

export interface KeyRingInit {
  /** Of so many slots each key votes in one. */
  readonly slotsPerEpoch: number;
  /** Cores that this process may use. */
  readonly cores: number;
  /** For all remote signers whose URL is https. */
  readonly tls?: SignerTls;
  /** As in `Web3SignerInit`. */
  readonly signTimeoutMs?: number;
}

export interface KeyRingComponents {
  readonly clock: Clock;
  readonly log: Log;
}

/** A ring without keys. @throws {InvalidValueError} when the PEM texts cannot be used */
export const openKeyRing = (init: KeyRingInit, components: KeyRingComponents): KeyRing =>
  new MixedKeyRing(init, components);

class MixedKeyRing implements KeyRing {
  readonly #init: KeyRingInit;
  readonly #components: KeyRingComponents;
  #own: LocalSigner | ThreadedSigner = new LocalSigner({secretKeys: []});
  /** By canonical URL; only those with keys. */
  readonly #remotes = new Map<string, Web3Signer>();
  /** Null: here. */
  readonly #remoteOf = new Map<Pubkey, Web3Signer | null>();
  readonly #saidTwice = new Set<Pubkey>();

  constructor(init: KeyRingInit, components: KeyRingComponents) {
    checkSignerTls(init.tls ?? {});
    this.#init = init;
    this.#components = components;
  }

  get pubkeys(): readonly Pubkey[] {
    return [...this.#remoteOf.keys()];
  }

  holds(pubkey: Pubkey): boolean {
    return this.#remoteOf.has(pubkey);
  }

  isRemote(pubkey: Pubkey): boolean {
    return this.#remoteOf.get(pubkey) instanceof Web3Signer;
  }

  async sign(pubkey: Pubkey, message: SignableMessage): Promise<Signature> {
    const remote = this.#remoteOf.get(pubkey);
    if (remote === undefined) throw new Error(`no key ${abbreviate(pubkey)}`);
    return remote === null ? this.#own.sign(pubkey, message) : remote.sign(pubkey, message);
  }

  addLocal(secretKeys: readonly SecretKey[]): void {
    const pubkeys = secretKeys.map(({pubkey}) => pubkey);
    const moved = pubkeys.filter((pubkey) => this.isRemote(pubkey));
    // What is under way at the remote signer is given up within the call.
    void this.#dropRemote(moved);
    this.#own.add(secretKeys);
    for (const pubkey of pubkeys) this.#remoteOf.set(pubkey, null);
    this.#growThread();
    this.#sayTwice(moved);
  }

  addRemote(keys: readonly RemoteKey[]): void {
    const byUrl = Map.groupBy(keys, ({url}) => canonicalSignerUrl(url));
    this.#sayTwice(keys.map(({pubkey}) => pubkey).filter((pubkey) => this.#remoteOf.get(pubkey) === null));
    for (const [url, ofSigner] of byUrl) {
      const pubkeys = ofSigner.map(({pubkey}) => pubkey).filter((pubkey) => !this.holds(pubkey));
      if (pubkeys.length === 0) continue;
      const remote = this.#remoteAt(url);
      remote.add(pubkeys);
      for (const pubkey of pubkeys) this.#remoteOf.set(pubkey, remote);
    }
  }

  async remove(pubkeys: readonly Pubkey[]): Promise<void> {
    const own = pubkeys.filter((pubkey) => this.#remoteOf.get(pubkey) === null);
    const remote = pubkeys.filter((pubkey) => this.isRemote(pubkey));
    const dropped = this.#dropRemote(remote);
    for (const pubkey of pubkeys) {
      this.#remoteOf.delete(pubkey);
      this.#saidTwice.delete(pubkey);
    }
    await Promise.all([this.#own.remove(own), dropped]);
  }

  async close(): Promise<void> {
    for (const remote of this.#remotes.values()) remote.close();
    await this.#own.close();
  }

  #remoteAt(url: string): Web3Signer {
    const known = this.#remotes.get(url);
    if (known !== undefined) return known;
    const {tls, signTimeoutMs} = this.#init;
    const init = {url, ...(tls && {tls}), ...(signTimeoutMs !== undefined && {signTimeoutMs})};
    const remote = new Web3Signer(init, this.#components);
    this.#remotes.set(url, remote);
    return remote;
  }

  /** Their signers forget them; a signer without keys is given up. */
  async #dropRemote(pubkeys: readonly Pubkey[]): Promise<void> {
    const dropped = [...this.#remotes].map(([url, remote]) => {
      const gone = remote.remove(pubkeys);
      if (remote.keyCount > 0) return gone;
      this.#remotes.delete(url);
      return gone.then(() => remote.close());
    });
    await Promise.all(dropped);
  }

  #growThread(): void {
    const {cores, slotsPerEpoch} = this.#init;
    const own = this.#own;
    const signaturesAtOnce = own.pubkeys.length / slotsPerEpoch;
    // A signer on this thread has nothing under way between two calls.
    if (own instanceof LocalSigner && isWorthThread({signaturesAtOnce, cores})) this.#own = new ThreadedSigner(own);
  }

  #sayTwice(pubkeys: readonly Pubkey[]): void {
    const [first, ...others] = pubkeys.filter((pubkey) => !this.#saidTwice.has(pubkey));
    if (first === undefined) return;
    for (const pubkey of [first, ...others]) this.#saidTwice.add(pubkey);
    const which = others.length === 0 ? abbreviate(first) : `${abbreviate(first)} and ${others.length} more keys`;
    const {log} = this.#components;
    log.warn(
      `${which}: there is a keystore here and a remote signer for the same key. The keystore signs; leave one of the two out`,
    );
  }
}
