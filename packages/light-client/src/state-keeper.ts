import type {NetworkConfig} from "@mote/consensus";
import {type Log, messageOf} from "@mote/core";
import {encodeState, type KeptState, type LightClientStateFile} from "./light-client-state-file.ts";

/** Writes the newest state, one write at a time; those that were overtaken meanwhile are left out. */
export class StateKeeper {
  readonly #config: NetworkConfig;
  readonly #file: LightClientStateFile;
  readonly #log: Log;
  #waiting: KeptState | null = null;
  #writing: Promise<void> | null = null;

  constructor(
    init: {readonly config: NetworkConfig},
    components: {readonly file: LightClientStateFile; readonly log: Log},
  ) {
    this.#config = init.config;
    this.#file = components.file;
    this.#log = components.log;
  }

  keep(kept: KeptState): void {
    this.#waiting = kept;
    this.#writing ??= this.#write();
  }

  /** Resolves when all is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting !== null) {
      const kept = this.#waiting;
      this.#waiting = null;
      try {
        await this.#file.write(encodeState(this.#config, kept));
      } catch (error) {
        this.#log.warn("the light client's state could not be kept; a restart begins at the trusted root again", {
          error: messageOf(error),
        });
      }
    }
    this.#writing = null;
  }
}
