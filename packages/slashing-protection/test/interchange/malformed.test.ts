import assert from "node:assert/strict";
import {gzipSync} from "node:zlib";
import type {Root} from "@mote/core";
import {INTERCHANGE_ERROR_CODES, type InterchangeErrorCode} from "../../src/interchange/interchange-error.ts";
import {CHAIN, errorOf, fileOf, fileOfRecords, PUBKEY, ROOT, readText} from "./read-text.ts";

interface Malformed {
  readonly name: string;
  /** `⟨` marks the place that the error has to name, and is taken out first. */
  readonly text: string;
  readonly code: InterchangeErrorCode;
  readonly path: string;
  readonly says?: RegExp;
}

const block = (text: string): string => fileOfRecords({blocks: [`{"slot":"1"}`, text]});
const vote = (text: string): string => fileOfRecords({attestations: [text]});
const [BLOCK, VOTE] = ["data[0].signed_blocks[1]", "data[0].signed_attestations[0]"];

const NUMBERS = ['⟨"-1"', "⟨-1", "⟨-0", "⟨1.0", "⟨1e3", '⟨"1e3"', '⟨"007"', '⟨""', '⟨" 1"', '⟨"0x10"', '⟨"１"'].concat([
  "⟨18446744073709551616",
  '⟨"18446744073709551616"',
  `⟨${"9".repeat(400)}`,
]);

