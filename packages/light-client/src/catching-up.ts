import type {LightClientUpdate} from "@lodestar/types";
import type {LightClientSource, SlotClock} from "@mote/core";
import type {LightClientStore, ProcessVerdict} from "./light-client-store.ts";
import type {LightClientState} from "./rules/light-client-state.ts";
import {computeSyncCommitteePeriodAtSlot as periodAt} from "./rules/periods.ts";
import {isSendersFault} from "./rules/refusal.ts";
import type {AnyUpdate} from "./rules/upgraded-update.ts";
import type {Sources} from "./sources.ts";

/** Of MAX_REQUEST_LIGHT_CLIENT_UPDATES (128): half a megabyte an answer on mainnet. altair/light-client/p2p-interface.md */
const UPDATES_PER_REQUEST = 16;

export interface PeriodRange {
  readonly first: number;
  readonly count: number;
}

export interface CatchingUpComponents {
  readonly store: LightClientStore;
  readonly sources: Sources;
  readonly slotClock: SlotClock;
  readonly process: (update: AnyUpdate) => Promise<ProcessVerdict>;
}

/** The periods whose updates are needed before news can be judged; null when there are none. altair/light-client/light-client.md, step 4 */
export function missingPeriods(state: LightClientState, currentPeriod: number): PeriodRange | null {
  const finalizedPeriod = periodAt(state.finalizedHeader.beacon.slot);
  const first = state.nextSyncCommittee === null ? finalizedPeriod : finalizedPeriod + 1;
  const count = Math.min(currentPeriod - first, UPDATES_PER_REQUEST);
  return count > 0 ? {first, count} : null;
}

/** One attempt: `failed` when nobody had anything that led on. */
export async function catchUp(components: CatchingUpComponents): Promise<"done" | "progress" | "failed"> {
  const {store, slotClock} = components;
  const range = missingPeriods(store.state, periodAt(slotClock.currentSlot()));
  if (range === null) return "done";
  return (await takePeriods(range, components)) ? "progress" : "failed";
}

/** @returns whether a committee or a finalized header was learnt */
export async function takePeriods(range: PeriodRange, components: CatchingUpComponents): Promise<boolean> {
  const {sources, store} = components;
  const {first, count} = range;
  for await (const {source, answer} of sources.answers("updates", (asked) => asked.updates(first, count))) {
    const before = store.state;
    await takeUpdates(source, answer, range, components);
    const {finalizedHeader, nextSyncCommittee} = store.state;
    if (finalizedHeader !== before.finalizedHeader || nextSyncCommittee !== before.nextSyncCommittee) return true;
  }
  return false;
}

async function takeUpdates(
  source: LightClientSource,
  updates: readonly LightClientUpdate[],
  {first, count}: PeriodRange,
  {process}: CatchingUpComponents,
): Promise<void> {
  if (updates.length > count) return source.blame(`it sent ${updates.length} updates, asked for ${count}`);
  let expected = first;
  for (const update of updates) {
    const period = periodAt(update.attestedHeader.beacon.slot);
    if (period < expected || period >= first + count)
      return source.blame(`it sent an update of period ${period}, asked for ${first} to ${first + count - 1}`);
    expected = period + 1;
    const verdict = await process(update);
    if (verdict.kind === "accepted") continue;
    if (isSendersFault(verdict.reason)) source.blame(`its update of period ${period}: ${verdict.reason}`);
    return;
  }
}
