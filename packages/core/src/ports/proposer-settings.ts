import type {ExecutionAddress, Pubkey} from "../primitives.ts";

/** How the operator wants blocks of one key to be. */
export interface ProposerSettings {
  /** Null: not set, so the beacon node's own is taken as it comes, and builders, who have to be told one, are left out. */
  readonly feeRecipient: ExecutionAddress | null;
  readonly gasLimit: number;
  /** 32 bytes; null leaves it to the beacon node. */
  readonly graffiti: Uint8Array | null;
  readonly builder: {
    readonly isEnabled: boolean;
    /** See `BlockRequest`. Means something only when the builder is enabled. */
    readonly boostFactor: bigint;
  };
}

/** Read anew each time: the operator may change it while Mote runs. */
export interface ProposerSettingsSource {
  settingsOf(pubkey: Pubkey): ProposerSettings;
}
