/** A line longer than this is cut off and dropped; a slot of 4,096 validators stays below. */
const LINE_LENGTH_MAX = 1 << 20;

/** Splits text that comes in pieces into lines and hands on those that are JSON objects; the others go to `onOther`. */
export class JsonLines {
  readonly #onObject: (object: Readonly<Record<string, unknown>>) => void;
  readonly #onOther: (line: string) => void;
  #rest = "";
  #isDropping = false;

  constructor(components: {
    readonly onObject: (object: Readonly<Record<string, unknown>>) => void;
    readonly onOther: (line: string) => void;
  }) {
    this.#onObject = components.onObject;
    this.#onOther = components.onOther;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!this.#isDropping) this.#line(line);
      this.#isDropping = false;
    }
    if (this.#rest.length > LINE_LENGTH_MAX) {
      this.#rest = "";
      this.#isDropping = true;
    }
  }

  #line(line: string): void {
    if (line.trim() === "" || line.length > LINE_LENGTH_MAX) return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      this.#onOther(line);
      return;
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      this.#onObject(value as Record<string, unknown>);
    else this.#onOther(line);
  }
}
