import type {Root} from "@mote/core";

/**
 * What was signed already: roots by period (a slot or an epoch) and by who may sign one in it. Only what is verified gets in, so a period holds no
 * more than its members; of periods, the latest ones stay.
 */
export class SeenRoots {
  readonly #periodsMax: number;
  readonly #periods = new Map<number, Map<number, readonly Root[]>>();

  constructor(init: {readonly periodsMax: number}) {
    this.#periodsMax = init.periodsMax;
  }

  /** In the order in which they came. */
  rootsOf(period: number, key: number): readonly Root[] {
    return this.#periods.get(period)?.get(key) ?? [];
  }

  add(period: number, key: number, root: Root): void {
    const byKey = this.#periods.get(period) ?? new Map<number, readonly Root[]>();
    this.#periods.set(period, byKey);
    byKey.set(key, [...(byKey.get(key) ?? []), root]);
    if (this.#periods.size > this.#periodsMax) this.#periods.delete(Math.min(...this.#periods.keys()));
  }
}
