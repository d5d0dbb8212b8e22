import {setHasher} from "@chainsafe/persistent-merkle-tree";

/**
 * Makes the SSZ library hash by native code: a large block's root takes a quarter of the time then. Where there is no build of it for this machine,
 * WebAssembly does it. To be called once, when the process starts.
 */
export async function setFastHasher(): Promise<"hashtree" | "as-sha256"> {
  try {
    const {hasher} = await import("@chainsafe/persistent-merkle-tree/hasher/hashtree");
    setHasher(hasher);
    return "hashtree";
  } catch {
    const {hasher} = await import("@chainsafe/persistent-merkle-tree/hasher/as-sha256");
    setHasher(hasher);
    return "as-sha256";
  }
}
