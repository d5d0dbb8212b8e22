import {open} from "node:fs/promises";
import {describeFileError} from "@mote/node/config";
import {RefusedError} from "../command/refused-error.ts";

/** The longest password file that any tool writes is far below; a mnemonic has some 250 bytes. */
const SECRET_SIZE_BYTES_MAX = 4096;
const OTHERS = 0o077;

/**
 * The text of a file that holds a secret, without the newline at its end.
 * @param flag names the option in refusals
 * @throws {RefusedError} when it cannot be read, is empty, or others than its owner may read it
 */
export async function readSecretFile(path: string, flag: string): Promise<string> {
  const refuse = (problem: string): RefusedError => new RefusedError(`${flag}: ${path} ${problem}`);
  const file = await open(path, "r").catch((error: unknown) => {
    throw refuse(`cannot be read: ${describeFileError(error)}`);
  });
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw refuse("cannot be read: it is a directory");
    if (stats.isFile() && (stats.mode & OTHERS) !== 0 && process.platform !== "win32") {
      throw refuse(`can be read by others than its owner: chmod 600 ${path}`);
    }
    const buffer = Buffer.alloc(SECRET_SIZE_BYTES_MAX + 1);
    let sizeBytes = 0;
    // Also for a pipe, which gives less at a time.
    while (sizeBytes < buffer.length) {
      const {bytesRead} = await file.read(buffer, sizeBytes, buffer.length - sizeBytes, null);
      if (bytesRead === 0) break;
      sizeBytes += bytesRead;
    }
    if (sizeBytes > SECRET_SIZE_BYTES_MAX) throw refuse(`is larger than ${SECRET_SIZE_BYTES_MAX} bytes`);
    const text = buffer.toString("utf8", 0, sizeBytes).replace(/[\r\n]+$/, "");
    buffer.fill(0);
    if (text === "") throw refuse("is empty");
    return text;
  } finally {
    await file.close();
  }
}