const CASES: readonly Malformed[] = [
  ...NUMBERS.map((value) => ({
    name: `the number ${value.slice(1, 30)}`,
    text: vote(`{"source_epoch":"1",\n "target_epoch": ${value}}`),
    code: "INVALID_NUMBER" as const,
    path: `${VOTE}.target_epoch`,
    says: /target_epoch must be an integer from 0 to 2\^64−1/,
  })),
  ...["⟨null", "⟨true", "⟨{}", "⟨[1]"].map((value) => ({
    name: `${value.slice(1)} for a number`,
    text: block(`{"slot":${value}}`),
    code: "WRONG_TYPE" as const,
    path: `${BLOCK}.slot`,
    says: /slot must be an integer, not/,
  })),
  ...['⟨"0xabc"', '⟨"0x"', '⟨""', `⟨"${PUBKEY}00"`, `⟨"${PUBKEY.replace("b", "g")}"`].map((value) => ({
    name: `the public key ${value.slice(1, 12)}`,
    text: fileOf(`{"pubkey":${value}}`),
    code: "INVALID_HEX" as const,
    path: "data[0].pubkey",
  })),
  {
    name: "a short signing root",
    text: block('{"slot":"1","signing_root":⟨"0x12"}'),
    code: "INVALID_HEX",
    path: `${BLOCK}.signing_root`,
  },
  {
    name: "a number as root",
    text: block('{"slot":"1","signing_root":⟨12}'),
    code: "WRONG_TYPE",
    path: `${BLOCK}.signing_root`,
  },
  {
    name: "no public key",
    text: fileOf('{"signed_blocks":[]⟨}'),
    code: "MISSING_FIELD",
    path: "data[0]",
    says: /pubkey is missing/,
  },
  {
    name: "no slot",
    text: block(`{"signing_root":"${ROOT}"⟨}`),
    code: "MISSING_FIELD",
    path: BLOCK,
    says: /slot is missing/,
  },
  {name: "no source", text: vote('{"target_epoch":"1"⟨}'), code: "MISSING_FIELD", path: VOTE, says: /source_epoch/},
  {name: "no target", text: vote('{"source_epoch":"1"⟨}'), code: "MISSING_FIELD", path: VOTE, says: /target_epoch/},
  {name: "an empty vote", text: vote("{⟨}"), code: "MISSING_FIELD", path: VOTE},
  {name: "no metadata", text: '{"data":[]⟨}', code: "MISSING_FIELD", path: "", says: /metadata is missing/},
  {name: "no data", text: fileOf().replace(',"data":[]}', "⟨}"), code: "MISSING_FIELD", path: ""},
  {name: "an empty object", text: "{⟨}", code: "MISSING_FIELD", path: ""},
  {
    name: "no version",
    text: `{"metadata":{"genesis_validators_root":"${CHAIN}"⟨},"data":[]}`,
    code: "MISSING_FIELD",
    path: "metadata",
  },
  {
    name: "no chain",
    text: '{"metadata":{"interchange_format_version":"5"⟨},"data":[]}',
    code: "MISSING_FIELD",
    path: "metadata",
  },
  {
    name: "version 4",
    text: fileOf().replace('"5"', '⟨"4"'),
    code: "UNSUPPORTED_VERSION",
    path: "metadata.interchange_format_version",
  },
  {
    name: "version 5.0",
    text: fileOf().replace('"5"', "⟨5.0"),
    code: "UNSUPPORTED_VERSION",
    path: "metadata.interchange_format_version",
  },
  {
    name: "a chain that is null",
    text: fileOf().replace(`"${CHAIN}"`, "⟨null"),
    code: "WRONG_TYPE",
    path: "metadata.genesis_validators_root",
  },
  {
    name: "another chain",
    text: fileOf().replace(`"${CHAIN}"`, `⟨"${ROOT}"`),
    code: "WRONG_CHAIN",
    path: "metadata.genesis_validators_root",
  },
  {name: "a list at the top", text: "⟨[]", code: "WRONG_TYPE", path: "", says: /the file must be an object/},
  {name: "a number at the top", text: "⟨5 ", code: "WRONG_TYPE", path: ""},
  {name: "a text at the top", text: '⟨"5"', code: "WRONG_TYPE", path: ""},
  {name: "an object for data", text: fileOf().replace("[]", "⟨{}"), code: "WRONG_TYPE", path: "data"},
  {name: "a text for an entry", text: fileOf('⟨"no"'), code: "WRONG_TYPE", path: "data[0]"},
  {name: "null for an entry", text: fileOf("⟨null"), code: "WRONG_TYPE", path: "data[0]"},
  {name: "a list for a record", text: block("⟨[]"), code: "WRONG_TYPE", path: BLOCK},
  {
    name: "an object for a list",
    text: fileOf('{"signed_blocks":⟨{}}'),
    code: "WRONG_TYPE",
    path: "data[0].signed_blocks",
  },
  {name: "a list for metadata", text: '{"metadata":⟨[]}', code: "WRONG_TYPE", path: "metadata"},
  {name: "a field twice", text: block('{"slot":"1",⟨"slot":"1"}'), code: "DUPLICATE_FIELD", path: `${BLOCK}.slot`},
  {
    name: "a field twice, once escaped",
    text: block('{"slot":"1",⟨"sl\\u006ft":"1"}'),
    code: "DUPLICATE_FIELD",
    path: `${BLOCK}.slot`,
  },
  {name: "metadata twice", text: fileOf().replace("}", '},⟨"metadata":{}'), code: "DUPLICATE_FIELD", path: "metadata"},
  {name: "data twice", text: fileOf().replace("[]", '[],⟨"data":[]'), code: "DUPLICATE_FIELD", path: "data"},
  {
    name: "a list twice",
    text: fileOf('{"signed_blocks":[],⟨"signed_blocks":[]}'),
    code: "DUPLICATE_FIELD",
    path: "data[0].signed_blocks",
  },
  {
    name: "a long value",
    text: fileOf(`{"pubkey":⟨"${"a".repeat(1025)}"}`),
    code: "VALUE_TOO_LONG",
    path: "data[0].pubkey",
  },
  {name: "a long name", text: `{⟨"${"a".repeat(1025)}":1}`, code: "VALUE_TOO_LONG", path: ""},
  {name: "a long number", text: block(`{"slot":⟨${"1".repeat(1025)}}`), code: "VALUE_TOO_LONG", path: `${BLOCK}.slot`},
  {name: "deep lists in an unknown field", text: `{"x":${"[".repeat(31)}⟨[`, code: "NESTED_TOO_DEEP", path: "x"},
  {name: "a second JSON text", text: `${fileOf()}\n ⟨{}`, code: "TRAILING_DATA", path: ""},
  {name: "a null byte at the end", text: `${fileOf()}⟨\0`, code: "TRAILING_DATA", path: ""},
  {name: "an empty file", text: "⟨", code: "TRUNCATED", path: "", says: /the file is empty/},
  {name: "white space alone", text: "\n\t ⟨", code: "TRUNCATED", path: ""},
  {
    name: "a comma before the end",
    text: fileOf().replace("[]", "[1,⟨]").replace("1,", '{"pubkey":"x"},').replace('"x"', `"${PUBKEY}"`),
    code: "NOT_JSON",
    path: "data[0]",
  },
  {name: "single quotes", text: "{⟨'data':[]}", code: "NOT_JSON", path: ""},
  {name: "a name without quotes", text: "{⟨data:[]}", code: "NOT_JSON", path: ""},
  {name: "a missing colon", text: '{"data"⟨[]}', code: "NOT_JSON", path: "data"},
  {name: "a missing comma", text: '{"x":1 ⟨"y":2}', code: "NOT_JSON", path: "x"},
  {name: "the wrong bracket", text: '{"data":[⟨}', code: "NOT_JSON", path: "data"},
  {name: "a comment", text: "⟨// hello\n{}", code: "NOT_JSON", path: ""},
  {name: "NaN", text: '{"x":⟨NaN}', code: "NOT_JSON", path: "x"},
  {name: "a word cut short", text: '{"x":nul⟨}', code: "NOT_JSON", path: "x"},
  {name: "a leading zero", text: block('{"slot":0⟨7}'), code: "NOT_JSON", path: `${BLOCK}.slot`},
  {name: "a leading zero behind a sign", text: '{"x":-0⟨7}', code: "NOT_JSON", path: "x"},
  {name: "a plus sign", text: block('{"slot":⟨+7}'), code: "NOT_JSON", path: `${BLOCK}.slot`},
  {name: "a point without digits", text: '{"x":1.⟨}', code: "NOT_JSON", path: "x"},
  {name: "a line break in a text", text: '{"x":"a⟨\n"}', code: "NOT_JSON", path: "x"},
  {name: "an unknown escape", text: '{"x":"\\⟨x"}', code: "NOT_JSON", path: "x"},
  {name: "a short unicode escape", text: '{"x":"\\u12⟨g4"}', code: "NOT_JSON", path: "x"},
  {name: "a mistake behind other characters of the line", text: '{"x":"é✓😀",⟨!}', code: "NOT_JSON", path: "x"},
  {name: "a mistake on a late line", text: '{"x":1,\r\n\n  "y":⟨!}', code: "NOT_JSON", path: "y"},
];

