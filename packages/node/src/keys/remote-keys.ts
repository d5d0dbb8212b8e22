import {abbreviate, type Log, messageOf, type Pubkey, redactUrl} from "@mote/core";
import {someOf} from "@mote/duties";
import {canonicalSignerUrl, type RemoteKey, type RemoteKeyChange} from "@mote/duty-signing";
import type {KeyService} from "./key-service.ts";
import type {RemoteKeysFile} from "./remote-keys-file.ts";
import type {ItemResult, RemoteKeyEntry} from "./validator-keys.ts";

export interface RemoteKeysInit {
  /** Named by the configuration. */
  readonly configured: readonly RemoteKey[];
  /** Of the file. */
  readonly added: readonly RemoteKey[];
  /** For a key that comes without one; null: it must have one. */
  readonly defaultUrl: string | null;
}

export interface RemoteKeysComponents {
  readonly service: KeyService;
  readonly file: Pick<RemoteKeysFile, "write">;
  /** Called before keys are kept that the operator brings. */
  readonly onKeysBrought: () => Promise<void>;
  readonly log: Log;
}

/** Who named a key: the operator's configuration, the signer's own list, or the Keymanager API. */
type Origin = "configured" | "listed" | "added";
type ImportResult = ItemResult<"imported" | "duplicate">;
type DeleteResult = ItemResult<"deleted" | "not_found">;

/** The keys of remote signers. A key that this process holds itself is used from here, whoever else has it. Calls must not overlap. */
export class RemoteKeys {
  /** As the file has them. */
  readonly #added: Map<Pubkey, RemoteKey>;
  /** By base URL: what each signer says that it has. */
  readonly #listed = new Map<string, ReadonlySet<Pubkey>>();
  readonly #inService = new Map<Pubkey, {readonly url: string; readonly origin: Origin}>();
  readonly #configured: ReadonlySet<Pubkey>;
  readonly #init: RemoteKeysInit;
  readonly #c: RemoteKeysComponents;

  constructor(init: RemoteKeysInit, components: RemoteKeysComponents) {
    this.#init = init;
    this.#configured = new Set(init.configured.map(({pubkey}) => pubkey));
    this.#added = new Map(init.added.map((key) => [key.pubkey, key]));
    this.#c = components;
  }

  /** Takes into service what configuration and file name. */
  async begin(): Promise<void> {
    await this.#begin(this.#init.configured, "configured");
    await this.#begin(this.#init.added, "added");
  }

