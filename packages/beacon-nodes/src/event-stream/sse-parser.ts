import {GrowingBytes} from "../http/growing-bytes.ts";

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

export interface SseLimits {
  readonly lineSizeBytesMax: number;
  readonly eventSizeBytesMax: number;
}

/** The stream broke its bounds; it cannot be read on. */
export class SseLimitError extends Error {
  override name = "SseLimitError";
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Reads a `text/event-stream` from its bytes (html.spec.whatwg.org, "Parsing an event stream"), keeping one line and one event at most.
 * `id` and `retry` are of no use here and left out.
 */
export class SseParser {
  readonly #limits: SseLimits;
  readonly #onEvent: (event: ServerSentEvent) => void;
  readonly #line = new GrowingBytes();
  #skipLineFeed = false;
  #event = "";
  #data: string[] = [];
  #eventSizeBytes = 0;

  constructor(limits: SseLimits, components: {readonly onEvent: (event: ServerSentEvent) => void}) {
    this.#limits = limits;
    this.#onEvent = components.onEvent;
  }

  /** @throws {SseLimitError} when a line or an event is larger than its bound */
  push(chunk: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === LF && this.#skipLineFeed) {
        // Second half of a CR LF.
        this.#skipLineFeed = false;
        start = at + 1;
        continue;
      }
      this.#skipLineFeed = byte === CR;
      if (byte !== LF && byte !== CR) continue;
      this.#keep(chunk.subarray(start, at));
      start = at + 1;
      this.#endLine();
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    if (this.#line.sizeBytes + part.length > this.#limits.lineSizeBytesMax) {
      throw new SseLimitError(`a line of more than ${this.#limits.lineSizeBytesMax} bytes`);
    }
    this.#line.add(part);
  }

  #endLine(): void {
    const {sizeBytes} = this.#line;
    const line = this.#line.take().toString("utf8");
    if (line === "") this.#endEvent();
    else this.#takeField(line, sizeBytes);
  }

  #takeField(line: string, sizeBytes: number): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    this.#eventSizeBytes += sizeBytes;
    if (this.#eventSizeBytes > this.#limits.eventSizeBytesMax) {
      throw new SseLimitError(`an event of more than ${this.#limits.eventSizeBytesMax} bytes`);
    }
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
  }

  #endEvent(): void {
    const event = {event: this.#event === "" ? "message" : this.#event, data: this.#data.join("\n")};
    const hasData = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    this.#eventSizeBytes = 0;
    if (hasData) this.#onEvent(event);
  }
}
