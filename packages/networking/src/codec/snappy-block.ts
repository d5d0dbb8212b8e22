import {compressSync, uncompressSync} from "snappy";
import {InvalidFrameError} from "./invalid-frame-error.ts";

/** What a payload may measure once it is uncompressed, both bounds included. */
export interface SizeBounds {
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** Into V8's memory: what is made outside of it waits there for its finalizer, and costs ten times as much in the mean. */
const INTO_HEAP = {copyOutputData: true};

/** Of 32 bits in groups of 7. snappy format_description.txt, section 1 */
const PREAMBLE_SIZE_BYTES_MAX = 5;
/** A copy element makes 64 bytes out of 3; no element makes more of its size. snappy format_description.txt, section 2.2 */
const COPY_ELEMENT = {sizeBytes: 3, madeBytes: 64};

/**
 * What a snappy block says that it holds, read before anything is inflated.
 * @throws {InvalidFrameError} when it does not begin with a length of 32 bits, or is too short to hold that much
 */
export function snappyBlockLength(block: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < PREAMBLE_SIZE_BYTES_MAX; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      if (length >= 2 ** 32) break;
      const bodyBytes = block.length - i - 1;
      if (length * COPY_ELEMENT.sizeBytes > bodyBytes * COPY_ELEMENT.madeBytes) {
        throw new InvalidFrameError(`a snappy block of ${block.length} bytes cannot hold ${length}`);
      }
      return length;
    }
  }
  throw new InvalidFrameError("a snappy block begins with no length");
}

/**
 * As {@link snappyBlockLength}.
 * @throws {InvalidFrameError} when it is not within `bounds`, too
 */
export function snappyBlockLengthWithin(block: Uint8Array, {minBytes, maxBytes}: SizeBounds): number {
  const length = snappyBlockLength(block);
  if (length < minBytes || length > maxBytes) {
    throw new InvalidFrameError(`a snappy block of ${length} bytes where ${minBytes} to ${maxBytes} may be`);
  }
  return length;
}

/**
 * Memory for the result is taken only when the length that the block declares is within `bounds` and can be true.
 * @throws {InvalidFrameError} when it is not, or the block is damaged
 */
export function uncompressBlock(block: Uint8Array, bounds: SizeBounds): Uint8Array {
  snappyBlockLengthWithin(block, bounds);
  try {
    return plain(uncompressSync(block, INTO_HEAP) as Buffer);
  } catch {
    throw new InvalidFrameError("a damaged snappy block");
  }
}

export function compressBlock(bytes: Uint8Array): Uint8Array {
  return plain(compressSync(bytes, INTO_HEAP));
}

/** `slice()` of a Buffer shares its memory, which those who decode SSZ do not expect. */
const plain = ({buffer, byteOffset, byteLength}: Buffer): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);