  list(): readonly RemoteKeyEntry[] {
    return [...this.#inService].map(([pubkey, {url, origin}]) => ({pubkey, url, isReadOnly: origin !== "added"}));
  }

  get urls(): readonly string[] {
    return [...new Set([...this.#inService.values()].map(({url}) => url))];
  }

  /** Why a remote signer signs with this key here, or would as soon as there is no keystore of it; null: none would. */
  heir(pubkey: Pubkey): string | null {
    if (this.#inService.has(pubkey)) return "a remote signer signs with this key here: delete the remote key instead";
    const named = this.#namedElsewhere(pubkey);
    if (named !== null)
      return `without its keystore Mote would sign with it through a remote signer: ${named}; or, if that is what you want, stop Mote and use mote keys remove`;
    return this.#added.has(pubkey)
      ? "without its keystore Mote would sign with it through a remote signer: delete the remote key first"
      : null;
  }

  /** A signer's own list has changed. What fails may be told again. */
  async follow(url: string, {added, removed}: RemoteKeyChange): Promise<void> {
    const listed = new Set(this.#listed.get(url));
    for (const pubkey of removed) listed.delete(pubkey);
    for (const pubkey of added) listed.add(pubkey);
    this.#listed.set(url, listed);
    const ours = removed.filter((pubkey) => {
      const entry = this.#inService.get(pubkey);
      return entry?.origin === "listed" && entry.url === url;
    });
    if (ours.length > 0) {
      await this.#end(ours);
      this.#say("keys are gone from a remote signer's list and sign nothing more", url, ours);
      for (const pubkey of ours) await this.#beginElsewhere(pubkey);
    }
    const fresh = added.filter((pubkey) => !this.#inService.has(pubkey)).map((pubkey) => ({pubkey, url}));
    const begun = await this.#begin(fresh, "listed");
    if (begun.length > 0) this.#say("keys of a remote signer are in service", url, begun);
  }

  /** See `ValidatorKeys.importRemoteKeys`. */
  async importAll(
    keys: readonly {readonly pubkey: Pubkey; readonly url: string | null}[],
  ): Promise<readonly ImportResult[]> {
    const fresh = new Map<Pubkey, RemoteKey>();
    const results: ImportResult[] = keys.map(({pubkey, url}) => {
      if (this.#c.service.isLocal(pubkey))
        return failed("this Mote signs with its own keystore of this key: delete the keystore first");
      if (this.#inService.has(pubkey) || fresh.has(pubkey)) return {status: "duplicate"};
      try {
        fresh.set(pubkey, {pubkey, url: this.#urlOf(url)});
        return {status: "imported"};
      } catch (error) {
        return failed(messageOf(error));
      }
    });
    if (fresh.size === 0) return results;
    const before = [...this.#added.values()];
    try {
      await this.#c.onKeysBrought();
      await this.#write([...before, ...fresh.values()]);
      await this.#begin([...fresh.values()], "added", {isBrought: true});
      return results;
    } catch (error) {
      const reason = messageOf(error);
      if (this.#added.size > before.length) await this.#writeBack(before);
      return results.map((result) =>
        result.status === "imported" ? failed(`the key could not be kept: ${reason}`) : result,
      );
    }
  }

  /** See `ValidatorKeys.deleteRemoteKeys`. */
  async delete(
    pubkeys: readonly Pubkey[],
  ): Promise<{readonly results: readonly DeleteResult[]; readonly deleted: readonly Pubkey[]}> {
    const unique = [...new Set(pubkeys)];
    const wanted = new Set(unique.filter((pubkey) => this.#added.has(pubkey) && this.#namedElsewhere(pubkey) === null));
    const fault = await this.#deleteAdded([...wanted]);
    const gone = new Set<Pubkey>();
    const results = pubkeys.map((pubkey): DeleteResult => {
      if (wanted.has(pubkey) && fault !== null) return failed(fault);
      if (wanted.has(pubkey) && !gone.has(pubkey)) {
        gone.add(pubkey);
        return {status: "deleted"};
      }
      const named = this.#namedElsewhere(pubkey);
      return named === null ? {status: "not_found"} : failed(named);
    });
    return {results, deleted: fault === null ? [...wanted] : []};
  }

  /** What, besides the Keymanager API, names it as a remote signer's, and so would bring it back; null: nothing. */
  #namedElsewhere(pubkey: Pubkey): string | null {
    if (this.#configured.has(pubkey)) return "--web3signer-public-keys names it: take it away there";
    for (const listed of this.#listed.values())
      if (listed.has(pubkey)) return "the remote signer's own list names it: take it away there";
    return null;
  }

  /** Null when they are gone for good. */
  async #deleteAdded(pubkeys: readonly Pubkey[]): Promise<string | null> {
    if (pubkeys.length === 0) return null;
    try {
      await this.#end(pubkeys.filter((pubkey) => this.#inService.get(pubkey)?.origin === "added"));
      const gone = new Set(pubkeys);
      await this.#write([...this.#added.values()].filter(({pubkey}) => !gone.has(pubkey)));
      return null;
    } catch (error) {
      const reason = messageOf(error);
      return `it signs nothing more, but the list of remote keys could not be written (${reason}), and the next start of Mote would use it: send the same request again`;
    }
  }

  async #write(keys: readonly RemoteKey[]): Promise<void> {
    await this.#c.file.write(keys);
    this.#added.clear();
    for (const key of keys) this.#added.set(key.pubkey, key);
  }

  async #writeBack(keys: readonly RemoteKey[]): Promise<void> {
    try {
      await this.#write(keys);
    } catch (error) {
      this.#c.log.error("the list of remote keys has keys that are not in service; the next start uses them", {
        reason: messageOf(error),
      });
    }
  }

  /** @returns those that are in service now, and were not before */
  async #begin(keys: readonly RemoteKey[], origin: Origin, {isBrought = false} = {}): Promise<readonly Pubkey[]> {
    const {service, log} = this.#c;
    const own = keys.filter(({pubkey}) => service.isLocal(pubkey)).map(({pubkey}) => pubkey);
    if (own.length > 0)
      log.warn("keys of a remote signer are here as keystores too: the keystores are used", {
        keys: someOf(own.map(abbreviate)),
      });
    const fresh = keys.filter(({pubkey}) => !service.isLocal(pubkey) && !this.#inService.has(pubkey));
    for (const {pubkey} of fresh) await service.thaw(pubkey);
    // A list or a file names at each start what it named before; the API names what was elsewhere, and no records come with it.
    service.beginRemote(fresh, isBrought ? fresh.map(({pubkey}) => pubkey) : []);
    for (const {pubkey, url} of fresh) this.#inService.set(pubkey, {url, origin});
    return fresh.map(({pubkey}) => pubkey);
  }

  async #end(pubkeys: readonly Pubkey[]): Promise<void> {
    for (const pubkey of pubkeys) this.#inService.delete(pubkey);
    await this.#c.service.end(pubkeys);
  }

  /** Another signer may have it too. */
  async #beginElsewhere(pubkey: Pubkey): Promise<void> {
    for (const [url, listed] of this.#listed) if (listed.has(pubkey)) await this.#begin([{pubkey, url}], "listed");
  }

  /** @throws for one that cannot be used */
  #urlOf(url: string | null): string {
    const chosen = url ?? this.#init.defaultUrl;
    if (chosen === null) throw new Error("no url was given, and there is not one --web3signer-url that it could be");
    return canonicalSignerUrl(chosen);
  }

  #say(what: string, url: string, pubkeys: readonly Pubkey[]): void {
    this.#c.log.info(what, {signer: redactUrl(url), keys: someOf(pubkeys.map(abbreviate))});
  }
}

const failed = (message: string) => ({status: "error", message}) as const;
