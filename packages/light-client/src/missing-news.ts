import {computeEpochAtSlot, contributionDueMs, type NetworkConfig} from "@mote/consensus";
import type {Epoch, LightClientSource, Random, Slot} from "@mote/core";
import {type CatchingUpComponents, takePeriods} from "./catching-up.ts";
import {computeSyncCommitteePeriodAtSlot as periodAt} from "./rules/periods.ts";
import {isSendersFault} from "./rules/refusal.ts";
import type {AnyUpdate} from "./rules/upgraded-update.ts";

/** While the chain does not finalize, or finalized a block before an empty slot, asking more often brings nothing. */
const FINALITY_ASKED_PER_EPOCH_MAX = 4;
/** Requests of many clients are spread over this part of a slot. */
const SPREAD_PER_SLOT = 1 / 6;
/** Before a block of the epoch has been signed by the block after it, the newest checkpoint cannot be proven. */
const SLOTS_UNTIL_FINALITY = 2;
/** A finalized epoch lies so many before the current one when all goes well. */
const FINALITY_DISTANCE_EPOCHS = 2;

export interface MissingNewsComponents extends CatchingUpComponents {
  readonly random: Random;
}

/** Asks for what gossip should have brought and did not. */
export class MissingNews {
  readonly #config: NetworkConfig;
  readonly #components: MissingNewsComponents;
  #epoch: Epoch | null = null;
  #finalityAsked = 0;
  /** When the next committee is asked for; null while it is known. */
  #committeeSlot: number | null = null;
  #isFirst = true;

  constructor(init: {readonly config: NetworkConfig}, components: MissingNewsComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  /** Once a slot. */
  async ask(): Promise<void> {
    const {slotClock} = this.#components;
    this.#beginEpoch(slotClock.currentEpoch());
    await this.#askCommittee();
    if (this.#isFinalityMissing()) await this.#askFinality();
    if (this.#isOptimisticMissing()) await this.#take("optimistic update", (source) => source.optimisticUpdate());
  }

  /** Unix ms at which gossip of the slot after this one has had its time. */
  nextAtMs(): number {
    const {slotClock, random} = this.#components;
    const slot = Math.max(slotClock.currentSlot() + 1, 0) as Slot;
    const spreadMs = random.next() * SPREAD_PER_SLOT * slotClock.timing.slotDurationMs;
    return slotClock.startMs(slot) + contributionDueMs(this.#config, slot) + spreadMs;
  }

  #beginEpoch(epoch: Epoch): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#finalityAsked = 0;
  }

  #isFinalityMissing(): boolean {
    const {store, slotClock} = this.#components;
    const epoch = slotClock.currentEpoch();
    const isTooEarly = slotClock.currentSlot() < slotClock.firstSlotOf(epoch) + SLOTS_UNTIL_FINALITY;
    const expectedEpoch = epoch - FINALITY_DISTANCE_EPOCHS - (isTooEarly ? 1 : 0);
    const finalizedEpoch = computeEpochAtSlot(store.finalized().slot);
    return finalizedEpoch < expectedEpoch && this.#finalityAsked < FINALITY_ASKED_PER_EPOCH_MAX;
  }

  #isOptimisticMissing(): boolean {
    const {store, slotClock} = this.#components;
    return store.optimistic().header.slot < slotClock.currentSlot() - 1;
  }

  /** At once after a start, then once an epoch at a random slot of it: many light clients come to need it in the same slot. */
  async #askCommittee(): Promise<void> {
    const {store, slotClock, random} = this.#components;
    const slot = slotClock.currentSlot();
    const inAnEpoch = slot + 1 + Math.floor(random.next() * slotClock.timing.slotsPerEpoch);
    const isKnown = store.state.nextSyncCommittee !== null;
    const isDue = !isKnown && (this.#isFirst || (this.#committeeSlot !== null && slot >= this.#committeeSlot));
    this.#isFirst = false;
    if (isKnown) this.#committeeSlot = null;
    else if (isDue || this.#committeeSlot === null) this.#committeeSlot = inAnEpoch;
    if (isDue) await takePeriods({first: periodAt(store.finalized().slot), count: 1}, this.#components);
  }

  async #askFinality(): Promise<void> {
    this.#finalityAsked++;
    await this.#take("finality update", (source) => source.finalityUpdate());
  }

  /** The first answer that could be taken serves. One that knows nothing new leaves the next to be asked. */
  async #take(what: string, ask: (source: LightClientSource) => Promise<AnyUpdate>): Promise<void> {
    const {sources, process} = this.#components;
    for await (const {source, answer} of sources.answers(what, ask)) {
      const verdict = await process(answer);
      if (verdict.kind === "accepted") return;
      if (isSendersFault(verdict.reason)) source.blame(`its ${what}: ${verdict.reason}`);
    }
  }
}
