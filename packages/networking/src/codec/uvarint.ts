import type {ByteSource} from "./byte-source.ts";
import {InvalidFrameError} from "./invalid-frame-error.ts";

/** "MUST not exceed 10 bytes in length". phase0/p2p-interface.md#ssz-snappy-encoding-strategy */
const UVARINT_SIZE_BYTES_MAX = 10;
const UINT64_MAX = 2n ** 64n - 1n;

export function encodeUvarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/**
 * A length-prefix: any uint64 is understood, padded or not, before it is held against `max`.
 * @throws {InvalidFrameError} when it is none, or is above `max`
 */
export async function readUvarint(source: ByteSource, max: number): Promise<number> {
  let value = 0n;
  for (let i = 0; i < UVARINT_SIZE_BYTES_MAX; i++) {
    const byte = (await source.read(1))[0] as number;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) {
      if (value > UINT64_MAX) break;
      if (value > BigInt(max)) throw new InvalidFrameError(`a length of ${value} where at most ${max} may be`);
      return Number(value);
    }
  }
  throw new InvalidFrameError("a length-prefix of more than 64 bits");
}
