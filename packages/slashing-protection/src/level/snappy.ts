import {ByteCursor} from "./byte-cursor.ts";

/** Far more than LevelDB ever puts into one block. */
const SIZE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Unpacks what LevelDB has packed, by google/snappy's format_description.txt.
 * @throws {RangeError} for what is no such thing
 */
export function unpackSnappy(packed: Uint8Array): Uint8Array {
  const cursor = new ByteCursor(packed);
  const size = cursor.varint();
  if (size > SIZE_BYTES_MAX) throw new RangeError("the unpacked size is out of range");
  const unpacked = new Uint8Array(size);
  let written = 0;
  while (!cursor.isAtEnd) {
    const tag = cursor.byte();
    if ((tag & 3) === 0) {
      const literal = cursor.take(literalLength(tag >>> 2, cursor));
      unpacked.set(literal, written);
      written += literal.length;
      continue;
    }
    const {length, offset} = copyOf(tag, cursor);
    if (offset < 1 || offset > written || written + length > size) throw new RangeError("a copy is out of range");
    // A copy may reach into what it has just written.
    for (const end = written + length; written < end; written++)
      unpacked[written] = unpacked[written - offset] as number;
  }
  if (written !== size) throw new RangeError("the unpacked size is another");
  return unpacked;
}

function literalLength(field: number, cursor: ByteCursor): number {
  return 1 + (field < 60 ? field : littleEndian(cursor, field - 59));
}

function copyOf(tag: number, cursor: ByteCursor): {readonly length: number; readonly offset: number} {
  if ((tag & 3) === 1) return {length: 4 + ((tag >>> 2) & 7), offset: (tag >>> 5) * 256 + cursor.byte()};
  return {length: 1 + (tag >>> 2), offset: littleEndian(cursor, (tag & 3) === 2 ? 2 : 4)};
}

function littleEndian(cursor: ByteCursor, sizeBytes: number): number {
  let value = 0;
  for (let index = 0; index < sizeBytes; index++) value += cursor.byte() * 256 ** index;
  return value;
}
