import type {ProposerSettings, Pubkey} from "@mote/core";
import {FakeProposerSettings} from "@mote/testing";
import type {KeySettings, KeySettingsPatch} from "../../../../src/keys/key-settings.ts";

/** Settings in memory. */
export class FakeKeySettings implements KeySettings {
  /** Of files and flags. */
  readonly fixed = new FakeProposerSettings();
  /** Keys of which a file says all there is. */
  readonly fixedKeys = new Set<Pubkey>();
  /** What the disk answers from now on. */
  failure: Error | null = null;
  readonly #own = new Map<Pubkey, KeySettingsPatch>();

  effective(pubkey: Pubkey): ProposerSettings {
    return {...this.fixed.settingsOf(pubkey), ...this.#own.get(pubkey)};
  }

  async set(pubkey: Pubkey, patch: KeySettingsPatch): Promise<void> {
    if (this.failure !== null) throw this.failure;
    this.#own.set(pubkey, {...this.#own.get(pubkey), ...patch});
  }

  async unset(pubkey: Pubkey, setting: keyof KeySettingsPatch): Promise<"removed" | "not_set" | "fixed"> {
    if (this.failure !== null) throw this.failure;
    const {[setting]: was, ...others} = this.#own.get(pubkey) ?? {};
    if (was === undefined) return this.fixedKeys.has(pubkey) ? "fixed" : "not_set";
    this.#own.set(pubkey, others);
    return "removed";
  }

  async forget(pubkeys: readonly Pubkey[]): Promise<void> {
    if (this.failure !== null) throw this.failure;
    for (const pubkey of pubkeys) this.#own.delete(pubkey);
  }
}
