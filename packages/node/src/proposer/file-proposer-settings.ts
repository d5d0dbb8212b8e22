import type {ProposerSettings, Pubkey} from "@mote/core";
import {type ProposerConfig, START_OPTIONS} from "../config/index.ts";
import type {FixedSettings} from "../keys/file-key-settings.ts";
import type {KeySettingsPatch} from "../keys/key-settings.ts";
import {type AdviceInit, advise} from "./advice.ts";
import {type GraffitiFile, parseGraffitiFile} from "./graffiti-file.ts";
import {parseSettingsFile, SETTINGS_FILE_SIZE_BYTES_MAX, type SettingsFile} from "./settings-file.ts";
import {WatchedFile, type WatchedFileComponents} from "./watched-file.ts";

/** What flags and files say of blocks. The settings file wins over the graffiti file, its keys over its defaults, and all of it over the flags. */
export class FileProposerSettings implements FixedSettings {
  readonly #defaults: ProposerSettings;
  readonly #settings: WatchedFile<SettingsFile> | null;
  readonly #graffiti: WatchedFile<GraffitiFile> | null;
  readonly #components: WatchedFileComponents;

  /** @throws {ExitError} when a file cannot be used */
  constructor({defaults, settingsFile, graffitiFile}: ProposerConfig, components: WatchedFileComponents) {
    this.#defaults = defaults;
    this.#components = components;
    const sizeBytesMax = SETTINGS_FILE_SIZE_BYTES_MAX;
    this.#settings =
      settingsFile === null
        ? null
        : new WatchedFile(
            {
              path: settingsFile,
              option: START_OPTIONS.proposerSettingsFile.name,
              sizeBytesMax,
              parse: parseSettingsFile,
            },
            components,
          );
    this.#graffiti =
      graffitiFile === null
        ? null
        : new WatchedFile(
            {path: graffitiFile, option: START_OPTIONS.graffitiFile.name, sizeBytesMax, parse: parseGraffitiFile},
            components,
          );
  }

  settingsOf(pubkey: Pubkey): ProposerSettings {
    const file = this.#settings?.value;
    const said = {...file?.defaults, ...file?.byPubkey.get(pubkey)};
    const graffiti = this.#graffiti?.value;
    const {feeRecipient, gasLimit, builder} = this.#defaults;
    return {
      feeRecipient: said.feeRecipient ?? feeRecipient,
      gasLimit: said.gasLimit ?? gasLimit,
      graffiti: said.graffiti ?? graffiti?.byPubkey.get(pubkey) ?? graffiti?.default ?? this.#defaults.graffiti,
      builder: {
        isEnabled: said.builderEnabled ?? builder.isEnabled,
        boostFactor: said.builderBoostFactor ?? builder.boostFactor,
      },
    };
  }

  /** Whether a file says it of this very key; what it says of all keys is a default. */
  fixes(pubkey: Pubkey, setting: keyof KeySettingsPatch): boolean {
    if (this.#settings?.value.byPubkey.get(pubkey)?.[setting] !== undefined) return true;
    return setting === "graffiti" && this.#graffiti?.value.byPubkey.has(pubkey) === true;
  }

  /**
   * Looks after the files from here on, and says now and after each change what is probably not meant for the keys of the moment.
   * @param settingsOf what is in force for a key, wherever it comes from
   */
  start(keys: {readonly pubkeys: () => readonly Pubkey[]; readonly settingsOf: AdviceInit["settingsOf"]}): void {
    const adviseNow = () => {
      const namedInFile = [...(this.#settings?.value.byPubkey.keys() ?? [])];
      advise({pubkeys: keys.pubkeys(), namedInFile, settingsOf: keys.settingsOf}, this.#components);
    };
    adviseNow();
    this.#settings?.start(adviseNow);
    this.#graffiti?.start(() => {});
  }

  stop(): void {
    this.#settings?.stop();
    this.#graffiti?.stop();
  }
}
