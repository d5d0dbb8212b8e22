import assert from "node:assert/strict";
import fc from "fast-check";
import {GrowingBytes} from "../../src/http/growing-bytes.ts";

describe("growing bytes", () => {
  it("are the pieces in their order, however they are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({maxLength: 700})), (pieces) => {
        const bytes = new GrowingBytes();
        for (const piece of pieces) bytes.add(piece);
        const all = Buffer.concat(pieces);
        assert.equal(bytes.sizeBytes, all.length);
        assert.ok(bytes.take().equals(all));
        assert.equal(bytes.sizeBytes, 0);
      }),
    );
  });

  it("that were taken are not written over", () => {
    const bytes = new GrowingBytes();
    bytes.add(Uint8Array.of(1));
    const taken = bytes.take();
    bytes.add(Uint8Array.of(2));
    assert.deepEqual([...taken], [1]);
  });
});
