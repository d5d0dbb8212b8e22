import type {Slot} from "@mote/core";
import type {SlotRange as ChainRange} from "../chain/types.ts";
import type {EndpointFault, FaultSpec, FlagFaultKind, Lie, LieKind, PeerFaultKind, SlotRange} from "./fault-spec.ts";

/** Everything that is wrong with one endpoint in one slot. */
export interface EndpointFaults {
  readonly flags: ReadonlySet<FlagFaultKind>;
  readonly delayMs: number;
  /** What is told instead of the truth. */
  readonly lies: {readonly [Kind in LieKind]?: Lie<Kind>};
}

export const NO_FAULTS: EndpointFaults = {flags: new Set(), delayMs: 0, lies: {}};

/** As the chain takes them. */
export interface ChainFaults {
  readonly skip: readonly ChainRange[];
  readonly reorg: readonly ChainRange[];
  readonly withholdPayload: readonly ChainRange[];
}

const inRange = (slot: Slot, range: SlotRange): boolean => slot >= range.first && slot <= range.last;

/** Which fault holds when. Of two delays of one endpoint the longer counts; of two lies of one kind the one named last. */
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

  /** Whether there is to be a hostile peer at all. */
  get hasHostilePeer(): boolean {
    return this.#specs.some(({scope}) => scope === "p2p");
  }

  peerFaults(slot: Slot): ReadonlySet<PeerFaultKind> {
    const holding = this.#specs.filter((spec) => spec.scope === "p2p");
    return new Set(holding.filter(({slots}) => slots === null || inRange(slot, slots)).map(({kind}) => kind));
  }

  chainFaults(): ChainFaults {
    return {
      skip: this.#chainRanges("skip"),
      reorg: this.reorgSlots.map((slot) => ({from: slot, to: slot})),
      withholdPayload: this.#chainRanges("withhold-payload"),
    };
  }

  /** Slots whose block comes late, to be built around by the next. */
  get reorgSlots(): readonly Slot[] {
    return this.#specs.flatMap((spec) => (spec.scope === "chain" && spec.kind === "reorg" ? [spec.slot] : []));
  }

  #chainRanges(kind: "skip" | "withhold-payload"): ChainRange[] {
    return this.#specs.flatMap((spec) =>
      spec.scope === "chain" && spec.kind === kind ? [{from: spec.slots.first, to: spec.slots.last}] : [],
    );
  }
}

function withFault(faults: EndpointFaults, fault: EndpointFault): EndpointFaults {
  if (fault.kind === "delay") return {...faults, delayMs: Math.max(faults.delayMs, fault.delayMs)};
  if ("how" in fault) return {...faults, lies: {...faults.lies, [fault.kind]: fault.how}};
  return {...faults, flags: new Set([...faults.flags, fault.kind])};
}

/** What a person reads beside the endpoint's name; empty when nothing is wrong. */
export function describeFaults({flags, delayMs, lies}: EndpointFaults): string[] {
  const delay = delayMs > 0 ? [`delay=${delayMs}ms`] : [];
  return [...delay, ...flags, ...Object.entries(lies).map(([kind, how]) => `${kind}=${how}`)];
}
