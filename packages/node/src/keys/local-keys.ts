import {abbreviate, type Log, messageOf, type Pubkey, type Root, type SlashingProtection} from "@mote/core";
import {someOf} from "@mote/duties";
import type {KeyFolder, KeystoreToUnlock, UnlockedKeystore} from "@mote/duty-signing";
import {parseKeystore} from "@mote/duty-signing";
import {type IncomingRecords, NO_RECORDS, takeInRecords} from "./incoming-records.ts";
import type {KeyService, LocalSecretKeys} from "./key-service.ts";
import type {DeletedKeys, ItemResult, KeystoreToImport, LocalKey} from "./validator-keys.ts";

export interface LocalKeysInit {
  readonly genesisValidatorsRoot: Root;
  /** Of the keystores that are in service when the node starts. */
  readonly derivationPaths: ReadonlyMap<Pubkey, string>;
}

export interface LocalKeysComponents {
  readonly service: KeyService;
  /** Null: the keys lie in no folder, so none comes and none goes. */
  readonly folder: KeyFolder | null;
  readonly unlock: (items: readonly KeystoreToUnlock[]) => Promise<readonly UnlockedKeystore[]>;
  readonly protection: Pick<SlashingProtection, "newest" | "importInterchange" | "exportInterchange">;
  /** Called before a key is stored that the operator brings, and can open. */
  readonly onKeysBrought: () => Promise<void>;
  readonly log: Log;
}

type ImportResult = ItemResult<"imported" | "duplicate">;
type DeleteResult = DeletedKeys["results"][number];
type Removal = "removed" | "absent" | Error;
type Unlocked = Extract<UnlockedKeystore, {kind: "unlocked"}>;

const NO_FOLDER = "the keys of this Mote are the well-known ones of --interop-keys: they lie in no folder";

/** The keys of this process, and the keystores that they come from. Calls must not overlap. */
export class LocalKeys {
  readonly #derivationPaths: Map<Pubkey, string>;
  readonly #genesisValidatorsRoot: Root;
  readonly #c: LocalKeysComponents;

  constructor(init: LocalKeysInit, components: LocalKeysComponents) {
    this.#derivationPaths = new Map(init.derivationPaths);
    this.#genesisValidatorsRoot = init.genesisValidatorsRoot;
    this.#c = components;
  }

