import {existsSync} from "node:fs";
import {mkdtemp, rm} from "node:fs/promises";
import {basename, dirname, join} from "node:path";
import {makeFolder, writeWhole} from "@mote/core/durable-files";
import {RefusedError} from "../command/refused-error.ts";
import type {OutputStream} from "../command-io.ts";
import {notWritable} from "./not-writable.ts";

/** Writes piece by piece, no faster than the reader reads. @throws {Error} when `stop` is aborted: the output is then incomplete */
export async function writeToStream(
  pieces: AsyncIterable<string>,
  stream: OutputStream,
  stop: AbortSignal,
): Promise<void> {
  for await (const piece of untilAborted(pieces, stop)) {
    await new Promise<void>((resolve, reject) => {
      stream.write(piece, (error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
  }
}

/**
 * The file appears under its name when it is complete and on disk, and not at all otherwise. Only its owner may read it.
 * @throws {RefusedError} when it is there already and may not be replaced, or cannot be written
 */
export async function writeToFile(
  pieces: AsyncIterable<string>,
  {path, mayReplace, stop}: {readonly path: string; readonly mayReplace: boolean; readonly stop: AbortSignal},
): Promise<void> {
  // A place of its own: the same command may run twice at a time.
  const dir = await mkdtemp(join(dirname(path), `.${basename(path)}-`)).catch((error: unknown) => {
    throw notWritable(path, error);
  });
  try {
    await writeWhole(path, untilAborted(pieces, stop), {unfinished: join(dir, "unfinished"), mayReplace});
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    throw code === "EEXIST" && !mayReplace ? isThere(path) : notWritable(path, error);
  } finally {
    await rm(dir, {recursive: true, force: true});
  }
}

/**
 * `<dir>/<stem>-<unix seconds>.json`; with a later second when there is a file of this one: that is another result, which somebody was told of.
 */
export function timestampedPath(dir: string, stem: string, unixSec: number): string {
  for (let second = unixSec; ; second++) {
    const path = join(dir, `${stem}-${second}.json`);
    if (!existsSync(path)) return path;
  }
}

/** One line of JSON; a folder that is not there is made. @throws {RefusedError} when it is there and may not be replaced, or cannot be written */
export async function writeJsonFile(
  value: unknown,
  {path, mayReplace, stop}: {readonly path: string; readonly mayReplace: boolean; readonly stop: AbortSignal},
): Promise<void> {
  const dir = dirname(path);
  await makeFolder(dir).catch((error: unknown) => {
    throw notWritable(dir, error);
  });
  async function* line() {
    yield `${JSON.stringify(value)}\n`;
  }
  await writeToFile(line(), {path, mayReplace, stop});
}

async function* untilAborted(pieces: AsyncIterable<string>, stop: AbortSignal): AsyncGenerator<string> {
  for await (const piece of pieces) {
    stop.throwIfAborted();
    yield piece;
  }
}

export const isThere = (path: string): RefusedError =>
  new RefusedError(`${path} is there already: give another name, or --overwrite to replace it`);
