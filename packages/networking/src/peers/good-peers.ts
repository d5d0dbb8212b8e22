import type {Log} from "@mote/core";
import type {NetworkFiles} from "../network.ts";
import {formatPeerAddress, type PeerAddress, parsePeerAddress} from "./addresses.ts";

const KEPT_MAX = 100;
const FILE_SIZE_BYTES_MAX = 64 * 1024;

/** Peers of our chain that were reached by dialling, newest last: after a restart they are tried before discovery has found any. */
export class GoodPeers {
  readonly #addresses = new Map<string, PeerAddress>();
  readonly #files: NetworkFiles;
  readonly #log: Log;
  #changed = false;
  #saving: Promise<void> = Promise.resolve();

  constructor(components: {readonly files: NetworkFiles; readonly log: Log}) {
    this.#files = components.files;
    this.#log = components.log;
  }

  /** What was saved. A file that is not what {@link save} writes is left out: it only costs time to find peers anew. */
  async load(): Promise<readonly PeerAddress[]> {
    const content = await this.#files.read("p2p-peers.json");
    if (content === null) return [];
    try {
      for (const address of parse(content)) this.#addresses.set(address.peer, address);
    } catch (error) {
      this.#log.warn("The peers of the last run are not known: p2p-peers.json cannot be read", {error});
    }
    return [...this.#addresses.values()];
  }

  add(address: PeerAddress): void {
    this.#addresses.delete(address.peer);
    this.#addresses.set(address.peer, address);
    for (const oldest of this.#addresses.keys()) {
      if (this.#addresses.size <= KEPT_MAX) break;
      this.#addresses.delete(oldest);
    }
    this.#changed = true;
  }

  remove(peer: string): void {
    if (this.#addresses.delete(peer)) this.#changed = true;
  }

  /** Resolves when what was known at the call is on disk, or could not be written, which is logged. */
  save(): Promise<void> {
    if (!this.#changed) return this.#saving;
    this.#changed = false;
    const lines = [...this.#addresses.values()].map(formatPeerAddress);
    this.#saving = this.#saving.then(async () => {
      try {
        await this.#files.write("p2p-peers.json", Buffer.from(`${JSON.stringify(lines, null, 1)}\n`));
      } catch (error) {
        this.#changed = true;
        this.#log.warn("The list of good peers was not saved", {error});
      }
    });
    return this.#saving;
  }
}

function parse(content: Uint8Array): PeerAddress[] {
  if (content.length > FILE_SIZE_BYTES_MAX) throw new Error(`it is larger than ${FILE_SIZE_BYTES_MAX} bytes`);
  const lines: unknown = JSON.parse(Buffer.from(content).toString("utf8"));
  if (!Array.isArray(lines)) throw new Error("it is no list");
  return lines.slice(-KEPT_MAX).map((line) => parsePeerAddress(String(line)));
}
