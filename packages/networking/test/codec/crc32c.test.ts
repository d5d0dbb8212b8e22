import assert from "node:assert/strict";
import fc from "fast-check";
import {crc32c, maskedCrc32c} from "../../src/codec/crc32c.ts";

/** Bit by bit, from the polynomial alone. */
function plain(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
  }
  return ~sum >>> 0;
}

describe("CRC-32C", () => {
  it("has the values of RFC 3720, appendix B.4, and the check value of its kind", () => {
    const ascending = Uint8Array.from({length: 32}, (_, i) => i);
    assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
    assert.equal(crc32c(ascending), 0x46dd794e);
    assert.equal(crc32c(ascending.toReversed()), 0x113fdb5c);
    assert.equal(crc32c(new Uint8Array()), 0);
  });

  it("is masked as the framing format says", () => {
    const sum = crc32c(Buffer.from("123456789"));
    const rotated = BigInt.asUintN(32, (BigInt(sum) >> 15n) | (BigInt(sum) << 17n));
    assert.equal(BigInt(maskedCrc32c(Buffer.from("123456789"))), BigInt.asUintN(32, rotated + 0xa282ead8n));
  });

  it("is the same at every alignment and length", () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 100}), fc.nat(7), (bytes, offset) => {
        const moved = new Uint8Array(bytes.length + offset).subarray(offset);
        moved.set(bytes);
        assert.equal(crc32c(moved), plain(bytes));
      }),
    );
  });
});
