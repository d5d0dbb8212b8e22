import fc from "fast-check";
import {readPayload} from "../../../packages/networking/src/codec/payload.ts";
import {snappyBlockLength} from "../../../packages/networking/src/codec/snappy-block.ts";
import {encodeUvarint, readUvarint} from "../../../packages/networking/src/codec/uvarint.ts";
import {MemorySource} from "../../../packages/networking/test/codec/memory-source.ts";
import {chunk} from "../../../packages/networking/test/reqresp/support/raw.ts";

/** A chunk of a response, in the pieces that it came in. phase0/p2p-interface.md#responding-side */
export interface ChunkParts {
  readonly code: number;
  /** Empty where the protocol has none. */
  readonly context: Uint8Array;
  /** The length-prefix. */
  readonly length: Uint8Array;
  /** The first is snappy's identifier. */
  readonly frames: readonly Uint8Array[];
  readonly ssz: Uint8Array;
}

const CONTEXT_SIZE_BYTES = 4;
const FRAME_HEADER_SIZE_BYTES = 4;
const CHECKSUM_SIZE_BYTES = 4;
const FRAME = {compressed: 0x00, uncompressed: 0x01} as const;

/** @param bytes a sound response */
export async function takeApart(bytes: Uint8Array, hasContext: boolean): Promise<readonly ChunkParts[]> {
  const chunks: ChunkParts[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const context = rest.subarray(1, hasContext ? 1 + CONTEXT_SIZE_BYTES : 1);
    const payload = rest.subarray(1 + context.length);
    const sizeBytes = await readUvarint(new MemorySource(payload), Number.MAX_SAFE_INTEGER);
    const length = encodeUvarint(sizeBytes);
    const frames: Uint8Array[] = [];
    let at = length.length;
    for (let filledBytes = 0; filledBytes < sizeBytes; ) {
      const [type = 0, low = 0, middle = 0, high = 0] = payload.subarray(at);
      const end = at + FRAME_HEADER_SIZE_BYTES + (low | (middle << 8) | (high << 16));
      const content = payload.subarray(at + FRAME_HEADER_SIZE_BYTES + CHECKSUM_SIZE_BYTES, end);
      if (type === FRAME.compressed) filledBytes += snappyBlockLength(content);
      if (type === FRAME.uncompressed) filledBytes += content.length;
      frames.push(payload.subarray(at, end));
      at = end;
    }
    const ssz = await readPayload(new MemorySource(payload), {minBytes: sizeBytes, maxBytes: sizeBytes});
    chunks.push({code: rest[0] ?? 0, context, length, frames, ssz});
    rest = payload.subarray(at);
  }
  return chunks;
}

const joined = ({code, context, length, frames}: ChunkParts): Buffer =>
  Buffer.concat([Buffer.of(code), context, length, ...frames]);
export const putTogether = (chunks: readonly ChunkParts[]): Buffer => Buffer.concat(chunks.map(joined));

/** Something else that a peer could send in place of a response; or null where it would be the same. */
export interface Mutation {
  readonly what: string;
  /** Whether other values may come of it: the frames are sound, and about something else. */
  readonly isOfContent: boolean;
  apply(chunks: readonly ChunkParts[]): Buffer;
}

const change = fc.tuple(fc.nat(), fc.integer({min: 1, max: 255}));
const changes = fc.array(change, {minLength: 1, maxLength: 3});

const oneInFour = (size: fc.Arbitrary<number>): fc.Arbitrary<number | null> =>
  fc.oneof({arbitrary: fc.constant(null), weight: 3}, {arbitrary: size, weight: 1});

