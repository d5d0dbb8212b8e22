import {basename} from "node:path";
import {DiskTextFiles, describeFileError} from "@mote/node/config";
import {DevnetRefusedError} from "./devnet-refused-error.ts";

/** The deposits of a few thousand validators. */
const DEPOSIT_FILE_SIZE_BYTES_MAX = 8 * 1024 * 1024;

/** @throws {DevnetRefusedError} for the first file that cannot be read */
export function readDepositFiles(paths: readonly string[]): {readonly name: string; readonly text: string}[] {
  const files = new DiskTextFiles();
  return paths.map((path) => {
    try {
      return {name: basename(path), text: files.read(path, DEPOSIT_FILE_SIZE_BYTES_MAX)};
    } catch (error) {
      throw new DevnetRefusedError(`--genesis-deposits: ${path} cannot be used: ${describeFileError(error)}`);
    }
  });
}
