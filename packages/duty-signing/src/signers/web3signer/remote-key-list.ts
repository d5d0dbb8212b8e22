import {type Clock, type Log, messageOf, type Pubkey, sleep} from "@mote/core";
import {readPublicKeys} from "./public-keys.ts";
import {checkSignerTls, type SignerTls} from "./signer-address.ts";
import {SignerHttp} from "./signer-http.ts";

/** New keys of a pool are in use within the epoch. */
const REREAD_MS = 60_000;
/** While there is no list at all, and while a change could not be taken over. */
const RETRY_MS = 5_000;

export interface RemoteKeyListInit {
  /** Base URL. */
  readonly url: string;
  readonly tls?: SignerTls;
  readonly rereadMs?: number;
}

export interface RemoteKeyChange {
  readonly added: readonly Pubkey[];
  readonly removed: readonly Pubkey[];
}

export interface RemoteKeyListComponents {
  readonly clock: Clock;
  readonly log: Log;
  /** One change after another. A change that rejects is given again, with whatever else has changed until then. */
  readonly onChange: (change: RemoteKeyChange) => Promise<void>;
}

/**
 * Which keys a remote signer has, by its own word, read over and over. An error keeps the list, and so does an empty answer: signers give one while they
 * load their keys, and to stop all of them for that would cost more than asking for one that is gone.
 */
export class RemoteKeyList {
  readonly #rereadMs: number;
  readonly #components: RemoteKeyListComponents;
  readonly #http: SignerHttp;
  readonly #stopped = new AbortController();
  #pubkeys: ReadonlySet<Pubkey> = new Set();
  #lastProblem: string | null = null;

  /** @throws {InvalidValueError} when the URL or the PEM texts cannot be used */
  constructor(init: RemoteKeyListInit, components: RemoteKeyListComponents) {
    const {url, tls = {}, rereadMs = REREAD_MS} = init;
    checkSignerTls(tls);
    this.#rereadMs = rereadMs;
    this.#components = components;
    this.#http = new SignerHttp({url, tls}, components);
  }

  /** The keys of all changes that were taken over. */
  get pubkeys(): readonly Pubkey[] {
    return [...this.#pubkeys];
  }

  /** Resolves when the list was asked for once, whatever came of it; it is read on until {@link stop}. */
  async start(): Promise<void> {
    await this.#read();
    void this.#readOn();
  }

  stop(): void {
    this.#stopped.abort();
    this.#http.close();
  }

  async #readOn(): Promise<void> {
    const {signal} = this.#stopped;
    while (!signal.aborted) {
      const isUrgent = this.#pubkeys.size === 0 || this.#lastProblem !== null;
      await sleep(this.#components.clock, isUrgent ? RETRY_MS : this.#rereadMs, signal);
      if (!signal.aborted) await this.#read();
    }
  }

  async #read(): Promise<void> {
    const {signal} = this.#stopped;
    try {
      const listed = await readPublicKeys(this.#http, signal);
      if (signal.aborted) return;
      if (listed.length === 0) return this.#note("says that it has no keys");
      await this.#takeOver(listed);
      this.#note(null);
    } catch (error) {
      if (!signal.aborted) this.#note(messageOf(error));
    }
  }

  async #takeOver(listed: readonly Pubkey[]): Promise<void> {
    const now = new Set(listed);
    const added = listed.filter((pubkey) => !this.#pubkeys.has(pubkey));
    const removed = [...this.#pubkeys].filter((pubkey) => !now.has(pubkey));
    if (added.length === 0 && removed.length === 0) return;
    await this.#components.onChange({added, removed});
    this.#pubkeys = now;
  }

  /** Said when it begins, changes and ends. */
  #note(problem: string | null): void {
    if (problem === this.#lastProblem) return;
    this.#lastProblem = problem;
    const {log} = this.#components;
    const {name} = this.#http.address;
    const count = this.#pubkeys.size;
    if (problem === null) log.info(`The remote signer ${name} lists its keys again: ${count}`);
    else
      log.warn(
        `The remote signer ${name} ${problem}; ${count === 0 ? "none are known yet" : `the ${count} known ones stay`}`,
      );
  }
}
