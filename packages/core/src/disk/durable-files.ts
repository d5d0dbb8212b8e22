import {link, mkdir, open, rename, rm} from "node:fs/promises";
import {basename, dirname, join} from "node:path";

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

export interface WriteWholeOptions {
  /** Where the file grows, on the disk of `path`. Two writers of one such place must not overlap; what is there is removed. */
  readonly unfinished?: string;
  /** False: a file that is at `path`, or comes there meanwhile, stays, and the call rejects with EEXIST. */
  readonly mayReplace?: boolean;
}

/**
 * The whole file or none of it, for its owner alone; it has outlived a power cut when the call resolves.
 * @param content in one piece, or as text piece by piece
 * @throws when the disk refuses: what was at `path` before is there still, unless it was the very last step, the folder's, that failed
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | AsyncIterable<string>,
  {unfinished = unfinishedOf(path), mayReplace = true}: WriteWholeOptions = {},
): Promise<void> {
  // One that a power cut left behind may have other permissions, which writing into it would keep.
  await rm(unfinished, {force: true});
  try {
    const file = await open(unfinished, "wx", OWNER_ONLY_FILE);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    if (mayReplace) {
      await rename(unfinished, path);
    } else {
      // Unlike a rename, a link never replaces what came in the meantime.
      await link(unfinished, path);
      await rm(unfinished);
    }
  } catch (error) {
    // What went wrong matters more than what is met while tidying up.
    await rm(unfinished, {force: true}).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** What a power cut may leave of writing `path`: hidden, and in the same folder. */
export const unfinishedOf = (path: string): string => join(dirname(path), `.${basename(path)}.unfinished`);

/** With those above it, for their owner alone, such that a power cut does not take them away. One that is there stays as it is. */
export async function makeFolder(path: string): Promise<void> {
  const firstMade = await mkdir(path, {recursive: true, mode: OWNER_ONLY_FOLDER});
  if (firstMade === undefined) return;
  const top = dirname(firstMade);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === top) return;
  }
}

/** After it the entries of the folder are on disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
