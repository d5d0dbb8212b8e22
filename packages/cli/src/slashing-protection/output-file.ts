import {link, mkdtemp, open, rename, rm} from "node:fs/promises";
import {basename, dirname, join} from "node:path";
import type {OutputStream} from "../command-io.ts";
import {syncDirectory} from "./durable-files.ts";
import {notWritable} from "./not-writable.ts";
import {RefusedError} from "./refused-error.ts";

/** Writes piece by piece, no faster than the reader reads. @throws {Error} when `stop` is aborted: the output is then incomplete */
export async function writeToStream(
  pieces: AsyncIterable<string>,
  stream: OutputStream,
  stop: AbortSignal,
): Promise<void> {
  for await (const piece of pieces) {
    stop.throwIfAborted();
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
  const dir = await mkdtemp(join(dirname(path), `.${basename(path)}-`)).catch((error: unknown) => {
    throw notWritable(path, error);
  });
  try {
    const unfinished = join(dir, "unfinished");
    const file = await open(unfinished, "wx", 0o600);
    try {
      for await (const piece of pieces) {
        stop.throwIfAborted();
        await file.writeFile(piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (mayReplace) await rename(unfinished, path);
    // Unlike a rename, a link never replaces what came in the meantime.
    else await link(unfinished, path).catch(refuseToReplace(path));
    await syncDirectory(dirname(path));
  } catch (error) {
    throw notWritable(path, error);
  } finally {
    await rm(dir, {recursive: true, force: true});
  }
}

function refuseToReplace(path: string): (error: unknown) => never {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw isThere(path);
    throw error;
  };
}

export const isThere = (path: string): RefusedError =>
  new RefusedError(`${path} is there already: give another name, or --overwrite to replace it`);