/** @param digests of other forks */
export function mutations(digests: readonly Uint8Array[]): fc.Arbitrary<Mutation> {
  const bytes = fc
    .tuple(changes, fc.nat(), fc.boolean())
    .map(([list, chunkAt, isInHead]) => wire("bytes", (chunks) => changeBytes(chunks, list, chunkAt, isInHead)));
  const cut = fc.nat().map((at) => wire("cut", (chunks) => cutTo(putTogether(chunks), at)));
  const length = fc
    .tuple(fc.nat(), fc.oneof(fc.integer({min: -2, max: 2}), fc.constantFrom(65_536, 2 ** 24, 2 ** 32, 2 ** 53 - 1)))
    .map(([at, by]) =>
      inOne("length", at, (one) => ({...one, length: encodeUvarint(Math.max(0, one.ssz.length + by))})),
    );
  const rawLength = fc
    .tuple(fc.nat(), fc.uint8Array({minLength: 0, maxLength: 12}))
    .map(([at, raw]) => inOne("raw length", at, (one) => ({...one, length: raw})));
  const context = fc
    .tuple(fc.nat(), fc.oneof(fc.constantFrom(...digests), fc.uint8Array({minLength: 0, maxLength: 6})))
    .map(([at, digest]) => inOne("context", at, (one) => ({...one, context: digest})));
  const code = fc
    .tuple(fc.nat(), fc.integer({min: 1, max: 255}))
    .map(([at, value]) => inOne("code", at, (one) => ({...one, code: value})));
  const frames = fc
    .tuple(fc.nat(), fc.array(fc.nat(), {maxLength: 6}))
    .map(([at, picks]) =>
      inOne("frames", at, (one) => ({...one, frames: picks.map((pick) => pickOf(one.frames, pick))})),
    );
  const frame = fc
    .tuple(fc.nat(), fc.nat(), fc.uint8Array({minLength: 0, maxLength: 4}), fc.uint8Array({maxLength: 80}))
    .map(([at, frameAt, head, body]) =>
      inOne("a frame between", at, (one) => {
        const place = frameAt % (one.frames.length + 1);
        return {...one, frames: [...one.frames.slice(0, place), frameOf(head, body), ...one.frames.slice(place)]};
      }),
    );
  const order = fc
    .array(fc.nat(), {maxLength: 12})
    .map((picks) => wire("order", (chunks) => putTogether(picks.map((pick) => pickOf(chunks, pick)))));
  const repeated = fc
    .integer({min: 2, max: 3})
    .map((times) => wire("repeated", (chunks) => putTogether(Array.from({length: times}, () => chunks).flat())));
  const content = fc.tuple(changes, fc.nat(), oneInFour(fc.nat())).map(
    ([list, at, size]): Mutation => ({
      what: "content",
      isOfContent: true,
      apply: (chunks) =>
        Buffer.concat(
          chunks.map((one, i) => {
            const ssz = size === null ? one.ssz : cutTo(one.ssz, size);
            return i === at % chunks.length ? chunk(one.code, xored(ssz, list), one.context) : joined(one);
          }),
        ),
    }),
  );
  return fc.oneof(bytes, cut, length, rawLength, context, code, frames, frame, order, repeated, content);
}

const wire = (what: string, apply: Mutation["apply"]): Mutation => ({what, isOfContent: false, apply});
const inOne = (what: string, at: number, edit: (one: ChunkParts) => ChunkParts): Mutation =>
  wire(what, (chunks) => putTogether(chunks.map((one, i) => (i === at % chunks.length ? edit(one) : one))));

const pickOf = <T>(items: readonly T[], pick: number): T => items[pick % items.length] as T;
const cutTo = (bytes: Uint8Array, size: number): Buffer => Buffer.from(bytes.subarray(0, size % (bytes.length + 1)));

function xored(bytes: Uint8Array, list: readonly (readonly [at: number, xor: number])[]): Buffer {
  const changed = Buffer.from(bytes);
  for (const [at, xor] of list) {
    const place = at % Math.max(changed.length, 1);
    if (changed.length > 0) changed[place] = (changed[place] ?? 0) ^ xor;
  }
  return changed;
}

/** Where a chunk begins are the bytes by which it is read. */
const HEAD_SIZE_BYTES = 28;

function changeBytes(
  chunks: readonly ChunkParts[],
  list: readonly (readonly [number, number])[],
  chunkAt: number,
  isInHead: boolean,
): Buffer {
  const whole = putTogether(chunks);
  if (!isInHead) return xored(whole, list);
  const start = putTogether(chunks.slice(0, chunkAt % chunks.length)).length;
  const head = xored(whole.subarray(start, start + HEAD_SIZE_BYTES), list);
  return Buffer.concat([whole.subarray(0, start), head, whole.subarray(start + head.length)]);
}

/** With a length of its own, unless the head says another. */
function frameOf(head: Uint8Array, body: Uint8Array): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_SIZE_BYTES);
  header.writeUIntLE(body.length, 1, 3);
  header.set(head);
  return Buffer.concat([header, body]);
}
