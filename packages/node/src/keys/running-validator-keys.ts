import {
  abbreviate,
  bytesToHex,
  type DutySigner,
  type Epoch,
  type Log,
  messageOf,
  type Pubkey,
  type SlotClock,
} from "@mote/core";
import type {ValidatorRegistry} from "@mote/duties";
import type {RemoteKeyChange} from "@mote/duty-signing";
import type {KeyService} from "./key-service.ts";
import type {KeySettings} from "./key-settings.ts";
import type {LocalKeys} from "./local-keys.ts";
import type {RemoteKeys} from "./remote-keys.ts";
import type {
  DeletedKeys,
  ItemResult,
  KeystoreToImport,
  LocalKey,
  RemoteKeyEntry,
  SignedExit,
  ValidatorKeys,
} from "./validator-keys.ts";

export interface RunningValidatorKeysComponents {
  readonly service: KeyService;
  readonly local: LocalKeys;
  readonly remote: RemoteKeys;
  readonly settings: Pick<KeySettings, "forget">;
  readonly registry: Pick<ValidatorRegistry, "infoOf">;
  /** The gate. */
  readonly signer: Pick<DutySigner, "signVoluntaryExit">;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

/** The keys of the running node. One change after another: an import that another one waits for is whole before that begins. */
export class RunningValidatorKeys implements ValidatorKeys {
  readonly #c: RunningValidatorKeysComponents;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(components: RunningValidatorKeysComponents) {
    this.#c = components;
  }

  holds(pubkey: Pubkey): boolean {
    return this.#c.service.isLocal(pubkey) || this.#c.service.isRemote(pubkey);
  }

  localKeys(): readonly LocalKey[] {
    return this.#c.local.list();
  }

  remoteKeys(): readonly RemoteKeyEntry[] {
    return this.#c.remote.list();
  }

  importKeystores(
    keystores: readonly KeystoreToImport[],
    interchange: object | null,
  ): Promise<readonly ItemResult<"imported" | "duplicate">[]> {
    return this.#inTurn(() => this.#c.local.importAll(keystores, interchange));
  }

  deleteKeystores(pubkeys: readonly Pubkey[]): Promise<DeletedKeys> {
    return this.#inTurn(async () => {
      const {local, remote} = this.#c;
      const {results, slashingProtection, deleted} = await local.delete(pubkeys, (pubkey) => remote.heir(pubkey));
      await this.#forget(deleted);
      return {results, slashingProtection};
    });
  }

  importRemoteKeys(
    keys: readonly {readonly pubkey: Pubkey; readonly url: string | null}[],
  ): Promise<readonly ItemResult<"imported" | "duplicate">[]> {
    return this.#inTurn(() => this.#c.remote.importAll(keys));
  }

  deleteRemoteKeys(pubkeys: readonly Pubkey[]): Promise<readonly ItemResult<"deleted" | "not_found">[]> {
    return this.#inTurn(async () => {
      const {results, deleted} = await this.#c.remote.delete(pubkeys);
      await this.#forget(deleted);
      return results;
    });
  }

  /** Takes the remote keys into service that configuration and file name. */
  begin(): Promise<void> {
    return this.#inTurn(() => this.#c.remote.begin());
  }

  /** What the list of a remote signer has become. */
  followList(url: string, change: RemoteKeyChange): Promise<void> {
    return this.#inTurn(() => this.#c.remote.follow(url, change));
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  async signVoluntaryExit(pubkey: Pubkey, epoch: number | null): Promise<SignedExit> {
    const {registry, signer, slotClock} = this.#c;
    const info = registry.infoOf(pubkey);
    if (info?.status !== "active_ongoing") {
      const status = info === null ? "not known to the chain" : info.status;
      const detail = `${abbreviate(pubkey)} is ${status}: only an active validator can exit`;
      return {kind: "refused", reason: "KEY_NOT_ACTIVE", detail};
    }
    const message = {epoch: (epoch ?? slotClock.currentEpoch()) as Epoch, validatorIndex: info.index};
    const outcome = await signer.signVoluntaryExit(pubkey, message);
    if (outcome.kind === "refused") return outcome;
    return {kind: "signed", message, signature: bytesToHex(outcome.signature)};
  }

  /** Settings that stay behind do no harm: a key that is gone has no blocks. One that is here still, from elsewhere, keeps its fee recipient. */
  async #forget(deleted: readonly Pubkey[]): Promise<void> {
    const gone = deleted.filter((pubkey) => !this.holds(pubkey));
    if (gone.length === 0) return;
    try {
      await this.#c.settings.forget(gone);
    } catch (error) {
      this.#c.log.warn("the settings of deleted keys could not be removed", {reason: messageOf(error)});
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}
