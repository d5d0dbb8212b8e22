import {write} from "node:fs";
import {type Clock, sleep} from "@mote/core";
import type {LineSink} from "./line-log.ts";

const STDOUT = 1;
/** Characters that wait for a reader who does not read. Beyond this the newest lines are lost, and the votes go on. */
const WAITING_LENGTH_MAX = 4 * 1024 * 1024;
const RETRY_PAUSE_MS = 20;
const FLUSH_TIMEOUT_MS = 300;

/**
 * Standard output behind the event loop's back. Node writes to a pipe synchronously, so a log reader that stalls would hold up the votes; this
 * writes on another thread and keeps a bounded queue.
 */
export class StdoutSink implements LineSink {
  readonly #clock: Clock;
  #waiting = "";
  #writing: Promise<void> | null = null;

  constructor(components: {readonly clock: Clock}) {
    this.#clock = components.clock;
  }

  write(line: string): void {
    if (this.#waiting.length + line.length > WAITING_LENGTH_MAX) return;
    this.#waiting += line;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = null;
    });
  }

  /** Resolves when everything is written, or when the reader took too long to be waited for. */
  async flush(): Promise<void> {
    await Promise.race([this.#writing, sleep(this.#clock, FLUSH_TIMEOUT_MS)]);
  }

  async #drain(): Promise<void> {
    while (this.#waiting !== "") {
      let left = Buffer.from(this.#waiting);
      this.#waiting = "";
      while (left.length > 0) {
        const written = await writeSome(left);
        // A terminal that others set to non-blocking has no room at the moment.
        if (written === "no_room") await sleep(this.#clock, RETRY_PAUSE_MS);
        else if (written === "no_reader") return;
        else left = left.subarray(written);
      }
    }
  }
}

function writeSome(bytes: Buffer): Promise<number | "no_room" | "no_reader"> {
  return new Promise((resolve) => {
    write(STDOUT, bytes, 0, bytes.length, null, (error, writtenBytes) => {
      if (error === null) resolve(writtenBytes);
      else resolve(error.code === "EAGAIN" ? "no_room" : "no_reader");
    });
  });
}
