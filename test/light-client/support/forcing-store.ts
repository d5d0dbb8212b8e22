import {EPOCHS_PER_SYNC_COMMITTEE_PERIOD, SLOTS_PER_EPOCH} from "@lodestar/params";
import type {LightClientUpdate} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import type {Slot} from "@mote/core";
import {isBetterUpdate, type LightClientState, LightClientStore, type UpgradedUpdate} from "@mote/light-client";
import {PlainVerifier} from "../../../packages/light-client/test/support/committee-keys.ts";

/** `UPDATE_TIMEOUT` */
const UPDATE_TIMEOUT_SLOTS = SLOTS_PER_EPOCH * EPOCHS_PER_SYNC_COMMITTEE_PERIOD;

const periodAt = (slot: number): number => Math.floor(slot / UPDATE_TIMEOUT_SLOTS);

/**
 * Our store, and around it the forced update that it does not have: cases go on from there, and all that comes after one is judged by our rules again.
 * altair/light-client/sync-protocol.md, `process_light_client_store_force_update`
 */
export class ForcingStore {
  readonly #config: NetworkConfig;
  #state: LightClientState;
  #best: UpgradedUpdate | null = null;

  constructor(init: {readonly config: NetworkConfig; readonly state: LightClientState}) {
    this.#config = init.config;
    this.#state = init.state;
  }

  get state(): LightClientState {
    return this.#state;
  }

  async process(update: LightClientUpdate, currentSlot: Slot): Promise<void> {
    const store = new LightClientStore({config: this.#config, state: this.#state}, {verifier: new PlainVerifier()});
    const verdict = await store.process(update, currentSlot);
    if (verdict.kind === "refused") throw new Error(`refused: ${verdict.reason}`);
    const {finalizedHeader, nextSyncCommittee} = this.#state;
    this.#state = store.state;
    if (this.#best === null || isBetterUpdate(verdict.update, this.#best)) this.#best = verdict.update;
    const isApplied =
      finalizedHeader !== this.#state.finalizedHeader || nextSyncCommittee !== this.#state.nextSyncCommittee;
    if (isApplied) this.#best = null;
  }

  force(currentSlot: number): void {
    const best = this.#best;
    if (best === null || currentSlot <= this.#state.finalizedHeader.beacon.slot + UPDATE_TIMEOUT_SLOTS) return;
    const {finalizedHeader, optimisticHeader} = this.#state;
    const proven = best.finality?.header ?? null;
    const isNewer = proven !== null && proven.beacon.slot > finalizedHeader.beacon.slot;
    const forced = isNewer ? proven : best.attestedHeader;
    const isPastOptimistic = forced.beacon.slot > optimisticHeader.beacon.slot;
    this.#state = {
      ...this.#rotated(periodAt(forced.beacon.slot), best.next?.committee ?? null),
      finalizedHeader: forced,
      optimisticHeader: isPastOptimistic ? forced : optimisticHeader,
    };
    this.#best = null;
  }

  #rotated(period: number, next: LightClientState["nextSyncCommittee"]): LightClientState {
    const state = this.#state;
    const {nextSyncCommittee, finalizedHeader, currentMaxActiveParticipants} = state;
    if (nextSyncCommittee === null) return {...state, nextSyncCommittee: next};
    if (period !== periodAt(finalizedHeader.beacon.slot) + 1) return state;
    return {
      ...state,
      currentSyncCommittee: nextSyncCommittee,
      nextSyncCommittee: next,
      previousMaxActiveParticipants: currentMaxActiveParticipants,
      currentMaxActiveParticipants: 0,
    };
  }
}
