import {Uint8ArrayList} from "uint8arraylist";
import type {ByteSource} from "./byte-source.ts";
import {InvalidFrameError} from "./invalid-frame-error.ts";
import type {SizeBounds} from "./snappy-block.ts";
import {decodeFrames, encodeFrames} from "./snappy-frames.ts";
import {encodeUvarint, readUvarint} from "./uvarint.ts";

/** `ssz_snappy`: the length of the SSZ, and its frames. `before` goes ahead of them in the same piece. phase0/p2p-interface.md#ssz-snappy-encoding-strategy */
export function* encodePayload(ssz: Uint8Array, before: Uint8Array = new Uint8Array()): Generator<Uint8ArrayList> {
  let lead: Uint8ArrayList | null = new Uint8ArrayList(before, encodeUvarint(ssz.length));
  for (const frame of encodeFrames(ssz)) {
    if (lead !== null) frame.prepend(lead);
    lead = null;
    yield frame;
  }
}

/** @throws {InvalidFrameError} when its length is out of bounds or its frames are unsound */
export async function readPayload(source: ByteSource, {minBytes, maxBytes}: SizeBounds): Promise<Uint8Array> {
  const sizeBytes = await readUvarint(source, maxBytes);
  if (sizeBytes < minBytes) throw new InvalidFrameError(`a length of ${sizeBytes} where at least ${minBytes} must be`);
  return decodeFrames(source, sizeBytes);
}
