import {readdir, stat} from "node:fs/promises";
import {join} from "node:path";
import type {Root} from "@mote/core";
import type {ProtectionStoreChoice} from "./store-config.ts";

/** The store of one chain, on a network that begins anew now and then; on all others the store as it is. */
export function storeOfGenesis(store: ProtectionStoreChoice, genesisValidatorsRoot: Root): ProtectionStoreChoice {
  if (store.kind !== "level" || store.isPerGenesis !== true) return store;
  return {kind: "level", path: join(store.path, genesisValidatorsRoot)};
}

/**
 * The chains that `store` has records of, the one that was written last first. Empty for a store that is of one chain only.
 * @throws {Error} when the folder is there and cannot be read
 */
export async function storedGeneses(store: ProtectionStoreChoice): Promise<readonly Root[]> {
  if (store.kind !== "level" || store.isPerGenesis !== true) return [];
  const names: readonly string[] = await readdir(store.path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const roots = names.filter((name) => /^0x[0-9a-f]{64}$/.test(name)) as Root[];
  const dated = await Promise.all(
    roots.map(async (root) => ({root, at: (await stat(join(store.path, root))).mtimeMs})),
  );
  return dated.sort((a, b) => b.at - a.at).map(({root}) => root);
}
