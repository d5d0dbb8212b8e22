import type {AttestationData, JudgedValue, RefereeVerdict, Slot} from "@mote/core";

export interface Verdicts {
  readonly proven: number;
  readonly notProvable: number;
  readonly vetoes: Readonly<Record<JudgedValue, number>>;
}

/** Different data of one slot that are told apart: beacon nodes are a few, and are asked again and again. */
const DATA_PER_SLOT_MAX = 64;

/** How often each verdict was given. */
export class VerdictCounts {
  #proven = 0;
  #notProvable = 0;
  readonly #vetoes: Record<JudgedValue, number> = {source: 0, target: 0, head: 0};
  #slot: Slot | null = null;
  /** Of `#slot`, with the verdict, which may change while evidence comes. */
  readonly #counted = new Set<string>();

  count({slot, source, target, beaconBlockRoot}: AttestationData, verdict: RefereeVerdict): void {
    if (slot !== this.#slot) this.#counted.clear();
    this.#slot = slot;
    const value = verdict.kind === "veto" ? verdict.value : "";
    const name = [verdict.kind, value, source.epoch, source.root, target.root, beaconBlockRoot].join("/");
    if (this.#counted.has(name) || this.#counted.size >= DATA_PER_SLOT_MAX) return;
    this.#counted.add(name);
    if (verdict.kind === "veto") this.#vetoes[verdict.value]++;
    else if (verdict.kind === "proven") this.#proven++;
    else this.#notProvable++;
  }

  total(): Verdicts {
    return {proven: this.#proven, notProvable: this.#notProvable, vetoes: {...this.#vetoes}};
  }
}
