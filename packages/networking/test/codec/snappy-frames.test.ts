import assert from "node:assert/strict";
import fc from "fast-check";
import {maskedCrc32c} from "../../src/codec/crc32c.ts";
import {InvalidFrameError} from "../../src/codec/invalid-frame-error.ts";
import {compressBlock} from "../../src/codec/snappy-block.ts";
import {decodeFrames, encodeFrames, maxCompressedLen} from "../../src/codec/snappy-frames.ts";
import {MemorySource} from "./memory-source.ts";

const IDENTIFIER = Buffer.from("ff060000734e61507059", "hex");
const COMPRESSED = 0x00;
const UNCOMPRESSED = 0x01;
const CONTENT_BYTES_MAX = 65_536;

const encoded = (bytes: Uint8Array): Buffer => Buffer.concat([...encodeFrames(bytes)].map((frame) => frame.subarray()));
const decoded = (bytes: Uint8Array, sizeBytes: number) => decodeFrames(new MemorySource(bytes), sizeBytes);

function chunk(type: number, body: Uint8Array): Buffer {
  const head = Buffer.from([type, 0, 0, 0]);
  head.writeUIntLE(body.length, 1, 3);
  return Buffer.concat([head, body]);
}

function checksum(content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(maskedCrc32c(content));
  return bytes;
}

const stored = (content: Uint8Array) => chunk(UNCOMPRESSED, Buffer.concat([checksum(content), content]));
const packed = (content: Uint8Array, block = compressBlock(content)) =>
  chunk(COMPRESSED, Buffer.concat([checksum(content), block]));
/** 9 bytes whose checksum is known. */
const NINE = Buffer.from("123456789");

