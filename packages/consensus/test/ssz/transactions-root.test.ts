import assert from "node:assert/strict";
import {createHash} from "node:crypto";
import {ssz} from "@lodestar/types";
import {transactionsRoot} from "../../src/ssz/transactions-root.ts";

const {transactions: type} = ssz.electra.ExecutionPayload.fields;

/** Bytes that are told by their number alone. */
function bytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) {
    bytes.set(
      createHash("sha256")
        .update(`${seed} ${at}`)
        .digest()
        .subarray(0, Math.min(32, length - at)),
      at,
    );
  }
  return bytes;
}

describe("transactionsRoot", () => {
  const lists: Readonly<Record<string, readonly number[]>> = {
    none: [],
    "one without bytes": [0],
    "one byte": [1],
    "a chunk, and one byte more or less": [32, 31, 33],
    "two chunks, and one byte more or less": [64, 63, 65],
    "lengths of all kinds": Array.from({length: 131}, (_, i) => (i * i * 13) % 2_111),
    "one that is long": [131_072, 1, 100_001],
  };
  for (const [what, lengths] of Object.entries(lists)) {
    it(`is the library's root: ${what}`, () => {
      const transactions = lengths.map(bytes);
      assert.deepEqual(transactionsRoot(transactions), type.hashTreeRoot(transactions));
    });
  }

  it("reads transactions that begin anywhere in their buffer", () => {
    const all = bytes(1_000, 7);
    const transactions = [all.subarray(3, 200), all.subarray(201, 203), all.subarray(203)];
    assert.deepEqual(transactionsRoot(transactions), type.hashTreeRoot(transactions));
  });

  it("differs when one bit does", () => {
    const transactions = [bytes(100, 1), bytes(40, 2)];
    const before = transactionsRoot(transactions);
    transactions[1] = Uint8Array.from(transactions[1] ?? [], (byte, at) => (at === 39 ? byte ^ 1 : byte));
    assert.notDeepEqual(transactionsRoot(transactions), before);
  });
});
