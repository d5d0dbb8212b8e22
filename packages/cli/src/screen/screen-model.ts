import type {DevnetStatus} from "../devnet/devnet-handle.ts";

/** All that the live view shows. */
export interface ScreenModel {
  readonly status: DevnetStatus;
  readonly validators: number;
  readonly slotsPerEpoch: number;
  readonly slotDurationMs: number;
  /** Since the slot started; before genesis, negative: the time until it. */
  readonly intoSlotMs: number;
  /** Null when only the chain is served. */
  readonly node: {readonly isRunning: boolean; readonly rssBytes: number | null} | null;
  /** Newest last. */
  readonly notices: readonly string[];
}
