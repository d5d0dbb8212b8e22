import assert from "node:assert/strict";
import fc from "fast-check";
import {InvalidFrameError} from "../../src/codec/invalid-frame-error.ts";
import {encodeUvarint, readUvarint} from "../../src/codec/uvarint.ts";
import {MemorySource} from "./memory-source.ts";

const MAX = 10 * 2 ** 20;
const read = (bytes: readonly number[], max = MAX) => readUvarint(new MemorySource(Uint8Array.from(bytes)), max);
const repeated = (byte: number, count: number): number[] => new Array<number>(count).fill(byte);

describe("a length-prefix", () => {
  it("is a protobuf varint", () => {
    assert.deepEqual([...encodeUvarint(0)], [0]);
    assert.deepEqual([...encodeUvarint(127)], [0x7f]);
    assert.deepEqual([...encodeUvarint(300)], [0xac, 0x02]);
    assert.deepEqual([...encodeUvarint(MAX)], [0x80, 0x80, 0x80, 0x05]);
  });

  it("comes back, and leaves what follows it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(MAX), async (value) => {
        const encoded = encodeUvarint(value);
        const source = new MemorySource(Buffer.concat([encoded, Buffer.from("rest")]));
        assert.equal(await readUvarint(source, MAX), value);
        assert.equal(source.readBytes, encoded.length);
      }),
    );
  });

  it("may be padded up to 10 bytes", async () => {
    assert.equal(await read([0x85, ...repeated(0x80, 8), 0]), 5);
  });

  for (const [what, bytes] of [
    ["11 bytes", [...repeated(0x80, 10), 0]],
    ["65 bits", [...repeated(0xff, 9), 0x02]],
    ["2^64−1", [...repeated(0xff, 9), 0x01]],
    ["2^32 more than a sound one, as 32-bit arithmetic would miss", [0x85, 0x80, 0x80, 0x80, 0x10]],
    ["one above the bound", [...encodeUvarint(MAX + 1)]],
    ["an end in its midst", [0x80]],
    ["nothing", []],
  ] as const) {
    it(`is refused: ${what}`, async () => {
      await assert.rejects(read(bytes), InvalidFrameError);
    });
  }
});
