import {type Cancel, type ChainEvent, type Clock, InvalidValueError, type Random, sleep} from "@mote/core";
import {type BeaconFault, BeaconNodeError, excerpt} from "../beacon-node-error.ts";
import {growingPause} from "../growing-pause.ts";
import type {Transport} from "../http/http-client.ts";
import {
  CONNECT_TIMEOUT_MS,
  EVENT_BYTES_PER_MINUTE_MAX,
  EVENT_LINE_SIZE_BYTES_MAX,
  EVENT_SIZE_BYTES_MAX,
  EVENTS_PER_MINUTE_MAX,
} from "../limits.ts";
import {ChainEventDecoder, TOPIC_SETS} from "./chain-event-decoder.ts";
import {SseLimitError, SseParser} from "./sse-parser.ts";

export interface EventStreamInit {
  readonly beaconNode: string;
  /** Without a byte (comments count) for so long, the stream is taken for dead. */
  readonly idleTimeoutMs: number;
  readonly pauseMinMs: number;
  readonly pauseMaxMs: number;
}

export interface EventStreamComponents {
  readonly http: Pick<Transport, "stream">;
  readonly clock: Clock;
  readonly random: Random;
  /** A `connected` event comes first, each time the stream stands. */
  readonly onEvent: (event: ChainEvent) => void;
  /** Every broken connection and every malformed event. */
  readonly onFault: (reason: BeaconFault, detail: string) => void;
}

const ROUTE = "GET /eth/v1/events";
const MINUTE_MS = 60_000;

/** The event stream of one node, opened again whenever it breaks, after growing pauses, until it is stopped. */
export class EventStream {
  readonly #init: EventStreamInit;
  readonly #components: EventStreamComponents;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  /** Place in {@link TOPIC_SETS} of the best set that the node has not refused. */
  #topicSet = 0;
  #attempts = 0;
  #breakOff: (reason: BeaconFault, detail: string) => void = () => {};

  constructor(init: EventStreamInit, components: EventStreamComponents) {
    this.#init = init;
    this.#components = components;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** The node runs another version: it may know more topics now. */
  forgetRefusals(): void {
    if (this.#topicSet === 0) return;
    this.#topicSet = 0;
    this.#breakOff("ABORTED", "opened again for more topics");
  }

  async #run(): Promise<void> {
    const {signal} = this.#stopping;
    const {clock, random, onFault} = this.#components;
    while (!signal.aborted) {
      const error = await this.#connect();
      if (signal.aborted) return;
      if (error.status === 400 && this.#topicSet < TOPIC_SETS.length - 1) {
        this.#topicSet++;
        continue;
      }
      if (error.reason === "ABORTED") continue;
      onFault(error.reason, error.detail);
      await sleep(clock, growingPause(this.#init, this.#attempts++, random), signal);
    }
  }

  /** One connection, to its end. */
  async #connect(): Promise<BeaconNodeError> {
    const {http, clock, onEvent} = this.#components;
    const {beaconNode, idleTimeoutMs} = this.#init;
    const connection = new AbortController();
    let own: BeaconNodeError | null = null;
    const breakOff = (reason: BeaconFault, detail: string) => {
      own ??= new BeaconNodeError({reason, beaconNode, route: ROUTE, detail});
      connection.abort();
    };
    this.#breakOff = breakOff;
    let cancelIdle: Cancel = () => {};
    const rearmIdle = () => {
      cancelIdle();
      cancelIdle = clock.after(idleTimeoutMs, () => breakOff("TIMED_OUT", `silent for ${idleTimeoutMs} ms`));
    };
    const read = this.#reader(breakOff);
    let openedMs = clock.nowMs();
    try {
      return await http.stream(
        {
          route: ROUTE,
          method: "GET",
          path: `/eth/v1/events?topics=${TOPIC_SETS[this.#topicSet]?.join(",")}`,
          headers: {accept: "text/event-stream", "cache-control": "no-cache"},
          contentType: "text/event-stream",
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
          // Some servers send no header before the first event.
          responseTimeoutMs: idleTimeoutMs,
          signal: AbortSignal.any([connection.signal, this.#stopping.signal]),
        },
        {
          onOpen: () => {
            openedMs = clock.nowMs();
            rearmIdle();
            onEvent({kind: "connected", beaconNode});
          },
          onChunk: (chunk) => {
            if (own !== null) return;
            // A stream that breaks at once, whatever it sent before, is not to be opened again as fast as it can break.
            if (clock.nowMs() - openedMs >= this.#init.pauseMaxMs) this.#attempts = 0;
            rearmIdle();
            read(chunk);
          },
        },
      );
    } catch (error) {
      if (own !== null) return own;
      if (error instanceof BeaconNodeError) return error;
      throw error;
    } finally {
      cancelIdle();
    }
  }

  #reader(breakOff: (reason: BeaconFault, detail: string) => void): (chunk: Uint8Array) => void {
    const {clock, onEvent, onFault} = this.#components;
    const decoder = new ChainEventDecoder({beaconNode: this.#init.beaconNode}, {nowMs: () => clock.nowMs()});
    let minute = {startMs: clock.nowMs(), count: 0, sizeBytes: 0};
    let flooded = false;
    const parser = new SseParser(
      {lineSizeBytesMax: EVENT_LINE_SIZE_BYTES_MAX, eventSizeBytesMax: EVENT_SIZE_BYTES_MAX},
      {
        onEvent: (raw) => {
          if (flooded) return;
          if (++minute.count > EVENTS_PER_MINUTE_MAX) {
            flooded = true;
            return breakOff("TOO_LARGE", `more than ${EVENTS_PER_MINUTE_MAX} events within a minute`);
          }
          let event: ChainEvent | null;
          try {
            event = decoder.decode(raw);
          } catch (error) {
            if (!(error instanceof InvalidValueError)) throw error;
            return onFault("MALFORMED", excerpt(`event ${raw.event}: ${error.message}`));
          }
          if (event !== null) onEvent(event);
        },
      },
    );
    return (chunk) => {
      if (flooded) return;
      const nowMs = clock.nowMs();
      if (Math.abs(nowMs - minute.startMs) >= MINUTE_MS) minute = {startMs: nowMs, count: 0, sizeBytes: 0};
      minute.sizeBytes += chunk.length;
      if (minute.sizeBytes > EVENT_BYTES_PER_MINUTE_MAX) {
        flooded = true;
        return breakOff("TOO_LARGE", `more than ${EVENT_BYTES_PER_MINUTE_MAX} bytes within a minute`);
      }
      try {
        parser.push(chunk);
      } catch (error) {
        if (!(error instanceof SseLimitError)) throw error;
        breakOff("TOO_LARGE", error.message);
      }
    };
  }
}
