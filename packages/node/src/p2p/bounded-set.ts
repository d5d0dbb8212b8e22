/** Keeps the newest `sizeMax` items. */
export class BoundedSet<T> {
  readonly #items = new Set<T>();
  readonly #sizeMax: number;

  constructor(init: {readonly sizeMax: number}) {
    this.#sizeMax = init.sizeMax;
  }

  has(item: T): boolean {
    return this.#items.has(item);
  }

  /** One that is there already becomes the newest. */
  add(item: T): void {
    this.#items.delete(item);
    this.#items.add(item);
    for (const oldest of this.#items) {
      if (this.#items.size <= this.#sizeMax) return;
      this.#items.delete(oldest);
    }
  }
}
