import {DiskKeyFiles, type FailedKeystore} from "@mote/duty-signing";
import {RefusedError} from "../command/refused-error.ts";
import {counted, say} from "../command/say.ts";
import {EXIT_ASKED_TO_STOP, EXIT_NEEDS_HUMAN, refuse} from "../command-io.ts";
import {readSecretFile} from "../prompt/secret-file.ts";
import type {KeysContext} from "./context.ts";
import {keysIn} from "./folder-keys.ts";
import {whileHeld} from "./held-folder.ts";
import {type FoundKey, readFound} from "./import/found-keys.ts";
import {takeOverHistory} from "./import/history.ts";
import {importedText, type KeysImportReport} from "./import/import-report.ts";
import {unlockFound} from "./import/unlock-found.ts";
import {type OpenedWallet, openWallet} from "./import/wallets.ts";
import {startCommand} from "./next-step.ts";
import {type IMPORT_OPTIONS, KEYS_MAX} from "./options.ts";
import {checkClientLocks} from "./sources/client-locks.ts";
import {findPair, findSource, sourceName} from "./sources/find-source.ts";
import type {FoundSource} from "./sources/found-source.ts";
import {type KeystoreToWrite, lockKeys, writeKeys} from "./write-keys.ts";

type ImportContext = KeysContext<typeof IMPORT_OPTIONS>;

/** `mote keys import <folder or files…>` */
export async function importKeysCommand(context: ImportContext): Promise<number> {
  const {io, words, folders, values, absolute} = context;
  if (words.length === 0) {
    return refuse(io, ["which keys? Give a client's data directory, a folder of keystores, or keystore files"], NAME);
  }
  const sources = await Promise.all(
    words.map(async (word) => (await findPair(word, absolute)) ?? (await findSource(absolute(word)))),
  );
  const files = sources.reduce((sum, {keystores}) => sum + keystores.length, 0);
  if (files > KEYS_MAX)
    return refuse(io, [`${files} keystore files are more than ${KEYS_MAX}: import them in parts`], NAME);
  for (const source of sources) {
    describe(source, (line) => say(io, line));
    const locks = await checkClientLocks(source, context);
    if (locks !== null) say(io, locks);
  }
  const report = await whileHeld(folders, () => importAll(sources, context));
  if (values.json) io.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    io.stdout.write(importedText(report, folders.keystoresDir));
    if (report.imported.length > 0) io.stdout.write(nextSteps(sources, context));
  }
  return report.failed.length > 0 ? EXIT_NEEDS_HUMAN : EXIT_ASKED_TO_STOP;
}

const NAME = "mote keys import";

function describe(source: FoundSource, tell: (line: string) => void): void {
  const {keystores, wallets, notes} = source;
  const parts = [
    keystores.length > 0 ? counted(keystores.length, "keystore file") : "",
    wallets.length > 0 ? counted(wallets.length, "wallet") : "",
  ].filter((part) => part !== "");
  tell(`${sourceName(source)}: ${parts.join(" and ")}`);
  for (const note of notes) tell(note);
}

async function importAll(sources: readonly FoundSource[], context: ImportContext): Promise<KeysImportReport> {
  const {io, values, config, folder, prompter, absolute} = context;
  const sayTo = (line: string): void => say(io, line);
  const shared =
    values.passwordFile === null ? null : await readSecretFile(absolute(values.passwordFile), "--password-file");
  const known = new Set((await keysIn(folder)).keys.map(({pubkey}) => pubkey));
  const read = await readSources(sources, context);
  const {fresh, duplicates} = withoutDuplicates(read.keys, known);
  const opened = await unlockFound(fresh, shared, {
    prompter,
    say: sayTo,
    stream: io.stderr,
    clock: context.clock,
    stop: io.stop,
  });
  const wallets = await unlockWallets(sources, shared, context);
  const failed: FailedKeystore[] = [...read.failed, ...opened.failed, ...wallets.failed];
  const seen = new Set(known);
  const keystores = [...opened.unlocked, ...wallets.keystores].filter(({pubkey}) => {
    if (seen.has(pubkey)) duplicates.push(pubkey);
    const isFirst = !seen.has(pubkey);
    seen.add(pubkey);
    return isFirst;
  });
  const pubkeys = keystores.map(({pubkey}) => pubkey);
  const file = values.slashingProtection === null ? null : absolute(values.slashingProtection);
  const history = {file, neverSigned: values.neverSigned};
  const slashingProtection =
    pubkeys.length === 0 && history.file === null
      ? null
      : await takeOverHistory(pubkeys, history, sources, {io, config, prompter, say: sayTo});
  const imported = await write(keystores, context);
  return {imported, duplicates, failed, slashingProtection};
}

