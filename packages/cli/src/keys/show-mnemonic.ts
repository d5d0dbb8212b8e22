import type {Mnemonic} from "@mote/duty-signing";
import type {OutputStream} from "../command-io.ts";
import type {Prompter, Question} from "../prompt/prompter.ts";
import {SecretScreen} from "../prompt/secret-screen.ts";

const COLUMNS_MAX = 3;
/** A number with the spaces around it. */
const NUMBER_WIDTH = 6;
const GAP = 2;
/** Enough to tell a word from all others of its list. */
const LETTERS_MIN = 4;
const WRITE_FLAG = "--write-mnemonic <file>";

/** Shows the words on a screen that is wiped, until whoever wrote them down can type them. */
export async function showAndAskBack(
  {words}: Mnemonic,
  {prompter, stream}: {readonly prompter: Prompter; readonly stream: OutputStream},
): Promise<void> {
  const screen = new SecretScreen({stream});
  try {
    for (;;) {
      screen.draw(shown(words, stream.columns));
      await prompter.ask({
        text: "Press Enter when they are written down: you will be asked for them.",
        flag: WRITE_FLAG,
      });
      screen.draw(asked(words.length));
      if (await askBack(words, {prompter, say: (line) => stream.write(`${line}\n`)})) return;
    }
  } finally {
    screen.close();
  }
}

const shown = (words: readonly string[], width?: number): readonly string[] => [
  `Your mnemonic: ${words.length} words, and all that your keys are made of`,
  "",
  ...columns(words, width),
  "",
  "Write them down by hand, in this order, and keep the paper in a safe place: no photograph, no file.",
  "Whoever has these words has your keys. If you lose them, nobody can bring them back.",
  "They are shown this once; then the screen is wiped.",
  "",
];

const asked = (wordCount: number): readonly string[] => [
  `Type the ${wordCount} words from your paper: all at once, or some at a time.`,
  "The first four letters of a word are enough. A question mark shows all of them again.",
  "",
];

/** Numbered, from top to bottom, in as many columns as fit: a word that is broken at the edge is soon copied wrongly. */
function columns(words: readonly string[], terminalWidth = Number.POSITIVE_INFINITY): string[] {
  const width = Math.max(...words.map(cellsOf));
  const fitting = Math.floor((terminalWidth + GAP) / (NUMBER_WIDTH + width + GAP));
  const columnCount = Math.max(1, Math.min(COLUMNS_MAX, fitting));
  const rows = Math.ceil(words.length / columnCount);
  return Array.from({length: rows}, (_, row) =>
    Array.from({length: columnCount}, (_, column) => row + column * rows)
      .filter((at) => at < words.length)
      .map((at) => numbered(at, words[at] ?? "", width))
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}

const numbered = (at: number, word: string, width: number): string =>
  `${String(at + 1).padStart(NUMBER_WIDTH - 2)}  ${word}${" ".repeat(width - cellsOf(word))}`;

/** How wide a terminal shows it: signs of Chinese, Japanese and Korean take two cells. */
const cellsOf = (word: string): number => [...word].reduce((sum, sign) => sum + (WIDE.test(sign) ? 2 : 1), 0);
const WIDE = /[\u1100-\uffff]/;

/** False when they are to be shown again. */
async function askBack(
  words: readonly string[],
  {prompter, say}: {readonly prompter: Prompter; readonly say: (line: string) => void},
): Promise<boolean> {
  let known = 0;
  while (known < words.length) {
    const question: Question = {text: `From word ${known + 1} on:`, flag: WRITE_FLAG};
    for (const typed of (await prompter.ask(question)).split(/\s+/).filter(Boolean)) {
      if (/^[?？]$/.test(typed)) return false;
      if (!isSameWord(typed, words[known])) {
        say(
          known === words.length
            ? "there are more words than that"
            : `word ${known + 1} is another one: go on from there`,
        );
        break;
      }
      known++;
    }
  }
  return true;
}

/** Capitals and accents do not matter. */
export function isSameWord(typed: string, word: string | undefined): boolean {
  if (word === undefined) return false;
  const [given, wanted] = [formOf(typed), formOf(word)];
  return given === wanted || (given.length >= LETTERS_MIN && isLatin(wanted) && wanted.startsWith(given));
}

function formOf(word: string): string {
  const form = word.normalize("NFKD").toLowerCase();
  return isLatin(form) ? form.replace(/\p{Mn}/gu, "") : form;
}

const isLatin = (word: string): boolean => /^\p{Script=Latin}/u.test(word);
