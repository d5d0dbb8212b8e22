import assert from "node:assert/strict";
import fc from "fast-check";
import {InvalidFrameError} from "../../src/codec/invalid-frame-error.ts";
import {compressBlock, snappyBlockLength, uncompressBlock} from "../../src/codec/snappy-block.ts";

const WIDE = {minBytes: 0, maxBytes: 2 ** 20};
const block = (...bytes: number[]) => Uint8Array.from(bytes);

describe("a snappy block", () => {
  it("is what the format description says", () => {
    // A literal of 5 bytes; then a copy of 4 bytes from 1 back (section 2.2.1).
    assert.deepEqual([...uncompressBlock(block(5, 0x10, 1, 2, 3, 4, 5), WIDE)], [1, 2, 3, 4, 5]);
    assert.deepEqual([...uncompressBlock(block(5, 0x00, 7, 0x01, 1), WIDE)], [7, 7, 7, 7, 7]);
  });

  it("comes back as it was", () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 3000}), (bytes) => {
        const packed = compressBlock(bytes);
        assert.equal(snappyBlockLength(packed), bytes.length);
        assert.deepEqual(Buffer.from(uncompressBlock(packed, WIDE)), Buffer.from(bytes));
      }),
    );
  });

  it("may hold as much as its bounds say, and no byte more or less", () => {
    const packed = compressBlock(new Uint8Array(100));
    assert.equal(uncompressBlock(packed, {minBytes: 100, maxBytes: 100}).length, 100);
    for (const bounds of [
      {minBytes: 0, maxBytes: 99},
      {minBytes: 101, maxBytes: 200},
    ])
      assert.throws(() => uncompressBlock(packed, bounds), InvalidFrameError);
  });

  for (const [what, bytes] of [
    ["no bytes", []],
    ["a length without an end", [0x80, 0x80]],
    ["a length of more than 32 bits", [0xff, 0xff, 0xff, 0xff, 0x7f, 0]],
    ["a length of 6 bytes", [0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ["a length that so few bytes cannot make", [...Buffer.from("80808005", "hex"), 0, 7, 0xfe, 1, 0]],
    ["another length than it has", [6, 0x10, 1, 2, 3, 4, 5]],
    ["a copy of what is not there", [5, 0x00, 7, 0x01, 9]],
  ] as const) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => uncompressBlock(block(...bytes), {minBytes: 0, maxBytes: 2 ** 32}), InvalidFrameError);
    });
  }

  it("never becomes more than its bound, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 200}), (bytes) => {
        try {
          assert.ok(uncompressBlock(bytes, {minBytes: 0, maxBytes: 300}).length <= 300);
        } catch (error) {
          assert.ok(error instanceof InvalidFrameError);
        }
      }),
    );
  });
});
