import {mkdir, open} from "node:fs/promises";
import {dirname} from "node:path";

/** Makes a directory and those above it such that a power cut does not take them away. */
export async function makeDirectory(path: string): Promise<void> {
  const firstMade = await mkdir(path, {recursive: true});
  if (firstMade === undefined) return;
  const top = dirname(firstMade);
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    await syncDirectory(directory);
    if (directory === top) return;
  }
}

/** After it the entries of the directory are on disk. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
