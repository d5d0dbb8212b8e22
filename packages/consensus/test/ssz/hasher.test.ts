import assert from "node:assert/strict";
import {hasher, setHasher} from "@chainsafe/persistent-merkle-tree";
import {ssz} from "@lodestar/types";
import {setFastHasher} from "../../src/ssz/hasher.ts";

describe("setFastHasher", () => {
  const before = hasher;
  afterEach(() => setHasher(before));

  it("hashes natively, to the same roots", async () => {
    const {ExecutionPayload} = ssz.electra;
    const transactions = Array.from({length: 100}, (_, i) => new Uint8Array(i * 7).fill(i));
    const root = () => ExecutionPayload.hashTreeRoot({...ExecutionPayload.defaultValue(), transactions});
    const expected = root();
    assert.equal(await setFastHasher(), "hashtree");
    assert.equal(hasher.name, "hashtree");
    assert.deepEqual(root(), expected);
  });
});
