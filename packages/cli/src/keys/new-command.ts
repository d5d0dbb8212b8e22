import {existsSync} from "node:fs";
import {type Mnemonic, newMnemonic} from "@mote/duty-signing";
import {say} from "../command/say.ts";
import {EXIT_ASKED_TO_STOP, refuse} from "../command-io.ts";
import {writeToFile} from "../files/output-file.ts";
import {newPassword} from "../prompt/new-password.ts";
import type {KeysContext} from "./context.ts";
import {type DerivedKey, deriveKeys, range, rangesText} from "./derived-keys.ts";
import {keysIn} from "./folder-keys.ts";
import {whileHeld} from "./held-folder.ts";
import {existingMnemonic, readPassphrase} from "./mnemonic-input.ts";
import {isProtectionNew, keyFlags} from "./next-step.ts";
import type {NEW_OPTIONS} from "./options.ts";
import {showAndAskBack} from "./show-mnemonic.ts";
import {storeDerived, storedText} from "./store-derived.ts";

/** More public keys than that make no line for people. */
const NAMED_MAX = 4;

type NewContext = KeysContext<typeof NEW_OPTIONS>;

/** `mote keys new` */
export async function newKeysCommand(context: NewContext): Promise<number> {
  const {io, values, folders, prompter, absolute} = context;
  const problems = problemsOf(context);
  if (problems.length > 0) return refuse(io, problems, "mote keys new");
  return await whileHeld(folders, async () => {
    const tell = (line: string): void => say(io, line);
    const passphraseFile = values.passphraseFile === null ? null : absolute(values.passphraseFile);
    const isNew = !isExisting(context);
    const passwordFile = values.passwordFile === null ? null : absolute(values.passwordFile);
    const what = values.count === 1 ? "the keystore" : "the keystores";
    const password = () => newPassword(what, {file: passwordFile, flag: "--password-file"}, {prompter, say: tell});
    const passphrase = () => readPassphrase({...values, passphraseFile}, isNew, {prompter, say: tell});
    // Files first: nobody writes down a mnemonic of which nothing is made because one of them cannot be used.
    const passwordInFile = passwordFile === null ? null : await password();
    const passphraseInFile = passphraseFile === null ? null : await passphrase();
    const mnemonic = isNew ? await brandNew(context) : await existing(context);
    const seedPassphrase = passphraseInFile ?? (await passphrase());
    const keystorePassword = passwordInFile ?? (await password());
    const seed = await mnemonic.seed(seedPassphrase);
    const keys = await deriveKeys(seed, range(values.startIndex ?? 0, values.count), io.stop);
    const written = await storeDerived(keys, {password: keystorePassword, kdf: values.kdf}, context);
    io.stdout.write(storedText(keys, written, context));
    const hasOthers = (await keysIn(context.folder)).keys.length > keys.length;
    io.stdout.write(nextSteps(hasOthers ? keys : null, context));
    return EXIT_ASKED_TO_STOP;
  });
}

const isExisting = ({values}: NewContext): boolean => values.existingMnemonic || values.mnemonicFile !== null;

function problemsOf(context: NewContext): string[] {
  const {values, prompter, absolute, io} = context;
  // Shown where standard error goes, and that may be a log. A dumb terminal cannot be wiped.
  const canShow = prompter.isInteractive && io.stderr.isTTY === true && io.env.TERM !== "dumb";
  const problems: string[] = [];
  if (isExisting(context)) {
    if (values.writeMnemonic !== null) problems.push("--write-mnemonic: there is no new mnemonic to write");
    if (values.startIndex === null) {
      problems.push("which is the first new key? Give --start-index: mote keys recover tells the next free one");
    }
    return problems;
  }
  if (values.writeMnemonic === null && !canShow) {
    problems.push(
      "there is no terminal to show the mnemonic on and to wipe it from: give --write-mnemonic <file>, and keep that file safe",
    );
  }
  if (values.writeMnemonic !== null && existsSync(absolute(values.writeMnemonic))) {
    problems.push("--write-mnemonic: the file is there already: give another name");
  }
  return problems;
}

async function existing({values, prompter, io, absolute}: NewContext): Promise<Mnemonic> {
  const file = values.mnemonicFile === null ? null : absolute(values.mnemonicFile);
  return await existingMnemonic(file, {prompter, say: (line) => say(io, line)});
}

async function brandNew({values, random, prompter, io, absolute}: NewContext): Promise<Mnemonic> {
  const {words, language, writeMnemonic} = values;
  const mnemonic = await newMnemonic({words, language}, {random});
  if (writeMnemonic === null) {
    await showAndAskBack(mnemonic, {prompter, stream: io.stderr});
    return mnemonic;
  }
  const path = absolute(writeMnemonic);
  await writeToFile(lineOf(mnemonic), {path, mayReplace: false, stop: io.stop});
  say(io, `the mnemonic is in ${path}: whoever reads it has your keys, and without it nobody can bring them back`);
  return mnemonic;
}

async function* lineOf({words}: Mnemonic): AsyncGenerator<string> {
  yield `${words.join(" ")}\n`;
}

/** @param named the keys that a deposit has to name, as there are others: a second one for a key only adds to its validator; null for none */
function nextSteps(named: readonly DerivedKey[] | null, context: NewContext): string {
  const flags = keyFlags(context);
  const which = named === null ? "" : `${namesOf(named, context)} `;
  return [
    "",
    "Next, the deposit data that the launchpad takes:",
    `  mote deposit ${which}${flags} --withdrawal-address <your 0x… address>`,
    "and then, with keys that have never signed:",
    `  mote start ${flags} --beacon-nodes <url>${isProtectionNew(context) ? " --init-slashing-protection" : ""}`,
    "",
  ].join("\n");
}

function namesOf(keys: readonly DerivedKey[], {values}: NewContext): string {
  if (keys.length <= NAMED_MAX) return keys.map(({secretKey: {pubkey}}) => pubkey).join(" ");
  const passphrase = values.passphrase || values.passphraseFile !== null ? " --passphrase" : "";
  return `--from-mnemonic --indices ${rangesText(keys.map(({index}) => index))}${passphrase}`;
}
