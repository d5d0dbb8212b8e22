/**
 * Bytes of the wire, made by hand: what is sound here shares no code with the node that reads it, and the rest no encoder would make.
 * phase0/p2p-interface.md; https://github.com/google/snappy/blob/main/framing_format.txt and format_description.txt
 */

const STREAM_IDENTIFIER = Uint8Array.of(0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59);
const UNCOMPRESSED_CHUNK = 0x01;
const COMPRESSED_CHUNK = 0x00;
const CHUNK_SIZE_BYTES_MAX = 65_536;
const LITERAL_SIZE_BYTES_MAX = 60;
/** An element that copies 64 bytes from one byte back: three bytes for 64. */
const COPY_64_BYTES = Uint8Array.of((63 << 2) | 0b10, 1, 0);
const CRC32C_POLYNOMIAL = 0x82f63b78;

export function uvarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

/** As gossip carries it, in literals alone. */
export function snappyBlock(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [uvarint(data.length)];
  for (let at = 0; at < data.length; at += LITERAL_SIZE_BYTES_MAX) {
    const literal = data.subarray(at, at + LITERAL_SIZE_BYTES_MAX);
    parts.push(Uint8Array.of((literal.length - 1) << 2), literal);
  }
  return Buffer.concat(parts);
}

/** Inflates to `sizeBytes` zeros, a twentieth of it long. */
export function snappyBomb(sizeBytes: number): Uint8Array {
  const copies = Math.floor((sizeBytes - 1) / 64);
  const head = Buffer.concat([uvarint(1 + 64 * copies), Uint8Array.of(0, 0)]);
  return Buffer.concat([head, ...Array<Uint8Array>(copies).fill(COPY_64_BYTES)]);
}

/** Says that it inflates to 4 GiB, and has a byte. */
export const emptyPromise = (): Uint8Array => Buffer.concat([uvarint(2 ** 32 - 1), Uint8Array.of(0, 0)]);

/** What a request or a chunk of a response has after its head: length and frames. */
export function payload(ssz: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < ssz.length; at += CHUNK_SIZE_BYTES_MAX) {
    const data = ssz.subarray(at, at + CHUNK_SIZE_BYTES_MAX);
    chunks.push(frame(UNCOMPRESSED_CHUNK, data, data));
  }
  return Buffer.concat([uvarint(ssz.length), STREAM_IDENTIFIER, ...chunks]);
}

/** Promises `promisedBytes`, and inflates to that in one frame after another. */
export function payloadBomb(promisedBytes: number): Uint8Array {
  const bomb = snappyBomb(CHUNK_SIZE_BYTES_MAX);
  const inflated = Buffer.alloc(1 + 64 * Math.floor((CHUNK_SIZE_BYTES_MAX - 1) / 64));
  const one = frame(COMPRESSED_CHUNK, bomb, inflated);
  const count = Math.ceil(promisedBytes / inflated.length);
  return Buffer.concat([uvarint(promisedBytes), STREAM_IDENTIFIER, ...Array<Uint8Array>(count).fill(one)]);
}

function frame(type: number, body: Uint8Array, data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt8(type, 0);
  head.writeUIntLE(body.length + 4, 1, 3);
  head.writeUInt32LE(maskedCrc32c(data), 4);
  return Buffer.concat([head, body]);
}

function maskedCrc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC32C_POLYNOMIAL : crc >>> 1;
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
