import assert from "node:assert/strict";
import type {Mnemonic} from "@mote/duty-signing";
import {isSameWord, showAndAskBack} from "../../src/keys/show-mnemonic.ts";
import {ScriptedPrompter} from "./support/scripted-prompter.ts";

const WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow".split(" ");
const mnemonic: Mnemonic = {language: "english", words: WORDS, seed: () => assert.fail("no seed is asked for")};

async function askBack(...answers: readonly string[]) {
  let shown = "";
  const prompter = new ScriptedPrompter(["", ...answers]);
  await showAndAskBack(mnemonic, {prompter, stream: {write: (text) => (shown += text)}});
  prompter.done();
  return {shown, asked: prompter.asked};
}

describe("showing a mnemonic and asking it back", () => {
  it("shows the words numbered, and wipes them before it asks and at the end", async () => {
    const {shown} = await askBack(WORDS.join(" "));
    assert.match(shown, / 1 {2}legal .* 5 {2}wave .* 9 {2}legal\n.* 2 {2}winner/);
    const [, afterWords = ""] = shown.split("yellow");
    assert.ok(afterWords.includes("\u001b[2JType the 12 words"));
    assert.ok(shown.endsWith("\u001b[H\u001b[2J\u001b[?1049l"));
  });

  it("breaks no word at the edge of a narrow terminal", async () => {
    for (const [columns, perLine] of [
      [80, 3],
      [43, 3],
      [42, 2],
      [28, 2],
      [27, 1],
      [10, 1],
    ] as const) {
      let shown = "";
      const prompter = new ScriptedPrompter(["", WORDS.join(" ")]);
      await showAndAskBack(mnemonic, {prompter, stream: {columns, write: (text) => (shown += text)}});
      const lines = shown.split("\n").filter((line) => /^ +\d+ {2}\S/.test(line));
      assert.equal(lines.length, 12 / perLine, `${columns} columns`);
      assert.deepEqual(
        lines.flatMap((line) => [...line.matchAll(/(\d+) {2}(\S+)/g)].map(([, at, word]) => `${at} ${word}`)).sort(),
        WORDS.map((word, at) => `${at + 1} ${word}`).sort(),
      );
      if (columns > 10) for (const line of lines) assert.ok(line.length <= columns, line);
    }
  });

  it("takes them all at once, one by one, in capitals, or by their first letters", async () => {
    await askBack(...WORDS);
    await askBack(WORDS.slice(0, 7).join("  ").toUpperCase(), WORDS.slice(7).join(" "));
    await askBack(WORDS.map((word) => word.slice(0, 4)).join(" "));
  });

  it("goes on from the first wrong word", async () => {
    const {shown, asked} = await askBack("legal winner think year", WORDS.slice(2).join(" "));
    assert.match(shown, /word 3 is another one: go on from there/);
    assert.deepEqual(asked.slice(1), ["From word 1 on:", "From word 3 on:"]);
  });

  it("shows them again when asked", async () => {
    const {shown} = await askBack("legal", "?", "", WORDS.join(" "));
    assert.equal(shown.split("yellow").length, 3);
  });

  it("ends with a wiped screen when nobody answers", async () => {
    let shown = "";
    const prompter = new ScriptedPrompter(["", "legal"]);
    await assert.rejects(
      showAndAskBack(mnemonic, {prompter, stream: {write: (text) => (shown += text)}}),
      /--write-mnemonic/,
    );
    assert.ok(shown.endsWith("\u001b[2J\u001b[?1049l"));
  });

  it("compares words as people write them", () => {
    assert.ok(
      isSameWord("Ábaco", "ábaco") && isSameWord("abaco", "ábaco") && isSameWord("あいこくしん", "あいこくしん"),
    );
    for (const [typed, word] of [
      ["leg", "legal"],
      ["legals", "legal"],
      ["", "legal"],
      ["あいこ", "あいこくしん"],
      ["か", "が"],
    ]) {
      assert.ok(!isSameWord(typed!, word), `${typed} for ${word}`);
    }
    assert.ok(!isSameWord("legal", undefined));
  });
});
