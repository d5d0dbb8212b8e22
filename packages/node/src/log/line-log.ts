import type {Clock, Log, LogDetails} from "@mote/core";
import {type Logger, pino} from "pino";
import {humanLine} from "./human-line.ts";

export interface LineLogInit {
  readonly level: "error" | "warn" | "info" | "debug";
  readonly format: "human" | "json";
}

/** Where lines go: standard output, or a test's list. */
export interface LineSink {
  write(line: string): void;
}

/**
 * The one voice of the process. JSON lines carry `level`, `time` (Unix ms) and `msg`; an event (a slot's votes, readiness) also `event` and
 * its figures.
 */
export class LineLog implements Log {
  readonly #pino: Logger;
  readonly #format: LineLogInit["format"];

  constructor(init: LineLogInit, components: {readonly sink: LineSink; readonly clock: Clock}) {
    const {sink, clock} = components;
    this.#format = init.format;
    const destination = init.format === "json" ? sink : {write: (line: string) => sink.write(humanLine(line))};
    this.#pino = pino(
      {
        base: null,
        level: init.level,
        formatters: {level: (level) => ({level})},
        timestamp: () => `,"time":${clock.nowMs()}`,
      },
      destination,
    );
  }

  debug(message: string, details: LogDetails = {}): void {
    this.#pino.debug(details, message);
  }

  info(message: string, details: LogDetails = {}): void {
    this.#pino.info(details, message);
  }

  warn(message: string, details: LogDetails = {}): void {
    this.#pino.warn(details, message);
  }

  error(message: string, details: LogDetails = {}): void {
    this.#pino.error(details, message);
  }

  /** An event with figures that machines read: its words say the same to people. */
  event(event: string, message: string, details: LogDetails = {}): void {
    this.#pino.info({event, ...details}, message);
  }

  /** A record for machines alone: people would drown in it. */
  record(event: string, details: LogDetails): void {
    if (this.#format === "json") this.#pino.info({event, ...details}, event);
  }
}
