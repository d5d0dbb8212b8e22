import {hasher, zeroHash} from "@chainsafe/persistent-merkle-tree";
import {MAX_BYTES_PER_TRANSACTION, MAX_TRANSACTIONS_PER_PAYLOAD} from "@lodestar/params";

const CHUNK_WORDS = 8;
const CHUNK_SIZE_BYTES = 32;
const TRANSACTION_DEPTH = Math.ceil(Math.log2(MAX_BYTES_PER_TRANSACTION / CHUNK_SIZE_BYTES));
const LIST_DEPTH = Math.ceil(Math.log2(MAX_TRANSACTIONS_PER_PAYLOAD));

/**
 * `hash_tree_root` of a payload's transactions, 32 bytes. Each of them is a tree of 25 levels, which are hashed for all of them together: one call of
 * the hasher a level instead of one a level and transaction. A block's root is what a proposal waits for longest.
 */
export function transactionsRoot(transactions: readonly Uint8Array[]): Uint8Array {
  const trees = transactions.map(({length}) => chunksOf(length));
  const leaves = new Uint8Array(sum(trees) * CHUNK_SIZE_BYTES);
  let at = 0;
  for (const [index, transaction] of transactions.entries()) {
    leaves.set(transaction, at);
    at += (trees[index] as number) * CHUNK_SIZE_BYTES;
  }
  const lengths = transactions.map(({length}) => length);
  const roots = withLengths(merkleize(wordsOf(leaves), trees, TRANSACTION_DEPTH), lengths);
  const list = roots.length === 0 ? new Uint32Array(CHUNK_WORDS) : roots;
  return bytesOf(withLengths(merkleize(list, [list.length / CHUNK_WORDS], LIST_DEPTH), [transactions.length]));
}

/** An empty list has the root of one that holds a chunk of zeros. */
const chunksOf = (sizeBytes: number): number => Math.max(1, Math.ceil(sizeBytes / CHUNK_SIZE_BYTES));

/** @param chunks of all trees, one tree after the other @param counts chunks of each tree @returns one root a tree */
function merkleize(chunks: Uint32Array, counts: readonly number[], depth: number): Uint32Array {
  let [nodes, widths] = [chunks, counts];
  for (let level = 0; level < depth; level++) {
    nodes = hashPairs(inPairs(nodes, widths, wordsOf(zeroHash(level))));
    widths = widths.map((width) => Math.ceil(width / 2));
  }
  return nodes;
}

/** Gives a tree whose last node has no neighbour one of zeros. */
function inPairs(nodes: Uint32Array, widths: readonly number[], zero: Uint32Array): Uint32Array {
  const odd = widths.filter((width) => width % 2 === 1).length;
  if (odd === 0) return nodes;
  const pairs = new Uint32Array(nodes.length + odd * CHUNK_WORDS);
  let from = 0;
  let to = 0;
  for (const width of widths) {
    for (const end = from + width * CHUNK_WORDS; from < end; ) pairs[to++] = nodes[from++] as number;
    if (width % 2 === 1) for (const word of zero) pairs[to++] = word;
  }
  return pairs;
}

/** mix_in_length of each root. */
function withLengths(roots: Uint32Array, lengths: readonly number[]): Uint32Array {
  const pairs = new Uint32Array(roots.length * 2);
  const bytes = new DataView(pairs.buffer);
  for (const [index, length] of lengths.entries()) {
    pairs.set(roots.subarray(index * CHUNK_WORDS, (index + 1) * CHUNK_WORDS), index * 2 * CHUNK_WORDS);
    bytes.setUint32((index * 2 + 1) * CHUNK_SIZE_BYTES, length, true);
  }
  return hashPairs(pairs);
}

function hashPairs(pairs: Uint32Array): Uint32Array {
  const nodes = new Uint32Array(pairs.length / 2);
  hasher.hashInto(bytesOf(pairs), bytesOf(nodes));
  return nodes;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
const bytesOf = ({buffer, byteOffset, byteLength}: Uint32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
/** A copy when the bytes do not begin where a word may. */
const wordsOf = (bytes: Uint8Array): Uint32Array => {
  const {buffer, byteOffset, byteLength} = byteOffsetFits(bytes) ? bytes : bytes.slice();
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
};
const byteOffsetFits = ({byteOffset}: Uint8Array): boolean => byteOffset % 4 === 0;
