import assert from "node:assert/strict";
import {newMnemonic, readMnemonic} from "../../src/keys/mnemonic.ts";
import {SystemRandomBytes} from "../../src/keys/random-bytes.ts";
import {loadWordList, MNEMONIC_LANGUAGES, WordList} from "../../src/keys/word-lists.ts";
import {BIP_39_VECTORS} from "./bip-39-vectors.ts";
import {FixedRandomBytes} from "./fixed-random-bytes.ts";

const ABOUT = `${"abandon ".repeat(11)}about`;

async function read(text: string, language?: (typeof MNEMONIC_LANGUAGES)[number]) {
  const reading = await readMnemonic(text, language);
  assert(reading.kind === "ok", reading.kind === "bad" ? reading.problem : "");
  return reading;
}

async function problemOf(text: string, language?: (typeof MNEMONIC_LANGUAGES)[number]): Promise<string> {
  const reading = await readMnemonic(text, language);
  assert(reading.kind === "bad", "it was read");
  return reading.problem;
}

describe("mnemonics", () => {
  it("are known in all ten languages", () => {
    assert.deepEqual(
      BIP_39_VECTORS.map(([language]) => language),
      [...MNEMONIC_LANGUAGES],
    );
  });

  for (const [language, entropy, text, seed] of BIP_39_VECTORS) {
    it(`are made and read in ${language}`, async () => {
      const words = text.split(" ").length as 12;
      const made = await newMnemonic({words, language}, {random: new FixedRandomBytes({pieces: [entropy]})});
      assert.equal(made.words.join(" "), text);
      assert.equal(Buffer.from(await made.seed("TREZOR")).toString("hex"), seed);
      const reading = await read(text);
      assert.deepEqual([reading.words.join(" "), reading.language], [text, language]);
      assert.equal(Buffer.from(await reading.seed("TREZOR")).toString("hex"), seed);
      assert.notEqual(Buffer.from(await reading.seed("")).toString("hex"), seed);
    });

    it(`are read in ${language} as people write them`, async () => {
      const written = [
        `  ${text.toUpperCase().split(" ").join("  \n\t ")} \r\n`,
        text.normalize("NFD"),
        text.replaceAll(" ", "\u3000"),
      ];
      for (const each of written) {
        const reading = await read(each);
        assert.equal(Buffer.from(await reading.seed("TREZOR")).toString("hex"), seed);
      }
    });
  }

  it("are read without accents and by the first four letters where these are enough", async () => {
    for (const [language, , text] of BIP_39_VECTORS.slice(0, 6)) {
      const plain = text.normalize("NFD").replace(/\p{Mn}/gu, "");
      assert.equal((await read(plain, language)).words.join(" "), text);
      const short = plain.split(" ").map((word) => word.slice(0, 4));
      assert.equal((await read(short.join(" "), language)).words.join(" "), text);
    }
  });

  it("differ from one to the next", async () => {
    const random = new SystemRandomBytes();
    const make = () => newMnemonic({words: 24, language: "english"}, {random});
    const [a, b] = [await make(), await make()];
    assert.equal(a.words.length, 24);
    assert.notDeepEqual(a.words, b.words);
  });

  it("with a wrong checksum are refused", async () => {
    assert.match(await problemOf("abandon ".repeat(12)), /do not belong together/);
    const [, , text] = BIP_39_VECTORS[0] ?? assert.fail();
    const swapped = text.replace("renew bounce", "bounce renew");
    assert.match(await problemOf(swapped), /changed places/);
  });

  it("with unknown words are refused by the places of the words, never by the words", async () => {
    assert.equal(
      await problemOf(`abandon hunter2 ${"abandon ".repeat(8)}swordfish about`),
      "words 2, 11 are not in the english word list",
    );
    assert.equal(await problemOf(ABOUT.replace("about", "hunter2")), "word 12 is not in the english word list");
    assert.match(await problemOf("hunter2 ".repeat(12)), /^none of its words/);
    // Fewer than four letters, or letters beyond the word's own, mean nothing.
    for (const word of ["aba", "abandons", "abanxxx"]) {
      assert.match(await problemOf(ABOUT.replace("abandon", word)), /^word 1 is not/);
    }
  });

  it("of the wrong length are refused", async () => {
    assert.match(await problemOf(""), /^it has 0 words/);
    assert.match(await problemOf("abandon"), /^it has 1 word,/);
    assert.match(await problemOf(`${ABOUT} abandon`), /^it has 13 words/);
    assert.match(await problemOf("abandon ".repeat(10_000)), /longer than any/);
  });

  it("of one language are not read in another that was asked for", async () => {
    assert.match(await problemOf(ABOUT, "spanish"), /none of its words|not in the spanish word list/);
  });

  it("abbreviated such that two languages read them are not guessed at", async () => {
    const text = "abou abse abso absu abus acce acco accu acid acqu abse alar";
    assert.match(await problemOf(text), /in english and in french: write them in full/);
    const [english, french] = [await read(text, "english"), await read(text, "french")];
    assert.notDeepEqual(english.words, french.words);
    for (const {words, language} of [english, french]) assert.equal((await read(words.join(" "))).language, language);
  });

  it("may be of either Chinese list when all words are in both: the keys are the same", async () => {
    const text = `${"的 ".repeat(11)}在`;
    const [both, simplified, traditional] = [
      await read(text),
      await read(text, "chinese-simplified"),
      await read(text, "chinese-traditional"),
    ];
    const seeds = await Promise.all([both, simplified, traditional].map(async (each) => each.seed("")));
    assert.deepEqual(seeds[0], seeds[1]);
    assert.deepEqual(seeds[0], seeds[2]);
  });
});

describe("WordList", () => {
  it("finds every word by itself, and by four letters where the language has them", async () => {
    for (const language of MNEMONIC_LANGUAGES) {
      const list = await loadWordList(language);
      assert.equal(new Set(list.words).size, 2048);
      for (const word of list.words) {
        assert.equal(list.find(word), word);
        assert.equal(list.find(word.normalize("NFC").toUpperCase()), word);
        if (MNEMONIC_LANGUAGES.indexOf(language) >= 6) continue;
        assert.equal(list.find(word.replace(/\p{Mn}/gu, "").slice(0, 4)), word);
      }
    }
  });

  it("gives no word for an abbreviation of two", () => {
    const list = new WordList({language: "english", words: ["harbour", "harbinger", "cat"]});
    assert.equal(list.find("harb"), undefined);
    assert.equal(list.find("harbo"), undefined);
    assert.equal(list.find("harbour"), "harbour");
    assert.equal(list.find("cat"), "cat");
    assert.equal(list.find("cats"), undefined);
  });
});
