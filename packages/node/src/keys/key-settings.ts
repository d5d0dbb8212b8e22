import type {ExecutionAddress, ProposerSettings, Pubkey} from "@mote/core";

/** What the operator may set for one key while the node runs. */
export interface KeySettingsPatch {
  readonly feeRecipient?: ExecutionAddress;
  readonly gasLimit?: number;
  /** 32 bytes. */
  readonly graffiti?: Uint8Array;
}

/** Settings per key that outlive a restart. They win over every file and flag. */
export interface KeySettings {
  /** What is in force for the key, wherever it comes from. */
  effective(pubkey: Pubkey): ProposerSettings;
  /** Durable once it resolves; rejects when the disk refuses, and then nothing has changed. */
  set(pubkey: Pubkey, patch: KeySettingsPatch): Promise<void>;
  /** `fixed`: a file of the operator's says it, which this node does not change. `not_set`: the default was in force already. */
  unset(pubkey: Pubkey, setting: keyof KeySettingsPatch): Promise<"removed" | "not_set" | "fixed">;
  /** Forgets all of a deleted key. */
  forget(pubkeys: readonly Pubkey[]): Promise<void>;
}
