import {mkdtemp, rename, rm} from "node:fs/promises";
import {dirname} from "node:path";
import {makeFolder, syncFolder} from "@mote/core/durable-files";
import {RefusedError} from "../command/refused-error.ts";
import {notWritable} from "../files/not-writable.ts";

/**
 * Builds a store beside `path` and moves it there once it is complete, so that an import that failed or was killed leaves no store at all:
 * an empty one would let keys sign whose history never arrived.
 * @param build makes the store in the directory that it is given, and closes it
 * @throws {RefusedError} when something else came to be at `path`
 */
export async function buildStore<T>(path: string, build: (path: string) => Promise<T>): Promise<T> {
  const unfinished = await makeBeside(path);
  try {
    const result = await build(unfinished);
    // Takes the place of nothing but an empty directory.
    await rename(unfinished, path).catch(refuse(path));
    await syncFolder(dirname(path));
    return result;
  } finally {
    await rm(unfinished, {recursive: true, force: true});
  }
}

async function makeBeside(path: string): Promise<string> {
  try {
    await makeFolder(dirname(path));
    return await mkdtemp(`${path}-import-`);
  } catch (error) {
    throw notWritable(path, error);
  }
}

function refuse(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    throw new RefusedError(
      `nothing was imported: ${path} has files in it that are no slashing protection; move them away`,
    );
  };
}
