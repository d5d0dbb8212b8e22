import type {LightClientState} from "./light-client-state.ts";
import {participationOf} from "./participation.ts";
import {computeSyncCommitteePeriodAtSlot as periodAt} from "./periods.ts";
import type {UpgradedUpdate} from "./upgraded-update.ts";
import {finalizedSlotOf} from "./validate-update.ts";

/**
 * What is known after an update that was validated. Nothing is ever forced: without 2/3 of the committee no header is finalized, however long that lasts.
 * altair/light-client/sync-protocol.md, `process_light_client_update`
 */
export function processUpdate(state: LightClientState, update: UpgradedUpdate): LightClientState {
  const {signed, isSupermajority} = participationOf(update.syncAggregate);
  const counted = {...state, currentMaxActiveParticipants: Math.max(state.currentMaxActiveParticipants, signed)};
  const next = withOptimisticHeader(counted, update, signed);
  const isFinal =
    finalizedSlotOf(update) > state.finalizedHeader.beacon.slot || bringsFinalizedCommittee(state, update);
  return isSupermajority && isFinal ? applyUpdate(next, update) : next;
}

/** `get_safety_threshold` */
function withOptimisticHeader(state: LightClientState, update: UpgradedUpdate, signed: number): LightClientState {
  const {previousMaxActiveParticipants, currentMaxActiveParticipants, optimisticHeader} = state;
  const threshold = Math.floor(Math.max(previousMaxActiveParticipants, currentMaxActiveParticipants) / 2);
  const isNewer = update.attestedHeader.beacon.slot > optimisticHeader.beacon.slot;
  return signed > threshold && isNewer ? {...state, optimisticHeader: update.attestedHeader} : state;
}

function bringsFinalizedCommittee(state: LightClientState, update: UpgradedUpdate): boolean {
  if (state.nextSyncCommittee !== null || update.next === null || update.finality === null) return false;
  return periodAt(finalizedSlotOf(update)) === periodAt(update.attestedHeader.beacon.slot);
}

/** `apply_light_client_update` */
function applyUpdate(state: LightClientState, update: UpgradedUpdate): LightClientState {
  const rotated = withCommittees(state, update);
  const finalizedHeader = update.finality?.header ?? null;
  if (finalizedHeader === null || finalizedHeader.beacon.slot <= state.finalizedHeader.beacon.slot) return rotated;
  const isPastOptimistic = finalizedHeader.beacon.slot > state.optimisticHeader.beacon.slot;
  return {...rotated, finalizedHeader, optimisticHeader: isPastOptimistic ? finalizedHeader : state.optimisticHeader};
}

function withCommittees(state: LightClientState, update: UpgradedUpdate): LightClientState {
  const storePeriod = periodAt(state.finalizedHeader.beacon.slot);
  const committee = update.next?.committee ?? null;
  if (state.nextSyncCommittee === null) {
    // Validation lets only updates of the store's own period through while the next committee is not known.
    if (periodAt(finalizedSlotOf(update)) !== storePeriod) throw new Error("an update skipped a sync committee");
    return {...state, nextSyncCommittee: committee};
  }
  if (periodAt(finalizedSlotOf(update)) !== storePeriod + 1) return state;
  return {
    ...state,
    currentSyncCommittee: state.nextSyncCommittee,
    nextSyncCommittee: committee,
    previousMaxActiveParticipants: state.currentMaxActiveParticipants,
    currentMaxActiveParticipants: 0,
  };
}
