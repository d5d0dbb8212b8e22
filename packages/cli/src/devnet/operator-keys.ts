import {mkdirSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {describeFileError} from "@mote/node/config";
import type {OperatorFiles} from "./devnet-handle.ts";
import {DevnetRefusedError} from "./devnet-refused-error.ts";
import type {KeyDirs} from "./node-plans.ts";

const OWNER_ONLY = 0o600;

/**
 * Writes the keystores of a cluster's node, and their passwords, into `dir`.
 * @throws {DevnetRefusedError} when that is not to be had
 */
export function writeOperatorKeys(dir: string, {keystores, secrets}: OperatorFiles): KeyDirs {
  const dirs = {keystoresDir: join(dir, "keystores"), secretsDir: join(dir, "secrets")};
  try {
    writeAll(dirs.keystoresDir, keystores);
    writeAll(dirs.secretsDir, secrets);
  } catch (error) {
    throw new DevnetRefusedError(`--datadir: ${dir} cannot be used: ${describeFileError(error)}`);
  }
  return dirs;
}

function writeAll(dir: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(dir, {recursive: true});
  for (const [name, content] of files) writeFileSync(join(dir, name), content, {mode: OWNER_ONLY});
}
