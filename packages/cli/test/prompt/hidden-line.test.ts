import assert from "node:assert/strict";
import fc from "fast-check";
import {HiddenLine, LINE_LENGTH_MAX} from "../../src/prompt/hidden-line.ts";

const typed = (...keys: readonly string[]) => {
  const line = new HiddenLine();
  let end = null;
  for (const each of keys) end ??= line.type(each);
  return end;
};
const entered = (text: string, rest = "") => ({kind: "entered", text, rest});

describe("a hidden line", () => {
  it("ends with Enter, and leaves what was typed after it", () => {
    assert.deepEqual(typed("pass", "word 1\rnext"), entered("password 1", "next"));
    assert.deepEqual(typed("pasted\r\n"), entered("pasted"));
    assert.equal(typed("not yet"), null);
  });

  it("knows Backspace, Ctrl-U, Ctrl-C and Ctrl-D", () => {
    assert.deepEqual(typed("ab\u007fc\u0008d\r"), entered("ad"));
    assert.deepEqual(typed("\u007f\u007fa\r"), entered("a"));
    assert.deepEqual(typed("wrong\u0015right\r"), entered("right"));
    assert.deepEqual(typed("ab\u0003"), {kind: "interrupted"});
    assert.deepEqual(typed("\u0004"), {kind: "ended"});
    assert.deepEqual(typed("a\u0004b\r"), entered("ab"));
  });

  it("takes a character back whole, and no part of an arrow for one", () => {
    assert.deepEqual(typed("a😀\u007f\r"), entered("a"));
    assert.deepEqual(typed("a\u001b[Ab\u001b[1;5Cc\u001bOPd\r"), entered("abcd"));
    assert.deepEqual(typed("a\u001b", "[", "3~b\r"), entered("ab"));
  });

  it("still hears Enter and Ctrl-C after a lone Escape", () => {
    assert.deepEqual(typed("a\u001b\r"), entered("a"));
    assert.deepEqual(typed("a\u001b\u0003"), {kind: "interrupted"});
  });

  it("keeps no more than it may", () => {
    assert.deepEqual(typed("x".repeat(LINE_LENGTH_MAX + 50), "\r"), entered("x".repeat(LINE_LENGTH_MAX)));
  });

  it("gives the text that was typed, however the keys arrive", () => {
    fc.assert(
      fc.property(fc.array(fc.string({unit: "grapheme", maxLength: 8}), {maxLength: 6}), (pieces) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control codes are keys, not text
        const clean = pieces.map((piece) => piece.replace(/[\u0000-\u001f\u007f]/g, ""));
        assert.deepEqual(typed(...clean, "\r"), entered(clean.join("")));
      }),
    );
  });
});
