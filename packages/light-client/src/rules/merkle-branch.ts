import {createHash} from "node:crypto";

const ZERO = new Uint8Array(32);

/** Levels between the node and the root. */
export const depthOf = (generalizedIndex: number): number => Math.floor(Math.log2(generalizedIndex));

/** altair/light-client/sync-protocol.md, `is_valid_normalized_merkle_branch`: a branch may be longer than its proof by zeros in front. */
export function isValidNormalizedMerkleBranch(
  leaf: Uint8Array,
  branch: readonly Uint8Array[],
  generalizedIndex: number,
  root: Uint8Array,
): boolean {
  const extra = branch.length - depthOf(generalizedIndex);
  if (extra < 0 || !branch.slice(0, extra).every(isZero)) return false;
  return areEqual(rootOfBranch(leaf, branch.slice(extra), generalizedIndex), root);
}

/** gloas/light-client/sync-protocol.md, `compute_merkle_branch_root` */
export function rootOfBranch(leaf: Uint8Array, branch: readonly Uint8Array[], generalizedIndex: number): Uint8Array {
  let node = leaf;
  let index = generalizedIndex;
  for (const sibling of branch) {
    node = index % 2 === 1 ? hashPair(sibling, node) : hashPair(node, sibling);
    index = Math.floor(index / 2);
  }
  return node;
}

/** electra/light-client/fork.md, `normalize_merkle_branch` */
export function normalizeMerkleBranch(branch: readonly Uint8Array[], generalizedIndex: number): Uint8Array[] {
  return [...zeros(depthOf(generalizedIndex) - branch.length), ...branch];
}

/** A branch that proves nothing, as it stands where there is nothing to prove. */
export const isEmptyBranch = (branch: readonly Uint8Array[]): boolean => branch.every(isZero);

export const zeros = (count: number): Uint8Array[] => Array.from({length: count}, () => ZERO);

export const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

export const areEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

const hashPair = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  createHash("sha256").update(left).update(right).digest();
