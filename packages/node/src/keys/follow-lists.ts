import {type Clock, InvalidValueError, type Log, type SlotClock, sleep} from "@mote/core";
import {RemoteKeyList} from "@mote/duty-signing";
import type {RemoteSignersConfig} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import type {RunningValidatorKeys} from "./running-validator-keys.ts";

/** New keys of a pool are in use within minutes; where epochs are shorter than this, within an epoch. */
const REREAD_MS_MAX = 60_000;
/** What the start waits for the signers' first answers. Their keys come later, too. */
const FIRST_LISTS_WAIT_MS = 2_000;

export interface FollowListsComponents {
  readonly keys: Pick<RunningValidatorKeys, "followList">;
  readonly clock: Clock;
  readonly log: Log;
  readonly slotClock: Pick<SlotClock, "timing">;
}

/**
 * Keeps the keys in service those that the remote signers list. @returns what ends it, once each was asked or did not answer soon
 * @throws {ExitError} when an address cannot be used
 */
export async function followLists(
  {urls, publicKeys, tls}: RemoteSignersConfig,
  {keys, slotClock, ...components}: FollowListsComponents,
): Promise<() => void> {
  const wanted = publicKeys === "external" ? urls : [];
  const {slotDurationMs, slotsPerEpoch} = slotClock.timing;
  const rereadMs = Math.min(REREAD_MS_MAX, slotDurationMs * slotsPerEpoch);
  const lists = wanted.map((url) => {
    try {
      return new RemoteKeyList(
        {url, tls, rereadMs},
        {...components, onChange: (change) => keys.followList(url, change)},
      );
    } catch (error) {
      if (!(error instanceof InvalidValueError)) throw error;
      throw new ExitError(`--web3signer-url: ${error.message}`, EXIT_NEEDS_HUMAN);
    }
  });
  const started = Promise.all(lists.map((list) => list.start()));
  if (lists.length > 0) await Promise.race([started, sleep(components.clock, FIRST_LISTS_WAIT_MS)]);
  return () => {
    for (const list of lists) list.stop();
  };
}
