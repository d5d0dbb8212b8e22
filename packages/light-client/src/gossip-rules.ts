import type {ForkPostGloas} from "@lodestar/params";
import {type LightClientOptimisticUpdate, ssz} from "@lodestar/types";
import {type NetworkConfig, syncMessageDueMs} from "@mote/consensus";
import type {LightClientNews, Slot, SlotClock} from "@mote/core";
import {type Header, hasFormAt} from "./rules/light-client-header.ts";

type FinalityNews = Extract<LightClientNews, {kind: "finality_update"}>;

/** What may travel on, of that which is sound. altair/light-client/p2p-interface.md#the-gossip-domain-gossipsub */
export class GossipRules {
  readonly #config: NetworkConfig;
  readonly #slotClock: SlotClock;
  #finality: FinalityNews["update"] | null = null;
  #optimisticSlot = -1;

  constructor(init: {readonly config: NetworkConfig}, components: {readonly slotClock: SlotClock}) {
    this.#config = init.config;
    this.#slotClock = components.slotClock;
  }

  /** Whether it is new and came when its block had had time to travel. */
  mayTravel(news: LightClientNews): boolean {
    return this.#isInTime(news) && this.#isNew(news);
  }

  /** An optimistic update that says again what a finality update has said need not move the store. */
  isPartOfForwarded({attestedHeader, syncAggregate, signatureSlot}: LightClientOptimisticUpdate): boolean {
    const forwarded = this.#finality;
    if (forwarded === null || signatureSlot !== forwarded.signatureSlot) return false;
    const {slot} = forwarded.attestedHeader.beacon;
    if (!hasFormAt(this.#config, slot, attestedHeader)) return false;
    const {LightClientHeader} = this.#config.getForkTypes<ForkPostGloas>(slot);
    return (
      LightClientHeader.equals(attestedHeader as Header, forwarded.attestedHeader as Header) &&
      ssz.altair.SyncAggregate.equals(syncAggregate, forwarded.syncAggregate)
    );
  }

  onForwarded(news: LightClientNews): void {
    if (news.kind === "optimistic_update") this.#optimisticSlot = news.update.attestedHeader.beacon.slot;
    else this.#finality = news.update;
  }

  #isInTime({update: {signatureSlot}}: LightClientNews): boolean {
    const dueMs = syncMessageDueMs(this.#config, signatureSlot as Slot);
    return this.#slotClock.msInto(signatureSlot as Slot) >= dueMs - this.#config.MAXIMUM_GOSSIP_CLOCK_DISPARITY;
  }

  #isNew(news: LightClientNews): boolean {
    if (news.kind === "optimistic_update") return news.update.attestedHeader.beacon.slot > this.#optimisticSlot;
    // What was forwarded had moved our finalized header, so 2/3 had signed it: none of its slot is to follow with more.
    return (
      this.#finality === null || news.update.finalizedHeader.beacon.slot > this.#finality.finalizedHeader.beacon.slot
    );
  }
}
