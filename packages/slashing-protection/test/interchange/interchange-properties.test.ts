import assert from "node:assert/strict";
import {existsSync, readdirSync, readFileSync} from "node:fs";
import fc from "fast-check";
import type {InterchangeItem} from "../../src/interchange/interchange.ts";
import {InterchangeError} from "../../src/interchange/interchange-error.ts";
import {JsonTokenizer} from "../../src/interchange/json-tokenizer.ts";
import {CHAIN, chunksOf, errorOf, fileOf, PUBKEY, ROOT, readChunks, readText, type WhatWasRead} from "./read-text.ts";

/** The official vectors (eth-clients/slashing-protection-interchange-tests), beside the repository. */
const VECTORS = new URL("../../../../../shared/vectors/eip-3076/", import.meta.url);

const SAMPLE = `\ufeff${fileOf(
  `{"pubkey":"${PUBKEY}","é✓😀":["\\ud83d\\ude00é😀",-1.5E+2,true,null,{"a":{}}],\r\n"signed_blocks":[{"slot":12,"signing_root":null}]}`,
  `{"signed_attestations":[{"source_epoch":"18446744073709551615","target_epoch":2,"signing_root":"${ROOT}"}],"pubkey":"${PUBKEY}"}`,
)}\n`;

const outcomeOf = (reading: Promise<WhatWasRead>): Promise<unknown> =>
  reading.catch((error: unknown) => {
    if (!(error instanceof InterchangeError)) throw error;
    return {code: error.code, line: error.line, column: error.column, path: error.path};
  });

interface FileJson {
  readonly data: readonly {
    readonly pubkey: string;
    readonly signed_blocks?: readonly {readonly slot: string | number; readonly signing_root?: string | null}[];
    readonly signed_attestations?: readonly {
      readonly source_epoch: string | number;
      readonly target_epoch: string | number;
      readonly signing_root?: string | null;
    }[];
  }[];
}

const rootOf = (root: string | null | undefined): string | null =>
  root === undefined || root === null || /^(0x)?$/.test(root) ? null : root.toLowerCase();
const numberOf = (value: string | number): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);

/** What JSON.parse reads from a valid file. Numbers above 2^53−1 have to be texts. */
function expectedItems(text: string): unknown[] {
  return (JSON.parse(text) as FileJson).data.flatMap(({pubkey, signed_blocks, signed_attestations}) => [
    {kind: "key", pubkey: pubkey.toLowerCase()},
    ...(signed_blocks ?? []).map((block) => ({
      kind: "block",
      pubkey: pubkey.toLowerCase(),
      record: {slot: numberOf(block.slot), signingRoot: rootOf(block.signing_root)},
    })),
    ...(signed_attestations ?? []).map((vote) => ({
      kind: "attestation",
      pubkey: pubkey.toLowerCase(),
      record: {
        sourceEpoch: numberOf(vote.source_epoch),
        targetEpoch: numberOf(vote.target_epoch),
        signingRoot: rootOf(vote.signing_root),
      },
    })),
  ]);
}

const hexDigits = (count: number) =>
  fc.string({unit: fc.constantFrom(..."0123456789abcdefABCDEF"), minLength: count, maxLength: count});
const uint = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n).map(String), fc.nat(), fc.nat().map(String));
const optionalRoot = fc.option(
  hexDigits(64).map((digits) => `0x${digits}`),
  {nil: null},
);
const file = fc.record({
  metadata: fc.constant({interchange_format_version: "5", genesis_validators_root: CHAIN}),
  extra: fc.jsonValue({maxDepth: 4}),
  data: fc.array(
    fc.record(
      {
        pubkey: hexDigits(96).map((digits) => `0x${digits}`),
        signed_blocks: fc.array(fc.record({slot: uint, signing_root: optionalRoot}, {requiredKeys: ["slot"]})),
        signed_attestations: fc.array(
          fc.record(
            {source_epoch: uint, target_epoch: uint, signing_root: optionalRoot},
            {requiredKeys: ["source_epoch", "target_epoch"]},
          ),
        ),
      },
      {requiredKeys: ["pubkey"]},
    ),
  ),
});

const seed = Number(process.env.FUZZ_SEED ?? 3076);

