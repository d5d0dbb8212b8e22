import {Uint8ArrayList} from "uint8arraylist";
import type {ByteSource} from "./byte-source.ts";
import {maskedCrc32c} from "./crc32c.ts";
import {InvalidFrameError} from "./invalid-frame-error.ts";
import {compressBlock, snappyBlockLength, uncompressBlock} from "./snappy-block.ts";

/** snappy framing_format.txt, section 4; all other types from 0x80 on may be skipped, those below may not. */
const CHUNK = {compressed: 0x00, uncompressed: 0x01, firstSkippable: 0x80, identifier: 0xff} as const;
const HEADER_SIZE_BYTES = 4;
const CHECKSUM_SIZE_BYTES = 4;
const IDENTIFIER_BODY = Buffer.from("sNaPpY", "latin1");
const IDENTIFIER_CHUNK = Buffer.concat([header(CHUNK.identifier, IDENTIFIER_BODY.length), IDENTIFIER_BODY]);
/** Of one chunk, uncompressed. snappy framing_format.txt, section 4.2 */
export const FRAME_CONTENT_BYTES_MAX = 65_536;
const FRAME_BODY_BYTES_MAX = CHECKSUM_SIZE_BYTES + maxCompressedLen(FRAME_CONTENT_BYTES_MAX);

/** The worst case of snappy, and all that a reader may read for a payload of `sizeBytes`. phase0/p2p-interface.md#max_compressed_len */
export function maxCompressedLen(sizeBytes: number): number {
  return 32 + sizeBytes + Math.floor(sizeBytes / 6);
}

/** A framed stream, one chunk at a time, each compressed when it is asked for; what does not shrink travels as it is. */
export function* encodeFrames(bytes: Uint8Array): Generator<Uint8ArrayList> {
  const first = new Uint8ArrayList(IDENTIFIER_CHUNK);
  if (bytes.length === 0) yield first;
  for (let at = 0; at < bytes.length; at += FRAME_CONTENT_BYTES_MAX) {
    const content = bytes.subarray(at, at + FRAME_CONTENT_BYTES_MAX);
    const compressed = compressBlock(content);
    const isSmaller = compressed.length < content.length;
    const body = isSmaller ? compressed : content;
    const head = Buffer.alloc(HEADER_SIZE_BYTES + CHECKSUM_SIZE_BYTES);
    header(isSmaller ? CHUNK.compressed : CHUNK.uncompressed, CHECKSUM_SIZE_BYTES + body.length).copy(head);
    head.writeUInt32LE(maskedCrc32c(content), HEADER_SIZE_BYTES);
    const frame = at === 0 ? first : new Uint8ArrayList();
    frame.append(head);
    frame.append(body);
    yield frame;
  }
}

/**
 * Reads a framed stream up to the chunk that completes `sizeBytes` of content, and nothing behind it.
 * @throws {InvalidFrameError} when it is damaged, holds more than that, or takes more than {@link maxCompressedLen} of it
 */
export async function decodeFrames(source: ByteSource, sizeBytes: number): Promise<Uint8Array> {
  // Not cleared first: it is returned only when all of it was filled.
  const content = new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
  let filledBytes = 0;
  let budgetBytes = maxCompressedLen(sizeBytes);
  let isIdentified = false;
  while (filledBytes < sizeBytes) {
    const {type, bodyBytes} = readHeader(await source.read(HEADER_SIZE_BYTES));
    budgetBytes -= HEADER_SIZE_BYTES + bodyBytes;
    if (budgetBytes < 0) throw new InvalidFrameError(`frames of ${sizeBytes} bytes that take more than snappy needs`);
    if (type === CHUNK.identifier) {
      await readIdentifier(source, bodyBytes);
      isIdentified = true;
    } else if (!isIdentified) {
      throw new InvalidFrameError("a framed stream that does not begin with its identifier");
    } else if (type === CHUNK.compressed || type === CHUNK.uncompressed) {
      const part = await readContent(source, type, bodyBytes, sizeBytes - filledBytes);
      content.set(part, filledBytes);
      filledBytes += part.length;
    } else if (type >= CHUNK.firstSkippable) {
      await skip(source, bodyBytes);
    } else {
      throw new InvalidFrameError(`a frame of the unknown type ${type}`);
    }
  }
  return content;
}

async function readContent(
  source: ByteSource,
  type: typeof CHUNK.compressed | typeof CHUNK.uncompressed,
  bodyBytes: number,
  leftBytes: number,
): Promise<Uint8Array> {
  if (bodyBytes < CHECKSUM_SIZE_BYTES || bodyBytes > FRAME_BODY_BYTES_MAX) {
    throw new InvalidFrameError(`a frame of ${bodyBytes} bytes`);
  }
  const body = await source.read(bodyBytes);
  const checksum = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  const packed = body.subarray(CHECKSUM_SIZE_BYTES);
  const lengthBytes = type === CHUNK.compressed ? snappyBlockLength(packed) : packed.length;
  if (lengthBytes > FRAME_CONTENT_BYTES_MAX) throw new InvalidFrameError(`a frame that holds ${lengthBytes} bytes`);
  if (lengthBytes > leftBytes) throw new InvalidFrameError("frames that hold more than was declared");
  const bounds = {minBytes: lengthBytes, maxBytes: lengthBytes};
  const content = type === CHUNK.compressed ? uncompressBlock(packed, bounds) : packed;
  if (maskedCrc32c(content) !== checksum) throw new InvalidFrameError("a frame with a wrong checksum");
  return content;
}

async function readIdentifier(source: ByteSource, bodyBytes: number): Promise<void> {
  if (bodyBytes === IDENTIFIER_BODY.length && IDENTIFIER_BODY.equals(await source.read(bodyBytes))) return;
  throw new InvalidFrameError("a framed stream with another identifier than snappy's");
}

async function skip(source: ByteSource, sizeBytes: number): Promise<void> {
  let leftBytes = sizeBytes;
  while (leftBytes > 0) {
    const part = await source.read(Math.min(leftBytes, FRAME_CONTENT_BYTES_MAX));
    leftBytes -= part.length;
  }
}

function header(type: number, bodyBytes: number): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE_BYTES);
  bytes[0] = type;
  bytes.writeUIntLE(bodyBytes, 1, 3);
  return bytes;
}

function readHeader(bytes: Uint8Array): {readonly type: number; readonly bodyBytes: number} {
  const [type, low, middle, high] = bytes as Uint8Array & [number, number, number, number];
  return {type, bodyBytes: low | (middle << 8) | (high << 16)};
}
