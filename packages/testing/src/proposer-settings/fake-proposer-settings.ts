import type {ProposerSettings, ProposerSettingsSource, Pubkey} from "@mote/core";

/** The operator's wishes, in memory; they may be changed at any time. */
export class FakeProposerSettings implements ProposerSettingsSource {
  /** Of keys without settings of their own. */
  default: ProposerSettings = {
    feeRecipient: null,
    gasLimit: 60_000_000,
    graffiti: null,
    builder: {isEnabled: false, boostFactor: 100n},
  };
  readonly #own = new Map<Pubkey, ProposerSettings>();

  /** Changes what is named of one key's settings. */
  set(pubkey: Pubkey, over: Partial<ProposerSettings>): void {
    this.#own.set(pubkey, {...this.settingsOf(pubkey), ...over});
  }

  settingsOf(pubkey: Pubkey): ProposerSettings {
    return this.#own.get(pubkey) ?? this.default;
  }
}
