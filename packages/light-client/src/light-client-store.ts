import {ssz} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import type {Cancel, SignatureVerifier, Slot} from "@mote/core";
import {type ProvenHeader, provenHeader} from "./proven-header.ts";
import {processUpdate} from "./rules/apply-update.ts";
import {isFinalityConflict} from "./rules/finality-conflict.ts";
import type {LightClientState} from "./rules/light-client-state.ts";
import {type Participation, participationOf} from "./rules/participation.ts";
import type {LightClientRefusal} from "./rules/refusal.ts";
import {type AnyUpdate, type UpgradedUpdate, upgradeUpdate} from "./rules/upgraded-update.ts";
import {validateUpdate} from "./rules/validate-update.ts";

export type LightClientEvent =
  /** A header was finalized, later than those before it. */
  | {readonly kind: "finalized"; readonly header: ProvenHeader}
  /**
   * A committee signed this header: it is newer than those before it, or newer than those that 2/3 of a committee signed. Without
   * `participation.isSupermajority` nothing may be stopped for it.
   */
  | {
      readonly kind: "optimistic";
      readonly header: ProvenHeader;
      readonly participation: Participation;
      /** What the state of that block calls finalized. Null: not told, or nothing but genesis. */
      readonly finalized: ProvenHeader | null;
      readonly signatureSlot: Slot;
    }
  /** Two histories were finalized: at least a third of all stake has to be slashed, and a person must decide. Once in a process. */
  | {readonly kind: "finality_conflict"; readonly known: ProvenHeader; readonly other: ProvenHeader};

export type ProcessVerdict =
  | {
      readonly kind: "accepted";
      readonly update: UpgradedUpdate;
      readonly advancedFinalized: boolean;
      readonly advancedOptimistic: boolean;
    }
  | {readonly kind: "refused"; readonly reason: LightClientRefusal};

export interface Optimistic {
  readonly header: ProvenHeader;
  /** Null for a header that is finalized and was not seen signed. */
  readonly participation: Participation | null;
}

/** Finalized headers that later ones are held against. */
const FINALIZED_KEPT_MAX = 64;

/** What a light client knows, and the only way to change it: by updates that hold against it, one after the other. */
export class LightClientStore {
  readonly #config: NetworkConfig;
  readonly #verifier: SignatureVerifier;
  readonly #listeners = new Set<(event: LightClientEvent) => void>();
  readonly #finalizedHeaders: ProvenHeader[];
  #state: LightClientState;
  #optimistic: Optimistic;
  /** Of the latest header that 2/3 of a committee signed. */
  #provenSlot = -1;
  #hasConflict = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    init: {readonly config: NetworkConfig; readonly state: LightClientState},
    components: {readonly verifier: SignatureVerifier},
  ) {
    this.#config = init.config;
    this.#verifier = components.verifier;
    this.#state = init.state;
    this.#finalizedHeaders = [provenHeader(init.state.finalizedHeader)];
    this.#optimistic = {header: provenHeader(init.state.optimisticHeader), participation: null};
  }

  get state(): LightClientState {
    return this.#state;
  }

  finalized(): ProvenHeader {
    return this.#finalizedHeaders.at(-1) as ProvenHeader;
  }

  optimistic(): Optimistic {
    return this.#optimistic;
  }

  /** Listeners are called in the order of subscription and must not throw. */
  subscribe(listener: (event: LightClientEvent) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether an update, if it is sound, says more than is known: a look at its slots, before its signature is verified. */
  isNews(update: AnyUpdate): boolean {
    const {finalizedHeader, optimisticHeader} = this.#state;
    const {slot} = update.attestedHeader.beacon;
    if (slot > optimisticHeader.beacon.slot) return true;
    if (slot > this.#provenSlot && participationOf(update.syncAggregate).isSupermajority) return true;
    if (!("finalizedHeader" in update)) return false;
    const {beacon} = update.finalizedHeader;
    const isOther = !ssz.phase0.BeaconBlockHeader.equals(beacon, finalizedHeader.beacon);
    return beacon.slot >= finalizedHeader.beacon.slot && isOther;
  }

  /**
   * Updates are taken one after the other, since each is held against what the one before has left.
   * @throws {Error} when the verifier cannot work
   */
  process(update: AnyUpdate, currentSlot: Slot): Promise<ProcessVerdict> {
    const verdict = this.#last.then(() => this.#process(update, currentSlot));
    this.#last = verdict.catch(() => {});
    return verdict;
  }

  async #process(wireUpdate: AnyUpdate, currentSlot: Slot): Promise<ProcessVerdict> {
    const upgraded = upgradeUpdate(this.#config, wireUpdate);
    if (upgraded.kind === "refused") return upgraded;
    const {update} = upgraded;
    const context = {config: this.#config, currentSlot};
    const refusal = await validateUpdate(this.#state, update, context, this.#verifier);
    if (refusal !== null) return {kind: "refused", reason: refusal};
    if (this.#conflictsWithFinality(update)) return {kind: "refused", reason: "CONFLICTING_FINALITY"};
    return this.#apply(update);
  }

  #apply(update: UpgradedUpdate): ProcessVerdict {
    const before = this.#state;
    this.#state = processUpdate(before, update);
    const advancedFinalized = this.#state.finalizedHeader !== before.finalizedHeader;
    const advancedOptimistic = this.#state.optimisticHeader !== before.optimisticHeader;
    this.#tellOptimistic(update);
    if (advancedFinalized) this.#tellFinalized();
    return {kind: "accepted", update, advancedFinalized, advancedOptimistic};
  }

  #tellOptimistic(update: UpgradedUpdate): void {
    const header = provenHeader(update.attestedHeader);
    const participation = participationOf(update.syncAggregate);
    const isLatest = header.slot === this.#state.optimisticHeader.beacon.slot;
    const isNewer = isLatest && header.slot > this.#optimistic.header.slot;
    // A header that few have signed may have overtaken one that nearly all have.
    const isNewlyProven = participation.isSupermajority && header.slot > this.#provenSlot;
    if (!isNewer && !isNewlyProven) return;
    if (isNewlyProven) this.#provenSlot = header.slot;
    if (header.slot >= this.#optimistic.header.slot) this.#optimistic = {header, participation};
    const finalized = update.finality?.header ?? null;
    this.#emit({
      kind: "optimistic",
      header,
      participation,
      finalized: finalized === null ? null : provenHeader(finalized),
      signatureSlot: update.signatureSlot as Slot,
    });
  }

  #tellFinalized(): void {
    const header = provenHeader(this.#state.finalizedHeader);
    this.#finalizedHeaders.push(header);
    if (this.#finalizedHeaders.length > FINALIZED_KEPT_MAX) this.#finalizedHeaders.shift();
    if (header.slot > this.#optimistic.header.slot) this.#optimistic = {header, participation: null};
    this.#emit({kind: "finalized", header});
  }

  /** Only what 2/3 of a committee signed counts, as it does for finalizing. */
  #conflictsWithFinality({finality, syncAggregate}: UpgradedUpdate): boolean {
    const header = finality?.header ?? null;
    if (header === null || !participationOf(syncAggregate).isSupermajority) return false;
    const other = provenHeader(header);
    const known = this.#finalizedHeaders.find((one) => isFinalityConflict(one, other));
    if (known === undefined) return false;
    if (!this.#hasConflict) this.#emit({kind: "finality_conflict", known, other});
    this.#hasConflict = true;
    return true;
  }

  #emit(event: LightClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
