import {type Mnemonic, readMnemonic} from "@mote/duty-signing";
import {RefusedError} from "../command/refused-error.ts";
import type {Prompter} from "../prompt/prompter.ts";
import {readSecretFile} from "../prompt/secret-file.ts";

export interface MnemonicComponents {
  readonly prompter: Prompter;
  readonly say: (line: string) => void;
}

const FILE_FLAG = "--mnemonic-file";
/** Of the longest mnemonic. */
const WORDS_MAX = 24;
const PASSPHRASE_FLAG = "--passphrase-file";

/** A mnemonic that somebody has: from the file, else asked for. @param file null: asked for */
export async function existingMnemonic(file: string | null, {prompter, say}: MnemonicComponents): Promise<Mnemonic> {
  if (file !== null) {
    const reading = await readMnemonic(await readSecretFile(file, FILE_FLAG));
    if (reading.kind === "ok") return reading;
    throw new RefusedError(`${FILE_FLAG}: the mnemonic cannot be used: ${reading.problem}`);
  }
  for (;;) {
    const text = "Your mnemonic, all words in one line (nothing is shown as you type or paste):";
    const reading = await readMnemonic(
      await prompter.askHidden({text, flag: `${FILE_FLAG} <file>`, wordsMax: WORDS_MAX}),
    );
    if (reading.kind === "ok") return reading;
    if (!prompter.isInteractive) {
      const end = `one of fewer than ${WORDS_MAX} words ends with an empty line`;
      throw new RefusedError(`the mnemonic cannot be used: ${reading.problem} (${end})`);
    }
    say(`this mnemonic cannot be used: ${reading.problem}; try again, or end with Ctrl-C`);
  }
}

export interface PassphraseChoice {
  /** There is one, to be asked for. */
  readonly passphrase: boolean;
  /** Absolute. */
  readonly passphraseFile: string | null;
}

/** BIP-39's passphrase; "" when there is none. @param isNew it is chosen now, so a slip would lock its owner out */
export async function readPassphrase(
  {passphrase, passphraseFile}: PassphraseChoice,
  isNew: boolean,
  {prompter, say}: MnemonicComponents,
): Promise<string> {
  if (passphraseFile !== null) return await readSecretFile(passphraseFile, PASSPHRASE_FLAG);
  if (!passphrase) return "";
  const flag = `${PASSPHRASE_FLAG} <file>`;
  for (;;) {
    const answer = await prompter.askHidden({text: "The passphrase of the mnemonic:", flag});
    if (!isNew || !prompter.isInteractive) return answer;
    if (answer === (await prompter.askHidden({text: "The same passphrase again:", flag}))) return answer;
    say("the two are not the same: try again");
  }
}