describe("snappy frames", () => {
  it("are what the format says, byte by byte", () => {
    // CRC-32C("123456789") is e3069283; rotated right by 15 and 0xa282ead8 more: c78ab0e5.
    assert.equal(encoded(NINE).toString("hex"), "ff060000734e61507059010d0000e5b08ac7313233343536373839");
    assert.equal(encoded(new Uint8Array()).toString("hex"), IDENTIFIER.toString("hex"));
  });

  it("hold 65,536 bytes each at most, compressed where that is shorter", () => {
    const frames = [...encodeFrames(new Uint8Array(CONTENT_BYTES_MAX + 1))].map((frame) => frame.subarray());
    assert.equal(frames.length, 2);
    assert.equal(frames[0]?.[IDENTIFIER.length], COMPRESSED);
    assert.equal(frames[1]?.[0], UNCOMPRESSED);
  });

  it("come back as they were, and leave what follows them", async () => {
    const sizes = fc.oneof(fc.nat(300), fc.integer({min: CONTENT_BYTES_MAX - 2, max: CONTENT_BYTES_MAX + 2}));
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), fc.nat(255), async (sizeBytes, isPlain, seed) => {
        const content = Uint8Array.from({length: sizeBytes}, (_, i) => (isPlain ? seed : (i * i * (seed + 7)) >> 3));
        const frames = encoded(content);
        assert.ok(frames.length <= maxCompressedLen(sizeBytes));
        const source = new MemorySource(Buffer.concat([frames, NINE]));
        assert.ok(Buffer.from(content).equals(await decodeFrames(source, sizeBytes)));
        assert.equal(source.readBytes, sizeBytes === 0 ? 0 : frames.length);
      }),
      {numRuns: 40},
    );
  });

  it("may repeat the identifier, be empty, and stand between what is skipped", async () => {
    const frames = [
      IDENTIFIER,
      chunk(0xfe, Buffer.alloc(5)),
      stored(NINE.subarray(0, 4)),
      IDENTIFIER,
      stored(NINE.subarray(4)),
    ];
    const bytes = Buffer.concat(frames);
    // So few bytes have no room for so much packing.
    await assert.rejects(decoded(bytes, NINE.length), InvalidFrameError);
    const long = Buffer.alloc(600, 1);
    const roomy = [
      IDENTIFIER,
      chunk(0x80, Buffer.alloc(5)),
      packed(long),
      IDENTIFIER,
      stored(new Uint8Array()),
      chunk(0xfe, NINE),
      stored(NINE),
    ];
    const content = await decoded(Buffer.concat(roomy), long.length + NINE.length);
    assert.deepEqual(Buffer.from(content), Buffer.concat([long, NINE]));
  });

  const bomb = Buffer.alloc(CONTENT_BYTES_MAX + 1);
  const wrong = Buffer.concat([Buffer.from([0, 0, 0, 0]), NINE]);
  for (const [what, frames, sizeBytes] of [
    ["no identifier", [stored(NINE)], 9],
    ["another identifier", [chunk(0xff, Buffer.from("sNaPpy")), stored(NINE)], 9],
    ["an identifier of another length", [chunk(0xff, Buffer.from("sNaPpYY")), stored(NINE)], 9],
    ["a wrong checksum", [IDENTIFIER, chunk(UNCOMPRESSED, wrong)], 9],
    ["a wrong checksum of compressed content", [IDENTIFIER, packed(NINE, compressBlock(Buffer.from("987654321")))], 9],
    ["no room for a checksum", [IDENTIFIER, chunk(UNCOMPRESSED, Buffer.alloc(3))], 9],
    ["a type that must be understood", [IDENTIFIER, chunk(0x02, NINE), stored(NINE)], 100],
    ["a type that must be understood, the last of them", [IDENTIFIER, chunk(0x7f, NINE), stored(NINE)], 100],
    ["more than was declared", [IDENTIFIER, stored(NINE)], 8],
    ["less than was declared", [IDENTIFIER, stored(NINE)], 10],
    ["a compressed frame of more than 65,536 bytes", [IDENTIFIER, packed(bomb)], 2 ** 20],
    ["a stored frame of more than 65,536 bytes", [IDENTIFIER, stored(bomb)], 2 ** 20],
    ["a bomb", [IDENTIFIER, packed(Buffer.alloc(CONTENT_BYTES_MAX))], 9],
    ["more to skip than snappy could need", [IDENTIFIER, chunk(0x80, Buffer.alloc(100)), stored(NINE)], 9],
    ["identifiers without an end", new Array<Buffer>(1000).fill(IDENTIFIER), 100],
    ["empty frames without an end", [IDENTIFIER, ...new Array<Buffer>(1000).fill(stored(new Uint8Array()))], 100],
    ["an end in the midst of a header", [IDENTIFIER, Buffer.from([0, 1])], 9],
  ] as const) {
    it(`are refused: ${what}`, async () => {
      await assert.rejects(decoded(Buffer.concat(frames), sizeBytes), InvalidFrameError);
    });
  }

  it("are refused by the budget before they are read", async () => {
    const source = new MemorySource(Buffer.concat([IDENTIFIER, chunk(0x80, Buffer.alloc(5000)), stored(NINE)]));
    await assert.rejects(decodeFrames(source, NINE.length), /more than snappy needs/);
    assert.ok(source.readBytes <= maxCompressedLen(NINE.length));
  });

  it("that are mutated end in their content or a refusal, within their bounds", async () => {
    const content = Buffer.from(
      "a real block says much the same thing, much the same thing, again and again".repeat(40),
    );
    const sound = encoded(content);
    await fc.assert(
      fc.asyncProperty(mutations(sound.length), async (changes) => {
        const bytes = Buffer.from(sound);
        for (const {at, byte} of changes) bytes[at] = byte;
        const source = new MemorySource(bytes);
        try {
          assert.ok(content.equals(await decodeFrames(source, content.length)), "other content passed");
        } catch (error) {
          assert.ok(error instanceof InvalidFrameError, String(error));
        }
        assert.ok(source.readBytes <= maxCompressedLen(content.length));
      }),
      {numRuns: 300},
    );
  });

  it("of any bytes end in content of the declared length or a refusal", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({maxLength: 64}), fc.nat(200), async (tail, sizeBytes) => {
        try {
          assert.equal((await decoded(Buffer.concat([IDENTIFIER, tail]), sizeBytes)).length, sizeBytes);
        } catch (error) {
          assert.ok(error instanceof InvalidFrameError, String(error));
        }
      }),
    );
  });
});

const mutations = (sizeBytes: number) =>
  fc.array(fc.record({at: fc.nat(sizeBytes - 1), byte: fc.nat(255)}), {minLength: 1, maxLength: 4});