  list(): readonly LocalKey[] {
    return this.#c.service.localPubkeys.map((pubkey) => ({
      pubkey,
      derivationPath: this.#derivationPaths.get(pubkey) ?? null,
      isReadOnly: this.#c.folder === null,
    }));
  }

  /** See `ValidatorKeys.importKeystores`. */
  async importAll(
    keystores: readonly KeystoreToImport[],
    interchange: object | null,
  ): Promise<readonly ImportResult[]> {
    const records = interchange === null ? NO_RECORDS : await this.#takeInRecords(interchange, keystores);
    const {folder, service} = this.#c;
    if (folder === null) return keystores.map(() => failed(NO_FOLDER));
    const results = new Map<KeystoreToImport, ImportResult>();
    // What signs already costs no key derivation.
    const fresh = keystores.filter((keystore) => {
      const pubkey = claimedPubkey(keystore);
      const known = pubkey === null ? null : this.#known(pubkey);
      if (known !== null) results.set(keystore, known);
      return known === null;
    });
    const unlocked = await this.#c.unlock(
      fresh.map(({text, password}, place) => ({name: `keystore ${place + 1}`, text, password})),
    );
    const secretKeys: LocalSecretKeys[number][] = [];
    const added = new Set<Pubkey>();
    for (const [place, keystore] of fresh.entries()) {
      const result = await this.#store(keystore, unlocked[place], {folder, added});
      results.set(keystore, result.result);
      if (result.unlocked === null) continue;
      const {secretKey} = result.unlocked;
      secretKeys.push(secretKey);
      added.add(secretKey.pubkey);
      const {derivationPath} = result.unlocked.keystore;
      if (derivationPath !== null) this.#derivationPaths.set(secretKey.pubkey, derivationPath);
    }
    service.beginLocal(
      secretKeys,
      [...added].filter((pubkey) => !records.told.has(pubkey)),
    );
    this.#warnOfUnnamed([...added], records);
    return keystores.map((keystore) => results.get(keystore) ?? failed("it was not looked at"));
  }

  /** See `ValidatorKeys.deleteKeystores`. @param heir why somebody else would sign here with the key once its keystore is gone; null: nobody */
  async delete(
    pubkeys: readonly Pubkey[],
    heir: (pubkey: Pubkey) => string | null,
  ): Promise<DeletedKeys & {readonly deleted: readonly Pubkey[]}> {
    const {service} = this.#c;
    const results = new Map<Pubkey, DeleteResult>();
    for (const pubkey of pubkeys) {
      const fault = heir(pubkey);
      if (fault !== null) results.set(pubkey, failed(fault));
    }
    const unique = [...new Set(pubkeys)].filter((pubkey) => !results.has(pubkey));
    const inService = unique.filter((pubkey) => service.isLocal(pubkey));
    const stopFault = this.#c.folder === null ? NO_FOLDER : await this.#stop(inService);
    const wereInService = new Set(inService);
    if (stopFault !== null) for (const pubkey of inService) results.set(pubkey, failed(stopFault));
    const rest = unique.filter((pubkey) => !results.has(pubkey));
    const removed = await this.#removeAll(rest);
    for (const pubkey of rest)
      results.set(pubkey, await this.#resultOf(pubkey, removed.get(pubkey) ?? "absent", wereInService.has(pubkey)));
    const of = (status: DeleteResult["status"]) => unique.filter((pubkey) => results.get(pubkey)?.status === status);
    const deleted = of("deleted");
    for (const pubkey of deleted) this.#derivationPaths.delete(pubkey);
    const handedOut = [...deleted, ...of("not_active")];
    const records = await this.#exportRecords(handedOut);
    if (records.fault !== null) for (const pubkey of handedOut) results.set(pubkey, failed(records.fault));
    return {results: inOrder(pubkeys, results), slashingProtection: records.text, deleted};
  }

  async #exportRecords(pubkeys: readonly Pubkey[]): Promise<{readonly text: string; readonly fault: string | null}> {
    const {protection, log} = this.#c;
    try {
      let text = "";
      for await (const piece of protection.exportInterchange(pubkeys)) text += piece;
      return {text, fault: null};
    } catch (error) {
      const reason = messageOf(error);
      log.error("the records of deleted keys could not be exported", {reason});
      const metadata = {interchange_format_version: "5", genesis_validators_root: this.#genesisValidatorsRoot};
      return {
        text: JSON.stringify({metadata, data: []}),
        fault: `it signs nothing more and its keystore is gone, but its records could not be exported (${reason}): do not use the key elsewhere yet, and send the same request again`,
      };
    }
  }

  async #takeInRecords(interchange: object, keystores: readonly KeystoreToImport[]): Promise<IncomingRecords> {
    const claimed = new Set(keystores.map(claimedPubkey).filter((pubkey) => pubkey !== null));
    return await takeInRecords({interchange, pubkeys: [...claimed]}, this.#c);
  }

  #warnOfUnnamed(imported: readonly Pubkey[], {named}: IncomingRecords): void {
    const unnamed = imported.filter((pubkey) => !named.has(pubkey));
    if (unnamed.length === 0) return;
    this.#c.log.warn("keys were imported without slashing protection; make sure that they sign nowhere else", {
      keys: someOf(unnamed.map(abbreviate)),
    });
  }

  /** The answer for a key that signs here already; else null. */
  #known(pubkey: Pubkey): ImportResult | null {
    const {service} = this.#c;
    if (service.isLocal(pubkey)) return {status: "duplicate"};
    if (!service.isRemote(pubkey)) return null;
    return failed("a remote signer signs with this key here: delete the remote key first");
  }

  /** `unlocked`: the key that is on disk now, and is to be taken into service. */
  async #store(
    {text, password}: KeystoreToImport,
    outcome: UnlockedKeystore | undefined,
    {folder, added}: {readonly folder: KeyFolder; readonly added: ReadonlySet<Pubkey>},
  ): Promise<{readonly result: ImportResult; readonly unlocked: Unlocked | null}> {
    if (outcome?.kind !== "unlocked")
      return not(failed(outcome === undefined ? "it was not looked at" : outcome.failure.detail));
    const {pubkey} = outcome.secretKey;
    const known = added.has(pubkey) ? ({status: "duplicate"} as const) : this.#known(pubkey);
    if (known !== null) return not(known);
    try {
      await this.#c.onKeysBrought();
      const stored = await folder.add({pubkey, text, password, fileName: null});
      if (stored === "duplicate") return not(failed(notInUse(folder)));
    } catch (error) {
      return not(failed(`the keystore could not be stored: ${messageOf(error)}`));
    }
    try {
      await this.#c.service.thaw(pubkey);
    } catch (error) {
      await this.#takeBack(pubkey, folder);
      return not(failed(`slashing protection does not take it: ${messageOf(error)}`));
    }
    return {result: {status: "imported"}, unlocked: outcome};
  }

  async #takeBack(pubkey: Pubkey, folder: KeyFolder): Promise<void> {
    try {
      await folder.remove(pubkey);
    } catch (error) {
      const reason = messageOf(error);
      this.#c.log.error("a keystore that is not in service could not be removed; the next start uses it", {
        pubkey,
        reason,
      });
    }
  }

  /** Null when nothing more is signed with these keys for sure, and all that was is on record. */
  async #stop(pubkeys: readonly Pubkey[]): Promise<string | null> {
    try {
      await this.#c.service.endForGood(pubkeys);
      return null;
    } catch (error) {
      return `it signs nothing more, but it is not sure that its last signature is on record (${messageOf(error)}), so it was not deleted: stop Mote before you use the key elsewhere`;
    }
  }

  async #removeAll(pubkeys: readonly Pubkey[]): Promise<ReadonlyMap<Pubkey, Removal>> {
    if (this.#c.folder === null) return new Map();
    try {
      return await this.#c.folder.removeAll(pubkeys);
    } catch (error) {
      return new Map(pubkeys.map((pubkey) => [pubkey, error as Error]));
    }
  }

  async #resultOf(pubkey: Pubkey, removed: Removal, wasInService: boolean): Promise<DeleteResult> {
    const {folder, protection} = this.#c;
    if (removed === "removed") return {status: "deleted"};
    if (removed instanceof Error) {
      const reason = messageOf(removed);
      this.#c.log.error("a keystore could not be removed; its key signs nothing more until Mote is started again", {
        pubkey,
        reason,
      });
      return failed(
        `it signs nothing more, but its keystore is still on disk (${reason}), and the next start of Mote would use it: send the same request again`,
      );
    }
    if (wasInService && folder !== null) return failed(notFound(folder));
    try {
      return {status: (await protection.newest(pubkey)) === null ? "not_found" : "not_active"};
    } catch (error) {
      return failed(`it is not in service, and its records cannot be read (${messageOf(error)})`);
    }
  }
}

