import {assertNever} from "@mote/core";

/** All languages that BIP-39 has a list of words for; the one that most people use comes first. */
export const MNEMONIC_LANGUAGES = [
  "english",
  "spanish",
  "french",
  "italian",
  "portuguese",
  "czech",
  "japanese",
  "korean",
  "chinese-simplified",
  "chinese-traditional",
] as const;
export type MnemonicLanguage = (typeof MNEMONIC_LANGUAGES)[number];

/** In these lists the first four letters tell a word from all others. */
const ABBREVIABLE: readonly MnemonicLanguage[] = ["english", "spanish", "french", "italian", "portuguese", "czech"];
const ABBREVIATION_LETTERS_MIN = 4;

/** The words of one language, found however they are written. */
export class WordList {
  readonly language: MnemonicLanguage;
  /** As BIP-39 lists them, 2048. */
  readonly words: readonly string[];
  readonly #byForm = new Map<string, string>();
  /** Null where two words share their first letters. */
  readonly #byAbbreviation = new Map<string, string | null>();

  constructor(init: {readonly language: MnemonicLanguage; readonly words: readonly string[]}) {
    this.language = init.language;
    this.words = init.words;
    for (const word of init.words) {
      const form = this.#formOf(word);
      this.#byForm.set(form, word);
      if (ABBREVIABLE.includes(init.language)) {
        const letters = form.slice(0, ABBREVIATION_LETTERS_MIN);
        this.#byAbbreviation.set(letters, this.#byAbbreviation.has(letters) ? null : word);
      }
    }
  }

  /** The word that is meant: capitals, accents and the letters after the fourth may be missing. */
  find(written: string): string | undefined {
    const form = this.#formOf(written);
    const whole = this.#byForm.get(form);
    if (whole !== undefined || form.length < ABBREVIATION_LETTERS_MIN) return whole;
    const word = this.#byAbbreviation.get(form.slice(0, ABBREVIATION_LETTERS_MIN));
    return word && this.#formOf(word).startsWith(form) ? word : undefined;
  }

  #formOf(word: string): string {
    const normalized = word.normalize("NFKD").toLowerCase();
    // In Japanese such marks make another syllable; in the others they only say how a letter sounds.
    return ABBREVIABLE.includes(this.language) ? normalized.replace(/\p{Mn}/gu, "") : normalized;
  }
}

export async function loadWordList(language: MnemonicLanguage): Promise<WordList> {
  const {wordlist} = await importList(language);
  return new WordList({language, words: wordlist});
}

function importList(language: MnemonicLanguage): Promise<{readonly wordlist: string[]}> {
  switch (language) {
    case "english":
      return import("@scure/bip39/wordlists/english.js");
    case "spanish":
      return import("@scure/bip39/wordlists/spanish.js");
    case "french":
      return import("@scure/bip39/wordlists/french.js");
    case "italian":
      return import("@scure/bip39/wordlists/italian.js");
    case "portuguese":
      return import("@scure/bip39/wordlists/portuguese.js");
    case "czech":
      return import("@scure/bip39/wordlists/czech.js");
    case "japanese":
      return import("@scure/bip39/wordlists/japanese.js");
    case "korean":
      return import("@scure/bip39/wordlists/korean.js");
    case "chinese-simplified":
      return import("@scure/bip39/wordlists/simplified-chinese.js");
    case "chinese-traditional":
      return import("@scure/bip39/wordlists/traditional-chinese.js");
    default:
      return assertNever(language);
  }
}
