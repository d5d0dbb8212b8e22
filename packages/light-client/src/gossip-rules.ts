import type {ForkPostGloas} from "@lodestar/params";
import {type LightClientOptimisticUpdate, ssz} from "@lodestar/types";
import {type NetworkConfig, syncMessageDueMs} from "@mote/consensus";
import type {LightClientNews, Slot, SlotClock} from "@mote/core";
import {type Header, hasFormAt} from "./rules/light-client-header.ts";
import {participationOf} from "./rules/participation.ts";

type FinalityNews = Extract<LightClientNews, {kind: "finality_update"}>;

/** What may travel on, of that which is sound. altair/light-client/p2p-interface.md#the-gossip-domain-gossipsub */
export class GossipRules {
  readonly #config: NetworkConfig;
  readonly #slotClock: SlotClock;
  #finality: {readonly finalizedSlot: number; readonly isSupermajority: boolean; readonly news: FinalityNews} | null =
    null;
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
    const forwarded = this.#finality?.news.update;
    if (forwarded === undefined || signatureSlot !== forwarded.signatureSlot) return false;
    const {slot} = forwarded.attestedHeader.beacon;
    if (!hasFormAt(this.#config, slot, attestedHeader)) return false;
    const {LightClientHeader} = this.#config.getForkTypes<ForkPostGloas>(slot);
    return (
      LightClientHeader.equals(attestedHeader as Header, forwarded.attestedHeader as Header) &&
      ssz.altair.SyncAggregate.equals(syncAggregate, forwarded.syncAggregate)
    );
  }

  onForwarded(news: LightClientNews): void {
    if (news.kind === "optimistic_update") {
      this.#optimisticSlot = news.update.attestedHeader.beacon.slot;
      return;
    }
    const {isSupermajority} = participationOf(news.update.syncAggregate);
    this.#finality = {finalizedSlot: news.update.finalizedHeader.beacon.slot, isSupermajority, news};
  }

  #isInTime({update: {signatureSlot}}: LightClientNews): boolean {
    const dueMs = syncMessageDueMs(this.#config, signatureSlot as Slot);
    return this.#slotClock.msInto(signatureSlot as Slot) >= dueMs - this.#config.MAXIMUM_GOSSIP_CLOCK_DISPARITY;
  }

  #isNew(news: LightClientNews): boolean {
    if (news.kind === "optimistic_update") return news.update.attestedHeader.beacon.slot > this.#optimisticSlot;
    if (this.#finality === null) return true;
    const {slot} = news.update.finalizedHeader.beacon;
    const {finalizedSlot, isSupermajority} = this.#finality;
    if (slot !== finalizedSlot) return slot > finalizedSlot;
    return !isSupermajority && participationOf(news.update.syncAggregate).isSupermajority;
  }
}
