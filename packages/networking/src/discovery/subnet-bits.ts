/** The numbers of the bits that are set, lowest bit of the first byte first, as SSZ's bitvectors have them. */
export function readBits(bytes: Uint8Array): readonly number[] {
  const set: number[] = [];
  for (const [i, byte] of bytes.entries())
    for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) set.push(8 * i + bit);
  return set;
}

export function writeBits(set: readonly number[], sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (const bit of set) {
    const i = bit >> 3;
    bytes[i] = (bytes[i] ?? 0) | (1 << (bit & 7));
  }
  return bytes;
}
