import type {Cancel, Clock, Log} from "@mote/core";
import {describeFileError, type Parsed, type WatchableFiles} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";

export interface WatchedFileInit<T> {
  readonly path: string;
  /** How messages call it: its option. */
  readonly option: string;
  readonly sizeBytesMax: number;
  readonly parse: (text: string) => Parsed<T>;
}

export interface WatchedFileComponents {
  readonly clock: Clock;
  readonly log: Log;
  readonly files: WatchableFiles;
}

/** Soon enough for a person who has just saved the file. */
const LOOK_PAUSE_MS = 2_000;

/** A file that is read again when it changes. One that cannot be used any more changes nothing: what it said before stands. */
export class WatchedFile<T> {
  readonly #init: WatchedFileInit<T>;
  readonly #components: WatchedFileComponents;
  #value: T;
  #stamp: string;
  #cancel: Cancel = () => {};

  /** @throws {ExitError} when it cannot be used at the start: nobody knows then how blocks shall be */
  constructor(init: WatchedFileInit<T>, components: WatchedFileComponents) {
    this.#init = init;
    this.#components = components;
    this.#stamp = this.#components.files.stamp(this.#init.path);
    const read = this.#read();
    if (read.kind === "bad") throw new ExitError(`--${init.option}: ${init.path}: ${read.problem}`, EXIT_NEEDS_HUMAN);
    this.#value = read.value;
  }

  get value(): T {
    return this.#value;
  }

  /** @param onChange called whenever the file has said something new */
  start(onChange: () => void): void {
    this.#cancel = this.#components.clock.after(LOOK_PAUSE_MS, () => {
      if (this.#look()) onChange();
      this.start(onChange);
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** @returns whether there is something new */
  #look(): boolean {
    const stamp = this.#components.files.stamp(this.#init.path);
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    const {path, option} = this.#init;
    const read = this.#read();
    if (read.kind === "ok") {
      this.#value = read.value;
      this.#components.log.info(`--${option} was read again`, {file: path});
    } else {
      this.#components.log.error(`--${option} cannot be used as it is now; what it said before stands`, {
        file: path,
        problem: read.problem,
      });
    }
    return read.kind === "ok";
  }

  #read(): Parsed<T> {
    let text: string;
    try {
      text = this.#components.files.read(this.#init.path, this.#init.sizeBytesMax);
    } catch (error) {
      return {kind: "bad", problem: describeFileError(error)};
    }
    return this.#init.parse(text);
  }
}
