import assert from "node:assert/strict";
import {interopKeys, parseInteropRange} from "../../src/keys/interop-keys.ts";

describe("parseInteropRange", () => {
  for (const [text, expected] of [
    ["0..3", [0, 1, 2, 3]],
    ["0-3", [0, 1, 2, 3]],
    ["7", [7]],
    [" 4 .. 5 , 1", [1, 4, 5]],
    ["2,0,2,0..1", [0, 1, 2]],
    ["4294967295", [4294967295]],
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseInteropRange(text, "--interop-keys"), expected));
  }

  for (const text of ["", ",", "a", "3..1", "-1", "1..", "0...3", "0..3..5", "1.5", "4294967296", "0..16384", "0x1"]) {
    it(`refuses ${JSON.stringify(text)} by the setting's name`, () => {
      assert.throws(() => parseInteropRange(text, "--interop-keys"), {
        name: "InvalidValueError",
        message: /^--interop-keys must/,
      });
    });
  }

  it("bounds a list as well", () => {
    const many = Array.from({length: 3}, (_, part) => `${part * 10_000}..${part * 10_000 + 9_999}`).join(",");
    assert.throws(() => parseInteropRange(many, "keys"), /at most 16384/);
  });
});

describe("interopKeys", () => {
  it("makes the keys that everyone knows", () => {
    const [key0, key1] = interopKeys([0, 1]);
    assert.match(key0?.pubkey ?? "", /^0xa99a76ed7796f7be22d5b7e85deeb7c5/);
    assert.match(key1?.pubkey ?? "", /^0xb89bebc699769726a318c8e9971bd317/);
  });
});
