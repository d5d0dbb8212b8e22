import type {ProposerSettings, ProposerSettingsSource, Pubkey} from "@mote/core";
import {describeFileError} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import type {StateFiles} from "../system/state-files.ts";
import type {KeySettings, KeySettingsPatch} from "./key-settings.ts";
import {readSettings, type SettingsByKey, writeSettings} from "./key-settings-file.ts";

/** Of the file in the data directory. */
export const KEY_SETTINGS_FILE_NAME = "validator-settings.json";
/** 10,000 keys with every setting take 3 MB. */
const FILE_SIZE_BYTES_MAX = 16 * 1024 * 1024;

/** What the operator's files and flags say. */
export interface FixedSettings extends ProposerSettingsSource {
  /** A file says it of this very key. */
  fixes(pubkey: Pubkey, setting: keyof KeySettingsPatch): boolean;
}

export interface FileKeySettingsComponents {
  readonly fixed: FixedSettings;
  readonly files: StateFiles;
}

/** Settings that were made while the node ran, in one file, before those of the operator's files and flags. */
export class FileKeySettings implements KeySettings, ProposerSettingsSource {
  readonly #path: string;
  readonly #components: FileKeySettingsComponents;
  #settings: SettingsByKey;
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor(init: {path: string; settings: SettingsByKey}, components: FileKeySettingsComponents) {
    this.#path = init.path;
    this.#settings = init.settings;
    this.#components = components;
  }

  /** @throws {ExitError} when the file is there and cannot be used: going on without it could send fees elsewhere */
  static async open({path}: {readonly path: string}, components: FileKeySettingsComponents): Promise<FileKeySettings> {
    try {
      const file = await components.files.read(path, FILE_SIZE_BYTES_MAX);
      const settings: SettingsByKey = file === null ? new Map() : readSettings(file.text);
      return new FileKeySettings({path, settings}, components);
    } catch (error) {
      throw new ExitError(
        `${path} cannot be used: ${describeFileError(error)}. It holds the fee recipients, gas limits and graffiti that were set over the Keymanager API. ` +
          "Put it right or restore it from a backup; or move it away and set them again",
        EXIT_NEEDS_HUMAN,
      );
    }
  }

  settingsOf(pubkey: Pubkey): ProposerSettings {
    return {...this.#components.fixed.settingsOf(pubkey), ...this.#settings.get(pubkey)};
  }

  effective(pubkey: Pubkey): ProposerSettings {
    return this.settingsOf(pubkey);
  }

  set(pubkey: Pubkey, patch: KeySettingsPatch): Promise<void> {
    return this.#inTurn(async () => {
      const changed = new Map(this.#settings).set(pubkey, {...this.#settings.get(pubkey), ...patch});
      await this.#save(changed);
    });
  }

  unset(pubkey: Pubkey, setting: keyof KeySettingsPatch): Promise<"removed" | "not_set" | "fixed"> {
    return this.#inTurn(async () => {
      const {[setting]: was, ...others} = this.#settings.get(pubkey) ?? {};
      if (was === undefined) return this.#components.fixed.fixes(pubkey, setting) ? "fixed" : "not_set";
      const changed = new Map(this.#settings);
      if (Object.keys(others).length === 0) changed.delete(pubkey);
      else changed.set(pubkey, others);
      await this.#save(changed);
      return "removed";
    });
  }

  forget(pubkeys: readonly Pubkey[]): Promise<void> {
    return this.#inTurn(async () => {
      const gone = new Set(pubkeys);
      if (!pubkeys.some((pubkey) => this.#settings.has(pubkey))) return;
      await this.#save(new Map([...this.#settings].filter(([pubkey]) => !gone.has(pubkey))));
    });
  }

  /** Each change begins with what the one before it has left. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#lastChange.then(change);
    this.#lastChange = done.catch(() => {});
    return done;
  }

  async #save(settings: SettingsByKey): Promise<void> {
    const text = writeSettings(settings);
    // What cannot be read again would keep the next start from coming up.
    if (Buffer.byteLength(text) > FILE_SIZE_BYTES_MAX)
      throw new Error(`${this.#path} would be larger than ${FILE_SIZE_BYTES_MAX} bytes`);
    await this.#components.files.writeWhole(this.#path, text);
    this.#settings = settings;
  }
}
