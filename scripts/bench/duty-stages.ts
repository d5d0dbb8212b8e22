import {eventOf} from "./child.ts";
import {median} from "./statistics.ts";

interface DutyLine {
  readonly kind: string;
  readonly slot: number;
  readonly reachedMs: Readonly<Record<string, number>>;
}

const STAGES = ["data", "recorded", "signed", "published"];

/** When the last vote of each slot reached each stage, as the node says it. */
export class DutyStages {
  readonly #slots = new Map<number, Map<string, number>>();
  readonly #slotsPerEpoch: number;

  constructor(init: {readonly slotsPerEpoch: number}) {
    this.#slotsPerEpoch = init.slotsPerEpoch;
  }

  take(line: string): void {
    const duty = eventOf(line, "duty") as unknown as DutyLine | null;
    if (duty === null || duty.kind !== "attestation") return;
    const {seen} = duty.reachedMs;
    if (seen === undefined) return;
    const slot = this.#slots.get(duty.slot) ?? new Map<string, number>();
    this.#slots.set(duty.slot, slot);
    for (const stage of STAGES) {
      const atMs = duty.reachedMs[stage];
      if (atMs !== undefined) slot.set(stage, Math.max(slot.get(stage) ?? 0, atMs - seen));
    }
  }

  /** A line an epoch. */
  describe(): string[] {
    const epochs = Map.groupBy(this.#slots, ([slot]) => Math.floor(slot / this.#slotsPerEpoch));
    return [...epochs].map(([epoch, slots]) => {
      const medians = STAGES.map((stage) => `${stage} ${median(slots.flatMap(([, at]) => at.get(stage) ?? []))}`);
      return `epoch ${epoch} by the node's own clock, last vote of a slot, ms after the head event, p50: ${medians.join(", ")}`;
    });
  }
}
