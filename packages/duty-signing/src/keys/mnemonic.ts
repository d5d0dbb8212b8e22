import {entropyToMnemonic, mnemonicToSeed, validateMnemonic} from "@scure/bip39";
import type {RandomBytes} from "./random-bytes.ts";
import {loadWordList, MNEMONIC_LANGUAGES, type MnemonicLanguage, type WordList} from "./word-lists.ts";

const WORD_COUNTS = [12, 15, 18, 21, 24] as const;
export type MnemonicWordCount = (typeof WORD_COUNTS)[number];
/** Three words hold four bytes. */
const ENTROPY_BYTES_PER_WORD = 4 / 3;
/** Several times the longest mnemonic there is. */
const MNEMONIC_CHARACTERS_MAX = 4096;

/** A mnemonic whose checksum is right. It is all that its keys are made of: nothing prints it but the question that a person asked. */
export interface Mnemonic {
  readonly language: MnemonicLanguage;
  /** In full and as listed; between two of them belongs a space. */
  readonly words: readonly string[];
  /** 64 bytes for the key derivation. @param passphrase "" for none; another one makes other keys and is never wrong */
  seed(passphrase: string): Promise<Uint8Array>;
}

/** `problem` ends the sentence "this mnemonic cannot be used: …"; it never repeats a word. */
export type MnemonicReading = ({readonly kind: "ok"} & Mnemonic) | {readonly kind: "bad"; readonly problem: string};

export async function newMnemonic(
  {words, language}: {readonly words: MnemonicWordCount; readonly language: MnemonicLanguage},
  {random}: {readonly random: RandomBytes},
): Promise<Mnemonic> {
  const list = await loadWordList(language);
  const entropy = random.bytes(words * ENTROPY_BYTES_PER_WORD);
  const phrase = entropyToMnemonic(entropy, [...list.words]);
  entropy.fill(0);
  return mnemonicOf({list, words: phrase.split(/\s/)});
}

/**
 * Reads what a person wrote: in any language, with capitals, missing accents, too many spaces and line breaks, or with the first four letters of each
 * word where these are enough (not in Japanese, Korean and Chinese).
 * @param language only this one; without it, all
 */
export async function readMnemonic(text: string, language?: MnemonicLanguage): Promise<MnemonicReading> {
  if (text.length > MNEMONIC_CHARACTERS_MAX) return bad("it is longer than any mnemonic");
  const written = text.normalize("NFKD").split(/\s+/).filter(Boolean);
  if (!WORD_COUNTS.includes(written.length as MnemonicWordCount)) {
    return bad(
      `it has ${written.length} ${written.length === 1 ? "word" : "words"}, and a mnemonic has 12, 15, 18, 21 or 24`,
    );
  }
  const lists = await Promise.all((language === undefined ? MNEMONIC_LANGUAGES : [language]).map(loadWordList));
  const attempts = lists.map((list) => ({list, words: written.map((word) => list.find(word))}));
  const complete = attempts.flatMap(({list, words}) => (isComplete(words) ? [{list, words}] : []));
  if (complete.length === 0) return bad(unknownWords(attempts));
  const sound = complete.filter(({list, words}) => validateMnemonic(words.join(" "), [...list.words]));
  const [first, ...others] = sound;
  if (first === undefined) {
    return bad("all of its words are known, but they do not belong together: one is wrong, or two have changed places");
  }
  // The seed is made of the words, not of their numbers, so two languages that share all of these words make the same keys.
  if (others.some(({words}) => words.join(" ") !== first.words.join(" "))) {
    return bad(
      `its words are abbreviations in ${sound.map(({list}) => list.language).join(" and in ")}: write them in full`,
    );
  }
  return {kind: "ok", ...mnemonicOf(first)};
}

const bad = (problem: string): MnemonicReading => ({kind: "bad", problem});

function mnemonicOf({list, words}: {readonly list: WordList; readonly words: readonly string[]}): Mnemonic {
  return {
    language: list.language,
    words: words.map((word) => word.normalize("NFC")),
    seed: (passphrase) => mnemonicToSeed(words.join(" "), passphrase),
  };
}

const isComplete = (words: readonly (string | undefined)[]): words is string[] => !words.includes(undefined);

/** By the language that knows most of the words; of two that know as many, the more common one. */
function unknownWords(
  attempts: readonly {readonly list: WordList; readonly words: readonly (string | undefined)[]}[],
): string {
  const places = attempts.map(({list, words}) => ({
    language: list.language,
    unknown: words.flatMap((word, at) => (word === undefined ? [at + 1] : [])),
    total: words.length,
  }));
  const best = places.reduce((a, b) => (b.unknown.length < a.unknown.length ? b : a));
  if (best.unknown.length === best.total) return "none of its words is in a word list that Mote knows";
  const [word, is] = best.unknown.length === 1 ? ["word", "is"] : ["words", "are"];
  return `${word} ${best.unknown.join(", ")} ${is} not in the ${best.language} word list`;
}
