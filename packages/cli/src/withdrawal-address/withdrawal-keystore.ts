import {type UnlockedKeystore, unlockKeystores} from "@mote/duty-signing";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import {readKeystoreText, type SecretKey} from "../keys/folder-keys.ts";
import {readSecretFile} from "../prompt/secret-file.ts";

const PASSWORD_FLAG = "--password-file";

/**
 * The withdrawal key of a keystore that was kept apart. Paths are absolute.
 * @param passwordFile null: asked for
 * @throws {RefusedError} when it cannot be opened
 */
export async function withdrawalKeystore(
  {file, passwordFile}: {readonly file: string; readonly passwordFile: string | null},
  {prompter}: Pick<OperatorContext<never>, "prompter">,
): Promise<SecretKey> {
  const text = await readKeystoreText(file);
  const question = {text: `The password of ${file}:`, flag: `${PASSWORD_FLAG} <file>`};
  const password =
    passwordFile === null ? await prompter.askHidden(question) : await readSecretFile(passwordFile, PASSWORD_FLAG);
  const [result] = (await unlockKeystores([{name: file, text, password}], {})) as [UnlockedKeystore];
  if (result.kind === "failed") throw new RefusedError(`${file} cannot be opened: ${result.failure.detail}`);
  return result.secretKey;
}
