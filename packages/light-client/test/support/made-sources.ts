import {SLOTS_PER_EPOCH} from "@lodestar/params";
import type {
  LightClientBootstrap,
  LightClientFinalityUpdate,
  LightClientOptimisticUpdate,
  LightClientUpdate,
} from "@lodestar/types";
import type {Cancel, LightClientNews, LightClientSource, LightClientUpdates, Root, SlotClock} from "@mote/core";
import {type MadeChain, SLOTS_PER_PERIOD} from "./made-chain.ts";

/** Answers from a chain as far as the clock has gone. Tests put lies in the place of its methods. */
export class MadeSource implements LightClientSource {
  readonly name: string;
  readonly asked: string[] = [];
  readonly blamed: string[] = [];
  readonly chain: MadeChain;
  readonly #slotClock: SlotClock;

  constructor(init: {readonly name: string; readonly chain: MadeChain}, components: {readonly slotClock: SlotClock}) {
    this.name = init.name;
    this.chain = init.chain;
    this.#slotClock = components.slotClock;
  }

  async bootstrap(blockRoot: Root): Promise<LightClientBootstrap> {
    this.asked.push("bootstrap");
    for (let epoch = 0; epoch <= this.#slotClock.currentEpoch(); epoch++)
      if (this.chain.root(epoch * SLOTS_PER_EPOCH) === blockRoot) return this.chain.bootstrap(epoch * SLOTS_PER_EPOCH);
    throw new Error("there is no such block");
  }

  async updates(startPeriod: number, count: number): Promise<readonly LightClientUpdate[]> {
    this.asked.push(`updates ${startPeriod}+${count}`);
    const updates: LightClientUpdate[] = [];
    for (let period = startPeriod; period < startPeriod + count; period++) {
      const lastSlot = Math.min((period + 1) * SLOTS_PER_PERIOD - 2, this.headSlot());
      if (lastSlot >= period * SLOTS_PER_PERIOD) updates.push(this.chain.update({attestedSlot: lastSlot}));
    }
    return updates;
  }

  async finalityUpdate(): Promise<LightClientFinalityUpdate> {
    this.asked.push("finality");
    return this.chain.finalityUpdate({attestedSlot: this.headSlot()});
  }

  async optimisticUpdate(): Promise<LightClientOptimisticUpdate> {
    this.asked.push("optimistic");
    return this.chain.optimisticUpdate({attestedSlot: this.headSlot()});
  }

  blame(reason: string): void {
    this.blamed.push(reason);
  }

  /** The newest block that another block has signed. */
  headSlot(): number {
    return this.#slotClock.currentSlot() - 1;
  }
}

export class MadeUpdates implements LightClientUpdates {
  list: readonly LightClientSource[] = [];
  #listener: ((news: LightClientNews) => Promise<"accept" | "ignore" | "reject">) | null = null;

  sources(): readonly LightClientSource[] {
    return this.list;
  }

  subscribe(listener: (news: LightClientNews) => Promise<"accept" | "ignore" | "reject">): Cancel {
    this.#listener = listener;
    return () => {
      this.#listener = null;
    };
  }

  /** As if a peer had sent it. */
  async gossip(news: Omit<LightClientNews, "from">): Promise<"accept" | "ignore" | "reject" | "nobody listens"> {
    return this.#listener === null ? "nobody listens" : this.#listener({...news, from: "a peer"} as LightClientNews);
  }
}