function placeOf(text: string): {readonly line: number; readonly column: number} {
  const before = text.slice(0, text.indexOf("⟨")).split("\n");
  return {line: before.length, column: [...(before.at(-1) ?? "")].length + 1};
}

describe("a malformed interchange file", () => {
  for (const {name, text, code, path, says} of CASES) {
    it(`is refused by name and place: ${name} (${code})`, async () => {
      const error = await errorOf(readText(text.replace("⟨", ""), CHAIN));
      assert.ok(error !== null, "it was read");
      const {line, column} = error;
      assert.deepEqual({code: error.code, path: error.path, line, column}, {code, path, ...placeOf(text)});
      if (says !== undefined) assert.match(error.message, says);
    });
  }

  it("is refused when it ends anywhere before its end", async () => {
    const text = `${fileOfRecords({blocks: [`{"slot":12,"signing_root":null}`], attestations: ['{"source_epoch":"1","target_epoch":"2"}']})}`;
    for (let size = 0; size < text.length; size++) {
      assert.equal((await errorOf(readText(text.slice(0, size))))?.code, "TRUNCATED", text.slice(0, size));
    }
  });

  for (const [name, bytes] of [
    ["a byte that never is UTF-8", [0xff]],
    ["an overlong form", [0xc0, 0x80]],
    ["a long overlong form", [0xe0, 0x80, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a character above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a character cut short", [0xe2, 0x9c]],
    ["a letter inside of a character", [0xe2, 0x9c, 0x61, 0x93]],
    ["a continuation alone", [0x80]],
  ] as const) {
    it(`is refused when it is no UTF-8: ${name}`, async () => {
      const text = Buffer.concat([Buffer.from('{"x":"'), Buffer.from(bytes), Buffer.from('"}')]);
      assert.throws(() => new TextDecoder("utf-8", {fatal: true}).decode(text));
      assert.equal((await errorOf(readText(text)))?.code, "NOT_UTF8");
    });
  }

  it("is told apart when a Windows shell wrote it as UTF-16", async () => {
    const error = await errorOf(readText(Buffer.from(`\ufeff${fileOf()}`, "utf16le")));
    assert.equal(error?.code, "NOT_UTF8");
    assert.match(error.message, /UTF-16; save it as UTF-8/);
  });

  it("is told apart when it is still compressed", async () => {
    const error = await errorOf(readText(gzipSync(fileOf())));
    assert.equal(error?.code, "COMPRESSED");
    assert.match(error.message, /line 1, column 1: the file is compressed; unpack it/);
  });

  it("is refused when too many records wait for their pubkey", async () => {
    const blocks = new Array(2 ** 18 + 1).fill('{"slot":1}').join();
    const error = await errorOf(readText(fileOf(`{"signed_blocks":[${blocks}],"pubkey":"${PUBKEY}"}`)));
    assert.equal(error?.code, "PUBKEY_TOO_LATE");
  });

  it("has a case for every code", () => {
    const seen = new Set<InterchangeErrorCode>([
      ...CASES.map(({code}) => code),
      "COMPRESSED",
      "NOT_UTF8",
      "PUBKEY_TOO_LATE",
    ]);
    assert.deepEqual(
      INTERCHANGE_ERROR_CODES.filter((code) => !seen.has(code)),
      [],
    );
  });

  it("says place, problem and what to do in one sentence", async () => {
    const error = await errorOf(readText(block('\n{"slot":-5}'), CHAIN as Root));
    assert.equal(
      error?.message,
      "line 2, column 9 (data[0].signed_blocks[1].slot): slot must be an integer from 0 to 2^64−1 in plain digits, not -5; " +
        "export it again from the client that signed last, and do not edit it",
    );
  });
});
