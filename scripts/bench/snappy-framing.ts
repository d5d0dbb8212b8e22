import {randomBytes} from "node:crypto";
import {decodeFrames, encodeFrames} from "@mote/networking";
import {crc32c} from "@node-rs/crc32";
import {compressSync, uncompressSync} from "snappy";
import type {Benchmark, Figure} from "./figure.ts";
import {median, timed} from "./statistics.ts";

const SIZES = [
  {sizeBytes: 100_000, name: "100 kB", warmUps: 200, rounds: 400},
  {sizeBytes: 2_000_000, name: "2 MB", warmUps: 20, rounds: 60},
] as const;
/** Of the floor's speed. */
const SPEED_MIN = 0.7;
const WORD_BYTES = 32;
const ADDRESS_BYTES = 20;
/** As ours: results outside of V8's memory wait there for their finalizers, and slow down whoever comes next. */
const INTO_HEAP = {copyOutputData: true};

/** Payloads as req/resp frames them, there and back, beside the bare compression of the same bytes in one block. */
export const snappyFraming: Benchmark = {
  name: "snappy framing",
  async measure() {
    const figures: Figure[] = [];
    for (const size of SIZES) figures.push(await measureSize(size));
    return figures;
  },
};

async function measureSize({sizeBytes, name, warmUps, rounds}: (typeof SIZES)[number]): Promise<Figure> {
  const payload = callData(sizeBytes);
  const [framed, native, checksums] = [[], [], []] as [number[], number[], number[]];
  for (let round = 0; round < warmUps + rounds; round++) {
    framed.push(await timed(() => thereAndBack(payload)));
    native.push(await timed(() => uncompressSync(compressSync(payload, INTO_HEAP), INTO_HEAP)));
    checksums.push(await timed(() => crc32c(payload)));
  }
  const [framedMs, floorMs, checksumMs] = [framed, native, checksums].map((samples) => median(samples.slice(warmUps)));
  return {
    what: `snappy frames of ${name}, there and back, p50`,
    value: framedMs as number,
    unit: "ms",
    floor: {what: "native compression in one block", value: floorMs as number},
    valueMax: (floorMs as number) / SPEED_MIN,
    notes: [
      `of it two checksums, which the block has not: ${(2 * (checksumMs as number)).toFixed(3)} ms; ${((floorMs as number) / (framedMs as number)).toFixed(2)} of the block's speed, ${(((floorMs as number) + 2 * (checksumMs as number)) / (framedMs as number)).toFixed(2)} of that of block and checksums`,
    ],
  };
}

async function thereAndBack(payload: Uint8Array): Promise<void> {
  const frames = Buffer.concat([...encodeFrames(payload)].flatMap((frame) => [...frame]));
  let at = 0;
  const read = async (sizeBytes: number) => {
    at += sizeBytes;
    return frames.subarray(at - sizeBytes, at);
  };
  await decodeFrames({read}, payload.length);
}

/**
 * As transactions are: words of 32 bytes that are hashes, addresses that come again, and small numbers. It shrinks to 0.47, as most blocks of mainnet do
 * (0.46 to 0.50).
 */
function callData(sizeBytes: number): Uint8Array {
  const bytes = randomBytes(sizeBytes);
  const addresses = Array.from({length: 200}, () => randomBytes(ADDRESS_BYTES));
  for (let at = 0; at + WORD_BYTES <= sizeBytes; at += WORD_BYTES) {
    const kind = bytes[at] as number;
    const word = bytes.subarray(at, at + WORD_BYTES);
    if (kind < 100)
      word
        .fill(0, 0, WORD_BYTES - ADDRESS_BYTES)
        .set(addresses[(kind * 3 + at) % addresses.length] as Buffer, WORD_BYTES - ADDRESS_BYTES);
    else if (kind < 200) word.fill(0, 0, WORD_BYTES - 4);
  }
  return bytes;
}
