import assert from "node:assert/strict";
import type {Pubkey, Root, Slot} from "@mote/core";
import {toByteStream} from "../../src/interchange/byte-stream.ts";
import type {KeyHistory} from "../../src/interchange/interchange.ts";
import {minifyHistory, writeInterchange} from "../../src/interchange/interchange-writer.ts";
import {CHAIN, errorOf, fileOfRecords, OTHER_PUBKEY, PUBKEY, ROOT, readChunks, readText} from "./read-text.ts";

const history = (pubkey: string, blocks: readonly object[], attestations: readonly object[]): KeyHistory =>
  ({pubkey, blocks, attestations}) as unknown as KeyHistory;

const KEYS = [
  history(
    PUBKEY,
    [
      {slot: 7, signingRoot: null},
      {slot: 18446744073709551615n, signingRoot: ROOT},
    ],
    [
      {sourceEpoch: 9, targetEpoch: 3, signingRoot: ROOT},
      {sourceEpoch: 2, targetEpoch: 4, signingRoot: null},
    ],
  ),
  history(OTHER_PUBKEY, [], []),
];

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

async function piecesOf(keys: readonly KeyHistory[], isMinified = false): Promise<string[]> {
  async function* stream(): AsyncGenerator<KeyHistory> {
    yield* keys;
  }
  return await collect(writeInterchange({genesisValidatorsRoot: CHAIN, isMinified}, stream()));
}
const textOf = async (keys: readonly KeyHistory[], isMinified = false) => (await piecesOf(keys, isMinified)).join("");

describe("the interchange file that is written", () => {
  it("has exactly these bytes", async () => {
    assert.equal(
      await textOf(KEYS),
      `{"metadata":{"interchange_format_version":"5","genesis_validators_root":"${CHAIN}"},"data":[
{"pubkey":"${PUBKEY}","signed_blocks":[
{"slot":"7"},
{"slot":"18446744073709551615","signing_root":"${ROOT}"}],"signed_attestations":[
{"source_epoch":"9","target_epoch":"3","signing_root":"${ROOT}"},
{"source_epoch":"2","target_epoch":"4"}]},
{"pubkey":"${OTHER_PUBKEY}","signed_blocks":[],"signed_attestations":[]}
]}
`,
    );
  });

  it("says the same when it is read", async () => {
    const {items, metadata} = await readText(await textOf(KEYS), CHAIN);
    const [first] = KEYS as [KeyHistory];
    assert.deepEqual(metadata, {genesisValidatorsRoot: CHAIN});
    assert.deepEqual(items, [
      {kind: "key", pubkey: PUBKEY},
      ...first.blocks.map((record) => ({kind: "block", pubkey: PUBKEY, record})),
      ...first.attestations.map((record) => ({kind: "attestation", pubkey: PUBKEY, record})),
      {kind: "key", pubkey: OTHER_PUBKEY},
    ]);
  });

  it("is JSON without keys too", async () => {
    assert.deepEqual(JSON.parse(await textOf([])).data, []);
    assert.deepEqual((await readText(await textOf([]))).items, []);
  });

  it("comes in pieces of bounded size, also for one key with many records", async () => {
    const blocks = Array.from({length: 20_000}, (_, slot) => ({slot: slot as Slot, signingRoot: ROOT as Root}));
    const pieces = await piecesOf([history(PUBKEY, blocks, [])]);
    assert.ok(pieces.length > 10);
    assert.ok(pieces.every((piece) => piece.length < 64 * 1024));
    assert.ok(pieces.slice(0, -1).every((piece) => piece.length >= 16 * 1024));
    assert.equal(JSON.parse(pieces.join("")).data[0].signed_blocks.length, 20_000);
  });

  it("is minified to the highest values without roots", async () => {
    assert.deepEqual(minifyHistory(KEYS[0] as KeyHistory), {
      pubkey: PUBKEY,
      blocks: [{slot: 18446744073709551615n, signingRoot: null}],
      attestations: [{sourceEpoch: 9, targetEpoch: 4, signingRoot: null}],
    });
    assert.deepEqual(minifyHistory(KEYS[1] as KeyHistory), {pubkey: OTHER_PUBKEY, blocks: [], attestations: []});
    assert.deepEqual(JSON.parse(await textOf(KEYS, true)).data[0].signed_blocks, [{slot: "18446744073709551615"}]);
  });
});

describe("what an import is given", () => {
  const readObject = (value: object) => readChunks(toByteStream(value), CHAIN);

  it("may be what JSON.parse made of a file", async () => {
    const text = await textOf(KEYS);
    assert.deepEqual(await readObject(JSON.parse(text)), await readText(text));
  });

  it("may be bytes, which pass through as they are", async () => {
    const bytes = Buffer.from("abc");
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes;
    }
    assert.deepEqual(await collect(toByteStream(source())), [bytes]);
  });

  it("may be the pieces of an export, or all bytes at once", async () => {
    const text = await textOf(KEYS);
    async function* pieces(): AsyncGenerator<string> {
      for (let at = 0; at < text.length; at += 50) yield text.slice(at, at + 50);
    }
    assert.deepEqual(await readObject(pieces()), await readText(text));
    assert.deepEqual(await readObject(Buffer.from(text)), await readText(text));
  });

  it("is refused by name when it is nothing of the kind", async () => {
    for (const value of [null, undefined, 5, "{}"] as unknown as object[]) {
      const error = await errorOf(readObject(value));
      assert.equal(error?.code, value === undefined ? "NOT_JSON" : "WRONG_TYPE", String(value));
    }
  });

  it("is refused when JSON.parse has rounded a number, and not when nobody reads it", async () => {
    const rounded = JSON.parse(fileOfRecords({blocks: ['{"slot":9007199254740993}']}));
    const error = await errorOf(readObject(rounded));
    assert.equal(error?.code, "INVALID_NUMBER");
    assert.equal(error.path, "data[0].signed_blocks[0].slot");
    assert.match(error.message, /9007199254740992 \(rounded: as a text it would be exact\)/);
    assert.equal(await errorOf(readObject({...JSON.parse(fileOfRecords({})), x: 2 ** 60})), null);
  });

  it("may have bigints", async () => {
    const value = JSON.parse(fileOfRecords({blocks: ['{"slot":1}']}));
    value.data[0].signed_blocks[0].slot = 2n ** 64n - 1n;
    const {items} = await readObject(value);
    assert.deepEqual(items.at(-1), {
      kind: "block",
      pubkey: PUBKEY as Pubkey,
      record: {slot: 2n ** 64n - 1n, signingRoot: null},
    });
  });

  it("is refused by name when it cannot be JSON", async () => {
    const circle: {self?: object} = {};
    circle.self = circle;
    assert.equal((await errorOf(readObject(circle)))?.code, "NOT_JSON");
    assert.equal((await errorOf(readObject(() => 0)))?.code, "NOT_JSON");
  });
});
