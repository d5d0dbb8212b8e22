import {existsSync} from "node:fs";
import {rm} from "node:fs/promises";
import type {ProtectionStoreChoice} from "./store-config.ts";

/**
 * The file that marks a store which was begun of itself because there were no keys. As long as it is there, keys that turn up at a start may have come
 * with a volume that was not mounted then: the store knows nothing of their past, and that it is there means nothing. Null: no such store is begun of
 * itself.
 */
export const emptyBeginningPath = (store: ProtectionStoreChoice): string | null =>
  store.kind === "level" ? `${store.path}-begun-without-keys` : null;

export function isEmptyBeginning(store: ProtectionStoreChoice): boolean {
  const path = emptyBeginningPath(store);
  return path !== null && existsSync(path);
}

/** Somebody has brought keys or records, or has vouched for what is there. */
export async function endEmptyBeginning(store: ProtectionStoreChoice): Promise<void> {
  const path = emptyBeginningPath(store);
  // Whether the folder can be written to at all is the store's to find out.
  if (path !== null && existsSync(path)) await rm(path, {force: true});
}
