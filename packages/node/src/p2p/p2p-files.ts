import {join} from "node:path";
import {makeFolder, writeWhole} from "@mote/core/durable-files";
import type {NetworkFiles} from "@mote/networking";
import {readSmallFile} from "../system/state-files.ts";

/** In the data directory. */
export const P2P_FOLDER_NAME = "p2p";
const LIGHT_CLIENT_FILE_NAME = "light-client";

/** The largest is the light client's: two sync committees of 512 keys. */
const FILE_SIZE_BYTES_MAX = 512 * 1024;

/** What the light node keeps from one run to the next. Nothing of it is needed: who loses it meets the network as a stranger. */
export class P2pFiles implements NetworkFiles {
  readonly #folder: string;
  /** Of each file one write after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(init: {readonly datadir: string}) {
    this.#folder = join(init.datadir, P2P_FOLDER_NAME);
  }

  /** The light client's own. */
  get lightClient(): {read(): Promise<Uint8Array | null>; write(content: Uint8Array): Promise<void>} {
    return {
      read: () => this.#read(LIGHT_CLIENT_FILE_NAME),
      write: (content) => this.#write(LIGHT_CLIENT_FILE_NAME, content),
    };
  }

  read: NetworkFiles["read"] = (name) => this.#read(name);
  write: NetworkFiles["write"] = (name, content) => this.#write(name, content);

  async #read(name: string): Promise<Uint8Array | null> {
    return (await readSmallFile(join(this.#folder, name), FILE_SIZE_BYTES_MAX))?.bytes ?? null;
  }

  #write(name: string, content: Uint8Array): Promise<void> {
    const written = this.#last.then(async () => {
      await makeFolder(this.#folder);
      await writeWhole(join(this.#folder, name), content);
    });
    this.#last = written.catch(() => {});
    return written;
  }
}
