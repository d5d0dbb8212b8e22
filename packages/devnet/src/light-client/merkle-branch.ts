/** As SSZ views hold their trees. */
export interface TreeNode {
  readonly left: TreeNode;
  readonly right: TreeNode;
  readonly root: Uint8Array;
}

/** The siblings on the way from the node at `gindex` up to `tree`: what proves the one in the other. ssz/merkle-proofs.md */
export function merkleBranch(tree: TreeNode, gindex: bigint): Uint8Array[] {
  const branch: Uint8Array[] = [];
  let node = tree;
  // The digits after the first are the way down: 0 left, 1 right.
  for (const digit of gindex.toString(2).slice(1)) {
    const {left, right} = node;
    node = digit === "0" ? left : right;
    branch.push((digit === "0" ? right : left).root);
  }
  return branch.reverse();
}
