import {cp, readdir, readFile, stat, truncate, writeFile} from "node:fs/promises";
import {join} from "node:path";
import {openLevelDatabase} from "../../src/level/level-database.ts";
import type {WriteOperation} from "../../src/level/protection-database.ts";

/** Writes into a closed store as nobody should. */
export async function tamperWith(path: string, ...operations: readonly WriteOperation[]): Promise<void> {
  const database = await openLevelDatabase(path);
  await database.batch(operations, {sync: true});
  await database.close();
}

/** Names and sizes of a store's files that end so, all of them when nothing is said. */
export async function filesOf(
  path: string,
  ending = "",
): Promise<{readonly name: string; readonly sizeBytes: number}[]> {
  const names = (await readdir(path)).filter((name) => name.endsWith(ending)).sort();
  return Promise.all(names.map(async (name) => ({name, sizeBytes: (await stat(join(path, name))).size})));
}

export async function copyStore(from: string, to: string): Promise<void> {
  await cp(from, to, {recursive: true});
}

export async function flipByte(file: string, at: number, mask: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  await writeFile(file, bytes);
}

export const cutFile = (file: string, sizeBytes: number): Promise<void> => truncate(file, sizeBytes);
