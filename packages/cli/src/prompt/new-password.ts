import {RefusedError} from "../command/refused-error.ts";
import type {Prompter} from "./prompter.ts";
import {readSecretFile} from "./secret-file.ts";

/** As the tools of EIP-2335 ask for. */
export const PASSWORD_LENGTH_MIN = 8;

/** A password that is to lock something new: from the file, else asked for twice. */
export async function newPassword(
  what: string,
  source: {readonly file: string | null; readonly flag: string},
  {prompter, say}: {readonly prompter: Prompter; readonly say: (line: string) => void},
): Promise<string> {
  if (source.file !== null) {
    const password = await readSecretFile(source.file, source.flag);
    if (isTooShort(password)) throw new RefusedError(`${source.flag}: ${tooShort}`);
    return password;
  }
  const flag = `${source.flag} <file>`;
  for (;;) {
    const password = await prompter.askHidden({text: `A new password for ${what}:`, flag});
    if (isTooShort(password)) {
      if (!prompter.isInteractive) throw new RefusedError(tooShort);
      say(`${tooShort}: try again`);
      continue;
    }
    // A line of standard input was not typed blind.
    if (!prompter.isInteractive) return password;
    if (password === (await prompter.askHidden({text: "The same password again:", flag}))) return password;
    say("the two are not the same: try again");
  }
}

const isTooShort = (password: string): boolean => [...password].length < PASSWORD_LENGTH_MIN;
const tooShort = `the password has to have ${PASSWORD_LENGTH_MIN} characters or more`;