/** @throws {RefusedError} when one of them turns out to hold no keystore at all */
async function readSources(sources: readonly FoundSource[], {values, absolute}: ImportContext) {
  const passwordsDir = values.passwordsDir === null ? null : absolute(values.passwordsDir);
  const found = sources.flatMap(({keystores}) => keystores);
  const read = await readFound(found, {files: new DiskKeyFiles(), passwordsDir});
  const others = new Set(read.others);
  const empty = sources.find(
    ({keystores, wallets}) => wallets.length === 0 && keystores.every(({file}) => others.has(file)),
  );
  if (empty === undefined) return read;
  throw new RefusedError(`${empty.path} holds no keystore; what keys have signed is given by --slashing-protection`);
}

/** Nobody waits for a key to be unlocked that is there already. One that is switched off in any of several places stays off. */
function withoutDuplicates(keys: readonly FoundKey[], known: ReadonlySet<string>) {
  const disabled = new Set(keys.flatMap(({keystore, isEnabled}) => (isEnabled ? [] : [keystore.pubkey])));
  const fresh: FoundKey[] = [];
  const duplicates: KeystoreToWrite["pubkey"][] = [];
  for (const key of keys) {
    const {pubkey} = key.keystore;
    if (pubkey !== null && known.has(pubkey)) duplicates.push(pubkey);
    else fresh.push({...key, isEnabled: key.isEnabled && (pubkey === null || !disabled.has(pubkey))});
  }
  return {fresh, duplicates};
}

async function unlockWallets(sources: readonly FoundSource[], shared: string | null, context: ImportContext) {
  const {io, prompter, random, clock, values} = context;
  const keystores: KeystoreToWrite[] = [];
  const failed: FailedKeystore[] = [];
  for (const file of sources.flatMap(({wallets}) => wallets)) {
    const wallet = await openWallet(file, shared, {files: new DiskKeyFiles(), prompter, say: (line) => say(io, line)});
    if ("reason" in wallet) failed.push(wallet);
    else keystores.push(...(await lockWallet(wallet)));
  }
  return {keystores, failed};

  function lockWallet({secretKeys, password}: OpenedWallet): Promise<KeystoreToWrite[]> {
    const keys = secretKeys.map((secretKey) => ({secretKey, derivationPath: null, isEnabled: true}));
    return lockKeys(keys, {password, kdf: values.kdf}, {random, clock, stream: io.stderr, stop: io.stop});
  }
}

async function write(keystores: readonly KeystoreToWrite[], {folder, io}: ImportContext) {
  const written: string[] = [];
  try {
    await writeKeys(keystores, {folder, stop: io.stop}, ({pubkey}) => written.push(pubkey));
  } catch (error) {
    say(
      io,
      `${written.length} of ${counted(keystores.length, "key")} are in the folder, each whole; the others are not`,
    );
    throw error;
  }
  return keystores.map(({pubkey, isEnabled}) => ({pubkey, isEnabled}));
}

function nextSteps(sources: readonly FoundSource[], context: ImportContext): string {
  const paths = [...new Set(sources.map(({path}) => path))];
  return [
    "",
    "Before you start Mote: stop the client that ran these keys for good, and take the keystores away from it.",
    "Two clients that run the same key get it slashed. Mote has left untouched:",
    ...paths.map((path) => `  ${path}`),
    "",
    "Then:",
    `  ${startCommand(context)}`,
    "",
  ].join("\n");
}
