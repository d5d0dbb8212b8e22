import {messageOf, parsePubkey} from "@mote/core";
import {canonicalSignerUrl, type RemoteKey} from "@mote/duty-signing";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import type {StateFiles} from "../system/state-files.ts";

/** In the data directory. */
export const REMOTE_KEYS_FILE_NAME = "remote-keys.json";
/** About 20,000 keys. */
const FILE_SIZE_BYTES_MAX = 4 * 1024 * 1024;

/** The remote keys that the Keymanager API added: `[{"pubkey": "0x…", "url": "https://…"}]`. */
export class RemoteKeysFile {
  readonly #path: string;
  readonly #files: StateFiles;

  constructor(init: {readonly path: string}, components: {readonly files: StateFiles}) {
    this.#path = init.path;
    this.#files = components.files;
  }

  /** Empty when there is no file. @throws {ExitError} when it cannot be read: keys would go without their duties, unseen */
  async read(): Promise<readonly RemoteKey[]> {
    try {
      const file = await this.#files.read(this.#path, FILE_SIZE_BYTES_MAX);
      return file === null ? [] : parse(file.text);
    } catch (error) {
      throw new ExitError(
        `${this.#path} cannot be used: ${messageOf(error)}. Correct it; or remove it, and add the remote keys again by the Keymanager API`,
        EXIT_NEEDS_HUMAN,
      );
    }
  }

  /** Durable once it resolves. Rejects for more keys than could be read again. */
  async write(keys: readonly RemoteKey[]): Promise<void> {
    const text = `${JSON.stringify(keys, null, 2)}\n`;
    if (Buffer.byteLength(text) > FILE_SIZE_BYTES_MAX)
      throw new Error(`${this.#path} would be larger than ${FILE_SIZE_BYTES_MAX} bytes`);
    await this.#files.writeWhole(this.#path, text);
  }
}

/** An error names the place and nothing else: a URL may hold a password. */
function parse(text: string): RemoteKey[] {
  let items: unknown;
  try {
    items = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  if (!Array.isArray(items)) throw new Error("it is not a list");
  const keys = items.map((item: unknown, place) => {
    try {
      const {pubkey, url} = item as Record<string, unknown>;
      return {pubkey: parsePubkey(pubkey, "pubkey"), url: canonicalSignerUrl(String(url))};
    } catch {
      throw new Error(`entry ${place + 1} is not a public key with the base URL of its signer`);
    }
  });
  if (new Set(keys.map(({pubkey}) => pubkey)).size < keys.length) throw new Error("it names a key twice");
  return keys;
}
