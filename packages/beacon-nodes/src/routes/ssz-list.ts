/** SSZ of a list from the SSZ of its items (ssz/simple-serialize.md#serialization). */

const OFFSET_SIZE_BYTES = 4;

/** Items of one fixed size follow each other. */
export const serializeFixedSizeList = (items: readonly Uint8Array[]): Uint8Array => Buffer.concat(items);

/** Items of variable size stand behind a table of their offsets. */
export function serializeVariableSizeList(items: readonly Uint8Array[]): Uint8Array {
  const offsets = Buffer.alloc(items.length * OFFSET_SIZE_BYTES);
  let offset = offsets.length;
  items.forEach((item, index) => {
    offsets.writeUInt32LE(offset, index * OFFSET_SIZE_BYTES);
    offset += item.length;
  });
  return Buffer.concat([offsets, ...items]);
}