/** A key that is named again was deleted by then. */
function inOrder(pubkeys: readonly Pubkey[], results: ReadonlyMap<Pubkey, DeleteResult>): readonly DeleteResult[] {
  const seen = new Set<Pubkey>();
  return pubkeys.map((pubkey) => {
    const result = results.get(pubkey) ?? failed("it was not looked at");
    const isAgain = seen.has(pubkey);
    seen.add(pubkey);
    return isAgain && result.status === "deleted" ? {status: "not_active"} : result;
  });
}

const failed = (message: string) => ({status: "error", message}) as const;
const not = (result: ImportResult) => ({result, unlocked: null});

/** It may lie on a volume that is not mounted now. The next request finds the key out of service, and hands out its records. */
const notFound = ({folders}: KeyFolder): string =>
  `it signs nothing more, but its keystore is not in ${folders.keystoresDir} where it came from: if it comes back there, the next start of Mote uses it. Look where it is; the same request again hands out its records`;

const notInUse = ({folders}: KeyFolder): string =>
  `a keystore of this key is in ${folders.keystoresDir} and not in use, since it is disabled or could not be opened at the start: enable it, or delete it first`;

/** What the keystore says itself; null when it says nothing that could be read. */
function claimedPubkey({text}: KeystoreToImport): Pubkey | null {
  try {
    return parseKeystore(text, "keystore").pubkey;
  } catch {
    return null;
  }
}
