import type {ServerResponse} from "node:http";
import type {Cancel, Clock} from "@mote/core";

export interface EventStreamsInit {
  /** A comment is written this often, so that a client can tell silence from a dead connection. */
  readonly heartbeatMs: number;
  /** A client that lets more than this wait for it is dropped. */
  readonly bufferBytesMax: number;
}

interface Stream {
  readonly response: ServerResponse;
  readonly topics: ReadonlySet<string>;
}

/** The Server-Sent Events of one endpoint. A client sees the headers at once, and the event in the moment it is published. */
export class EventStreams {
  readonly #init: EventStreamsInit;
  readonly #clock: Clock;
  readonly #streams = new Set<Stream>();
  #cancelHeartbeat: Cancel | null = null;
  #dropped = 0;
  #silent = false;

  constructor(init: EventStreamsInit, components: {readonly clock: Clock}) {
    this.#init = init;
    this.#clock = components.clock;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Clients that were dropped because they did not read. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Streams that are open, and those that will be, get nothing more while this holds, not even a comment. */
  setSilent(silent: boolean): void {
    this.#silent = silent;
  }

  open(response: ServerResponse, topics: ReadonlySet<string>): void {
    const stream = {response, topics};
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    response.flushHeaders();
    this.#streams.add(stream);
    response.on("error", () => {});
    response.on("close", () => this.#streams.delete(stream));
    if (this.#cancelHeartbeat === null) this.#scheduleHeartbeat();
  }

  /** True when a stream that would get it is open. */
  hasListener(topic: string): boolean {
    return !this.#silent && [...this.#streams].some(({topics}) => topics.has(topic));
  }

  /** Writes to every stream that asked for `topic`; true when there was one. */
  publish(topic: string, data: unknown): boolean {
    if (!this.hasListener(topic)) return false;
    const text = `event: ${topic}\ndata: ${JSON.stringify(data)}\n\n`;
    let written = false;
    for (const stream of this.#streams) {
      if (!stream.topics.has(topic)) continue;
      this.#write(stream, text);
      written = true;
    }
    return written;
  }

  closeAll(): void {
    this.#cancelHeartbeat?.();
    this.#cancelHeartbeat = null;
    for (const {response} of this.#streams) response.destroy();
    this.#streams.clear();
  }

  #write(stream: Stream, text: string): void {
    if (this.#silent) return;
    stream.response.write(text);
    if (stream.response.writableLength <= this.#init.bufferBytesMax) return;
    this.#dropped++;
    this.#streams.delete(stream);
    stream.response.destroy();
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat = this.#clock.after(this.#init.heartbeatMs, () => {
      this.#cancelHeartbeat = null;
      for (const stream of this.#streams) this.#write(stream, ":\n\n");
      if (this.#streams.size > 0) this.#scheduleHeartbeat();
    });
  }
}
