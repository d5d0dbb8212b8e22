import assert from "node:assert/strict";
import type {Root} from "@mote/core";
import {InterchangeError} from "../../src/interchange/interchange-error.ts";
import {readInterchange} from "../../src/interchange/interchange-reader.ts";
import {CHAIN, chunksOf, fileOf, fileOfRecords, OTHER_PUBKEY, PUBKEY, ROOT, readText} from "./read-text.ts";

const keyItem = (pubkey: string) => ({kind: "key", pubkey});
const voteItem = (sourceEpoch: number | bigint, targetEpoch: number | bigint, signingRoot: string | null) => ({
  kind: "attestation",
  pubkey: PUBKEY,
  record: {sourceEpoch, targetEpoch, signingRoot},
});
const blockItem = (slot: number | bigint, signingRoot: string | null) => ({
  kind: "block",
  pubkey: PUBKEY,
  record: {slot, signingRoot},
});

const itemsOf = async (text: string) => (await readText(text)).items;
const itemsOfBlock = async (block: string) => (await itemsOf(fileOfRecords({blocks: [block]}))).slice(1);

describe("what an interchange file may look like", () => {
  it("reads blocks, attestations and metadata in the order of the file", async () => {
    const text = fileOfRecords({
      blocks: [`{"slot":"81952","signing_root":"${ROOT}"}`],
      attestations: [
        `{"source_epoch":"2290","target_epoch":"3007","signing_root":"${ROOT}"}`,
        `{"source_epoch":"2290","target_epoch":"3008"}`,
      ],
    });
    assert.deepEqual(await readText(text), {
      items: [keyItem(PUBKEY), blockItem(81952, ROOT), voteItem(2290, 3007, ROOT), voteItem(2290, 3008, null)],
      metadata: {genesisValidatorsRoot: CHAIN},
    });
  });

  it("reads numbers as texts and as numbers", async () => {
    assert.deepEqual(await itemsOfBlock('{"slot":"7"}'), [blockItem(7, null)]);
    assert.deepEqual(await itemsOfBlock('{"slot":7}'), [blockItem(7, null)]);
    assert.deepEqual(await itemsOfBlock('{"slot":0}'), [blockItem(0, null)]);
  });

  it("keeps numbers up to 2^64−1 exactly, as bigints only above 2^53−1", async () => {
    const cases: [string, number | bigint][] = [
      ["9007199254740991", 9007199254740991],
      ["9007199254740992", 9007199254740992n],
      ["9007199254740993", 9007199254740993n],
      ["18446744073709551615", 18446744073709551615n],
    ];
    for (const [digits, slot] of cases) {
      assert.deepEqual(await itemsOfBlock(`{"slot":"${digits}"}`), [blockItem(slot, null)]);
      assert.deepEqual(await itemsOfBlock(`{"slot":${digits}}`), [blockItem(slot, null)]);
    }
  });

  it("takes a root that nobody told in each way in which clients do not tell it", async () => {
    for (const value of ["null", '""', '"0x"']) {
      assert.deepEqual(await itemsOfBlock(`{"slot":"7","signing_root":${value}}`), [blockItem(7, null)], value);
    }
  });

  it("takes a root of zeros for what it is", async () => {
    const zero = `0x${"0".repeat(64)}`;
    assert.deepEqual(await itemsOfBlock(`{"slot":"7","signing_root":"${zero}"}`), [blockItem(7, zero)]);
  });

  it("reads hex in any case, with and without 0x", async () => {
    for (const root of [ROOT.toUpperCase().replace("X", "x"), ROOT.toUpperCase(), ROOT.slice(2)]) {
      assert.deepEqual(await itemsOfBlock(`{"slot":"7","signing_root":"${root}"}`), [blockItem(7, ROOT)], root);
    }
    const upper = PUBKEY.toUpperCase().replace("X", "x");
    assert.deepEqual(await itemsOf(fileOf(`{"pubkey":"${upper}"}`)), [keyItem(PUBKEY)]);
  });

  it("takes lists that are missing, null or empty as empty", async () => {
    const expected = [keyItem(PUBKEY)];
    assert.deepEqual(await itemsOf(fileOf(`{"pubkey":"${PUBKEY}"}`)), expected);
    assert.deepEqual(
      await itemsOf(fileOf(`{"pubkey":"${PUBKEY}","signed_blocks":null,"signed_attestations":null}`)),
      expected,
    );
    assert.deepEqual(await itemsOf(fileOfRecords({})), expected);
    assert.deepEqual(await itemsOf(fileOf()), []);
    assert.deepEqual(await itemsOf(fileOf().replace('"data":[]', '"data":null')), []);
  });

  it("takes the version as a number too", async () => {
    assert.deepEqual(await itemsOf(fileOf().replace('"5"', "5")), []);
  });

  it("passes over fields that it does not know, whatever is in them", async () => {
    const extra = `"interchange_format":"complete","x":[{"slot":"no","a":[1,-2.5e+3,true,false,null,"\\u00e9 ✓"]},[]]`;
    const text = `{${extra},"data":[{${extra},"pubkey":"${PUBKEY}","signed_blocks":[{${extra},"slot":"7"}]}],
      "metadata":{${extra},"interchange_format_version":"5","genesis_validators_root":"${CHAIN}"}}`;
    assert.deepEqual(await itemsOf(text), [keyItem(PUBKEY), blockItem(7, null)]);
  });

  it("passes over an unknown text of any length without keeping it", async () => {
    const text = fileOf().replace('"data"', `"comment":"${"x".repeat(100_000)}","n":${"1".repeat(5000)},"data"`);
    assert.deepEqual(await itemsOf(text), []);
  });

  it("finds the pubkey behind the records, and metadata behind the data", async () => {
    const entry = `{"signed_attestations":[{"target_epoch":"3","source_epoch":"2"}],"signed_blocks":[{"slot":"7"}],"pubkey":"${PUBKEY}"}`;
    const text = `{"data":[${entry},{"signed_blocks":[{"slot":"8"}],"pubkey":"${OTHER_PUBKEY}"}],"metadata":{"genesis_validators_root":"${CHAIN}","interchange_format_version":"5"}}`;
    assert.deepEqual(await itemsOf(text), [
      keyItem(PUBKEY),
      voteItem(2, 3, null),
      blockItem(7, null),
      keyItem(OTHER_PUBKEY),
      {...blockItem(8, null), pubkey: OTHER_PUBKEY},
    ]);
  });

  it("reports a pubkey as often as it comes", async () => {
    const entry = `{"pubkey":"${PUBKEY}","signed_blocks":[{"slot":"7"}]}`;
    const expected = [keyItem(PUBKEY), blockItem(7, null)];
    assert.deepEqual(await itemsOf(fileOf(entry, entry)), [...expected, ...expected]);
  });

  it("takes records whose source is above the target, since the official vectors import such", async () => {
    const items = await itemsOf(fileOfRecords({attestations: ['{"source_epoch":"9","target_epoch":"8"}']}));
    assert.deepEqual(items.slice(1), [voteItem(9, 8, null)]);
  });

  it("reads escaped names and values as what they stand for", async () => {
    const text = fileOf(`{"\\u0070ubkey":"${PUBKEY}","signed_blocks":[{"slot":"\\u0037"}]}`);
    assert.deepEqual(await itemsOf(text), [keyItem(PUBKEY), blockItem(7, null)]);
  });

  it("passes over a byte order mark at the start", async () => {
    assert.deepEqual(await itemsOf(`\ufeff${fileOf()}`), []);
  });

  it("yields lots of at most 1024 and says how many bytes are read", async () => {
    const blocks = Array.from({length: 5000}, (_, slot) => `{"slot":${slot}}`);
    const bytes = Buffer.from(fileOfRecords({blocks}));
    const read: number[] = [];
    const sizes: number[] = [];
    const lots = readInterchange(chunksOf(bytes, bytes.length), {
      genesisValidatorsRoot: CHAIN,
      onBytes: (bytesRead) => read.push(bytesRead),
    });
    for await (const lot of lots) sizes.push(lot.length);
    assert.equal(read.at(-1), bytes.length);
    assert.ok(read.length > 1);
    assert.equal(
      sizes.reduce((sum, size) => sum + size),
      5001,
    );
    assert.ok(sizes.every((size) => size <= 1024));
  });

  it("refuses another chain as soon as the metadata says so", async () => {
    const wanted = `0x${"99".repeat(32)}` as Root;
    async function* startOnly(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(fileOf().slice(0, 170));
      assert.fail("the rest was asked for");
    }
    const lots = readInterchange(startOnly(), {genesisValidatorsRoot: wanted});
    await assert.rejects(lots.next(), (error) => error instanceof InterchangeError && error.code === "WRONG_CHAIN");
  });

  it("passes on what the source throws", async () => {
    const failure = new Error("no such disk");
    // biome-ignore lint/correctness/useYield: it fails first
    async function* failing(): AsyncGenerator<Uint8Array> {
      throw failure;
    }
    await assert.rejects(readInterchange(failing(), {genesisValidatorsRoot: null}).next(), failure);
  });
});
