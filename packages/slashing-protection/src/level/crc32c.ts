const POLYNOMIAL_REVERSED = 0x82f63b78;
/** Bytes taken at once. */
const LANES = 8;

/** At `lane * 256 + byte`: what a byte does to the sum when `lane` more bytes follow it. */
const TABLE = makeTable();

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4) of the bytes in `[from, to)`. LevelDB uses it; `node:zlib` has another. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let sum = -1;
  let at = from;
  for (; at + LANES <= to; at += LANES) {
    const low = sum ^ littleEndianAt(bytes, at);
    const high = littleEndianAt(bytes, at + 4);
    sum =
      effect(7, low) ^
      effect(6, low >>> 8) ^
      effect(5, low >>> 16) ^
      effect(4, low >>> 24) ^
      effect(3, high) ^
      effect(2, high >>> 8) ^
      effect(1, high >>> 16) ^
      effect(0, high >>> 24);
  }
  for (; at < to; at++) sum = (sum >>> 8) ^ effect(0, sum ^ (bytes[at] as number));
  return ~sum >>> 0;
}

/** LevelDB keeps checksums rotated and moved, by util/crc32c.h. */
export function unmasked(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

const effect = (lane: number, value: number): number => TABLE[lane * 256 + (value & 0xff)] as number;

const littleEndianAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

function makeTable(): Int32Array {
  const table = new Int32Array(LANES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ POLYNOMIAL_REVERSED;
    table[byte] = sum;
  }
  for (let at = 256; at < table.length; at++) {
    const shorter = table[at - 256] as number;
    table[at] = (shorter >>> 8) ^ (table[shorter & 0xff] as number);
  }
  return table;
}
