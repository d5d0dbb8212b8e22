import {crc32} from "node:zlib";

/** For each of the four bytes of a checksum, what each of its values becomes. */
export type Crc32Shift = readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

/**
 * What `length` bytes make of the checksum of the text before them: always the same, whatever they say, since CRC-32 is linear. So the checksum of
 * two texts in a row is made of theirs, without reading them: `shifted(first, crc32ShiftBy(length of the second)) ^ second`.
 */
export function crc32ShiftBy(length: number): Crc32Shift {
  const zeros = Buffer.alloc(length);
  const own = crc32(zeros);
  const tableOf = (byte: number): Uint32Array => {
    const table = new Uint32Array(256);
    for (let bit = 0; bit < 8; bit++) {
      const value = 1 << bit;
      const shiftedBit = crc32(zeros, (value << (8 * byte)) >>> 0) ^ own;
      for (let rest = 0; rest < value; rest++) table[value + rest] = shiftedBit ^ (table[rest] as number);
    }
    return table;
  };
  return [tableOf(0), tableOf(1), tableOf(2), tableOf(3)];
}

export function shifted(crc: number, [byte0, byte1, byte2, byte3]: Crc32Shift): number {
  const low = (byte0[crc & 0xff] as number) ^ (byte1[(crc >>> 8) & 0xff] as number);
  return low ^ (byte2[(crc >>> 16) & 0xff] as number) ^ (byte3[crc >>> 24] as number);
}
