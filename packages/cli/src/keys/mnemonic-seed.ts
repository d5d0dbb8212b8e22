import type {OperatorContext} from "../command/operator-command.ts";
import {say} from "../command/say.ts";
import {existingMnemonic, readPassphrase} from "./mnemonic-input.ts";

interface MnemonicValues {
  readonly mnemonicFile: string | null;
  readonly passphrase: boolean;
  readonly passphraseFile: string | null;
}

/** What the keys of an existing mnemonic are derived from. @throws {RefusedError} when it cannot be used */
export async function mnemonicSeed({
  values,
  io,
  prompter,
  absolute,
}: Pick<OperatorContext<never>, "io" | "prompter" | "absolute"> & {
  readonly values: MnemonicValues;
}): Promise<Uint8Array> {
  const components = {prompter, say: (line: string) => say(io, line)};
  const path = (file: string | null) => (file === null ? null : absolute(file));
  const mnemonic = await existingMnemonic(path(values.mnemonicFile), components);
  const {passphrase, passphraseFile} = values;
  return await mnemonic.seed(
    await readPassphrase({passphrase, passphraseFile: path(passphraseFile)}, false, components),
  );
}