describe(`reading any interchange file (seed ${seed})`, () => {
  it("does not depend on where the bytes are cut", async () => {
    const bytes = Buffer.from(SAMPLE);
    const expected = await readText(SAMPLE);
    assert.equal(expected.items.length, 4);
    for (let cut = 1; cut < bytes.length; cut++) {
      async function* parts(): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, cut);
        yield bytes.subarray(cut);
      }
      assert.deepEqual(await readChunks(parts()), expected, `cut at ${cut}`);
    }
    for (const sizeBytes of [1, 2, 3, 7]) {
      assert.deepEqual(await readChunks(chunksOf(bytes, sizeBytes)), expected, `chunks of ${sizeBytes}`);
    }
  });

  it("starts with a line break cut from the rest", async () => {
    assert.deepEqual((await readChunks(chunksOf(Buffer.from(`\n\n${fileOf()}`), 1))).items, []);
  });

  it("agrees with JSON.parse on valid files, also with white space in between", async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.constantFrom("", " ", "\t", "\n"), async (value, space) => {
        const text = JSON.stringify(value, null, space);
        assert.deepEqual((await readText(text)).items as unknown[], expectedItems(text));
      }),
      {seed, numRuns: 100},
    );
  });

  it("agrees with JSON.parse on what is JSON at all", () => {
    const noise = fc.string({unit: fc.constantFrom(...'{}[]:,"\\ut012.eE+-\n nulfase😀'), maxLength: 24});
    fc.assert(
      fc.property(
        fc.oneof(
          noise,
          fc.json({maxDepth: 3}),
          fc.tuple(fc.json(), noise).map(([a, b]) => a + b),
        ),
        (text) => {
          assert.equal(isJson(text), isParsed(text), text);
        },
      ),
      {seed, numRuns: 3000},
    );
  });

  it("ends with a result or an InterchangeError for mutated files, the same for any chunks", async () => {
    const mutation = fc.record({at: fc.nat(), remove: fc.nat(3), insert: fc.uint8Array({maxLength: 3})});
    const original = Buffer.from(SAMPLE);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(mutation, {minLength: 1, maxLength: 3}),
        fc.integer({min: 1, max: 64}),
        async (mutations, size) => {
          let bytes: Buffer = original;
          for (const {at, remove, insert} of mutations) {
            const start = at % bytes.length;
            bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
          }
          const outcome = await outcomeOf(readText(bytes));
          assert.deepEqual(await outcomeOf(readChunks(chunksOf(bytes, size))), outcome);
          if (typeof outcome === "object" && outcome !== null && "code" in outcome) refused++;
        },
      ),
      {seed, numRuns: 2000},
    );
    assert.ok(refused > 500, `only ${refused} files were refused`);
  });

  it("reads nothing that a flipped bit has made malformed", async () => {
    const bytes = Buffer.from(
      fileOf(`{"pubkey":"${PUBKEY}","signed_blocks":[{"slot":"12","signing_root":"${ROOT}"}]}`),
    );
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const error = await errorOf(readText(flipped));
      if (error === null) assert.doesNotThrow(() => JSON.parse(flipped.toString("utf8")));
    }
  });
});

describe("the official interchange vectors", () => {
  if (!existsSync(VECTORS)) {
    it("are NOT CHECKED: they are not beside the repository");
    return;
  }
  for (const name of readdirSync(VECTORS).filter((file) => file.endsWith(".json"))) {
    it(`reads those of ${name}`, async () => {
      const {steps} = JSON.parse(readFileSync(new URL(name, VECTORS), "utf8")) as {steps: {interchange: FileJson}[]};
      for (const {interchange} of steps) {
        const text = JSON.stringify(interchange);
        const items: readonly InterchangeItem[] = (await readText(text)).items;
        assert.deepEqual(items as readonly unknown[], expectedItems(text));
      }
    });
  }
});

function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isJson(text: string): boolean {
  const ignore = () => {};
  const json = new JsonTokenizer({
    startObject: ignore,
    endObject: ignore,
    startArray: ignore,
    endArray: ignore,
    key: (name) => name.length % 2 === 0,
    string: ignore,
    number: ignore,
    literal: ignore,
  });
  try {
    json.feed(Buffer.from(text));
    json.end();
    return true;
  } catch (error) {
    assert.ok(error instanceof InterchangeError);
    return false;
  }
}
