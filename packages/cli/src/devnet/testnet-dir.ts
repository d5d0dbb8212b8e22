import {closeSync, mkdirSync, openSync, readSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {describeFileError} from "@mote/node/config";
import type {TestnetFiles} from "./devnet-handle.ts";
import {DevnetRefusedError} from "./devnet-refused-error.ts";

/** First line of the config.yaml, by which a directory of an earlier run is known. */
export const TESTNET_TITLE = "Written by mote devnet, and overwritten by its next run.";

/** The directory of `--write-testnet`. What an earlier devnet wrote is overwritten, and no other network's config. */
export class TestnetDir {
  readonly path: string;

  /** Only looks. @throws {DevnetRefusedError} when the directory cannot be used or is another network's */
  constructor(init: {readonly path: string}) {
    this.path = init.path;
    const start = this.#refusing(() => startOf(join(this.path, "config.yaml")));
    if (start !== null && start !== `# ${TESTNET_TITLE}`)
      throw new DevnetRefusedError(`--write-testnet: ${this.path} has the config.yaml of another network`);
  }

  /** Makes the directory where there is none. @throws {DevnetRefusedError} when that or a file fails */
  write(files: TestnetFiles): void {
    this.#refusing(() => mkdirSync(this.path, {recursive: true}));
    for (const [name, content] of files) this.#refusing(() => writeFileSync(join(this.path, name), content));
  }

  #refusing<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new DevnetRefusedError(`--write-testnet: ${this.path} cannot be used: ${describeFileError(error)}`);
    }
  }
}

/** As many bytes as the title line has. Null when there is no such file. */
function startOf(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    const start = Buffer.alloc(Buffer.byteLength(`# ${TESTNET_TITLE}`));
    return start.toString("utf8", 0, readSync(file, start));
  } finally {
    closeSync(file);
  }
}
