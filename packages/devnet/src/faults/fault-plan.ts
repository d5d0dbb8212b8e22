import type {Slot} from "@mote/core";
import type {SlotRange as DriverRange} from "../slot-driver.ts";
import type {EndpointFault, FaultSpec, SlotRange, WrongSource} from "./fault-spec.ts";

/** Everything that is wrong with one endpoint in one slot. */
export interface EndpointFaults {
  readonly down: boolean;
  readonly delayMs: number;
  readonly stuckHead: boolean;
  readonly optimistic: boolean;
  readonly wrongSource: WrongSource | null;
  readonly http500: boolean;
  readonly truncate: boolean;
}

export const NO_FAULTS: EndpointFaults = {
  down: false,
  delayMs: 0,
  stuckHead: false,
  optimistic: false,
  wrongSource: null,
  http500: false,
  truncate: false,
};

const inRange = (slot: Slot, range: SlotRange): boolean => slot >= range.first && slot <= range.last;

/** Which fault holds when. Of two delays of one endpoint the longer counts; of two wrong sources the one named last. */
export class FaultPlan {
  readonly #specs: readonly FaultSpec[];

  constructor(specs: readonly FaultSpec[]) {
    this.#specs = specs;
  }

  endpointFaults(endpoint: string, slot: Slot): EndpointFaults {
    let faults = NO_FAULTS;
    for (const spec of this.#specs) {
      if (spec.scope !== "endpoint" || spec.endpoint !== endpoint) continue;
      if (spec.slots === null || inRange(slot, spec.slots)) faults = withFault(faults, spec.fault);
    }
    return faults;
  }

  /** As the slot driver takes them. */
  chainFaults(): {readonly skip: readonly DriverRange[]; readonly reorg: readonly DriverRange[]} {
    const skip = this.#specs.flatMap((spec) =>
      spec.scope === "chain" && spec.kind === "skip" ? [{from: spec.slots.first, to: spec.slots.last}] : [],
    );
    return {skip, reorg: this.reorgSlots.map((slot) => ({from: slot, to: slot}))};
  }

  /** Slots whose block comes late, to be built around by the next. */
  get reorgSlots(): readonly Slot[] {
    return this.#specs.flatMap((spec) => (spec.scope === "chain" && spec.kind === "reorg" ? [spec.slot] : []));
  }
}

function withFault(faults: EndpointFaults, fault: EndpointFault): EndpointFaults {
  switch (fault.kind) {
    case "down":
      return {...faults, down: true};
    case "delay":
      return {...faults, delayMs: Math.max(faults.delayMs, fault.delayMs)};
    case "stuck-head":
      return {...faults, stuckHead: true};
    case "optimistic":
      return {...faults, optimistic: true};
    case "wrong-source":
      return {...faults, wrongSource: fault.source};
    case "http-500":
      return {...faults, http500: true};
    case "truncate":
      return {...faults, truncate: true};
  }
}

/** What a person reads beside the endpoint's name; empty when nothing is wrong. */
export function describeFaults(faults: EndpointFaults): string[] {
  const words: [boolean, string][] = [
    [faults.down, "down"],
    [faults.delayMs > 0, `delay=${faults.delayMs}ms`],
    [faults.stuckHead, "stuck-head"],
    [faults.optimistic, "optimistic"],
    [faults.wrongSource !== null, `wrong-source=${faults.wrongSource}`],
    [faults.http500, "http-500"],
    [faults.truncate, "truncate"],
  ];
  return words.flatMap(([holds, word]) => (holds ? [word] : []));
}
