import type {Pubkey} from "@mote/core";
import {counted, say} from "../command/say.ts";
import {EXIT_ASKED_TO_STOP} from "../command-io.ts";
import {newPassword} from "../prompt/new-password.ts";
import {columns, widthOf} from "../screen/columns.ts";
import type {KeysContext} from "./context.ts";
import {type DerivedKey, deriveKeys, range, rangesText} from "./derived-keys.ts";
import {keysIn} from "./folder-keys.ts";
import {whileHeld} from "./held-folder.ts";
import {mnemonicSeed} from "./mnemonic-seed.ts";
import {keyFlags, networkFlags, startCommand} from "./next-step.ts";
import type {RECOVER_OPTIONS} from "./options.ts";
import {storeDerived, storedText} from "./store-derived.ts";

type RecoverContext = KeysContext<typeof RECOVER_OPTIONS>;

/** What is known of one key of the mnemonic. */
interface RecoverableKey {
  readonly index: number;
  readonly pubkey: Pubkey;
  /** A keystore of it is here. */
  readonly isStored: boolean;
  /** The chain's word: null when it does not know the key, absent when nobody was asked. */
  readonly status?: string | null;
}

/** `mote keys recover`: looks which keys of a mnemonic are in use, and with `--indices` puts keys into the folder again. */
export async function recoverKeysCommand(context: RecoverContext): Promise<number> {
  const {indices, lookThrough} = context.values;
  const seed = await mnemonicSeed(context);
  const keys = await deriveKeys(seed, indices ?? range(0, lookThrough), context.io.stop);
  return indices === null ? await listKeys(keys, context) : await storeKeys(keys, context);
}

async function listKeys(keys: readonly DerivedKey[], context: RecoverContext): Promise<number> {
  const {io, values, folder} = context;
  const stored = new Set((await keysIn(folder)).keys.map(({pubkey}) => pubkey));
  const statusOf = await askChain(keys, context);
  const found = keys.map(({index, secretKey: {pubkey}}): RecoverableKey => {
    const status = statusOf === null ? {} : {status: statusOf.get(pubkey) ?? null};
    return {index, pubkey, isStored: stored.has(pubkey), ...status};
  });
  const inUse = found.filter(({isStored, status}) => isStored || (status ?? null) !== null);
  const nextFreeIndex = 1 + Math.max(-1, ...inUse.map(({index}) => index));
  if (values.json) {
    io.stdout.write(`${JSON.stringify({keys: found, nextFreeIndex})}\n`);
    return EXIT_ASKED_TO_STOP;
  }
  const shown = {wasChainAsked: statusOf !== null, flags: keyFlags(context), widthMax: widthOf(io.stdout)};
  io.stdout.write(foundText(found, nextFreeIndex, shown));
  return EXIT_ASKED_TO_STOP;
}

/** Null when no beacon node was named. */
async function askChain(
  keys: readonly DerivedKey[],
  context: RecoverContext,
): Promise<ReadonlyMap<Pubkey, string> | null> {
  if (context.beaconNodes.length === 0) return null;
  // Only who asks the chain loads what that takes.
  const {openOperator} = await import("../command/open-operator.ts");
  const operator = await openOperator(context);
  if (operator === null) return null;
  try {
    const validators = await operator.validators(keys.map(({secretKey}) => secretKey.pubkey));
    return new Map(validators.map(({pubkey, status}) => [pubkey, status]));
  } finally {
    operator.close();
  }
}

function foundText(
  keys: readonly RecoverableKey[],
  nextFreeIndex: number,
  {
    wasChainAsked,
    flags,
    widthMax,
  }: {readonly wasChainAsked: boolean; readonly flags: string; readonly widthMax: number},
): string {
  const rows = keys.map(({index, pubkey, isStored, status}) => [
    `${index}`,
    pubkey,
    isStored ? "in the folder" : "–",
    ...(wasChainAsked ? [status ?? "not on chain"] : []),
  ]);
  const header = ["index", "public key", "here", ...(wasChainAsked ? ["on chain"] : [])];
  const lines = ["", ...whatToRecover(keys, {wasChainAsked, flags})];
  const sure = wasChainAsked ? "" : ", as far as this folder knows";
  lines.push(`The next free index is ${nextFreeIndex}${sure}:`);
  lines.push(`  mote keys new ${flags} --existing-mnemonic --start-index ${nextFreeIndex}`);
  return `${columns([header, ...rows], widthMax)}${lines.join("\n")}\n`;
}

function whatToRecover(
  keys: readonly RecoverableKey[],
  {wasChainAsked, flags}: {readonly wasChainAsked: boolean; readonly flags: string},
): readonly string[] {
  const command = (indices: string): string => `  mote keys recover ${flags} --indices ${indices}`;
  if (!wasChainAsked) {
    const hint = "Which of them are validators on chain: add --beacon-nodes <url>. To put some into the folder:";
    return [hint, command("<0-9>")];
  }
  const missing = keys.filter(({isStored, status}) => !isStored && (status ?? null) !== null);
  if (missing.length === 0) return ["All of them that are validators are here."];
  return ["These are validators and not here:", command(rangesText(missing.map(({index}) => index)))];
}

async function storeKeys(keys: readonly DerivedKey[], context: RecoverContext): Promise<number> {
  const {io, values, folders, folder, prompter, absolute} = context;
  return await whileHeld(folders, async () => {
    const stored = new Set((await keysIn(folder)).keys.map(({pubkey}) => pubkey));
    const missing = keys.filter(({secretKey}) => !stored.has(secretKey.pubkey));
    if (missing.length < keys.length) say(io, `${counted(keys.length - missing.length, "key")} in the folder already`);
    if (missing.length > 0) {
      const file = values.passwordFile === null ? null : absolute(values.passwordFile);
      const components = {prompter, say: (line: string): void => say(io, line)};
      const password = await newPassword("the keystores", {file, flag: "--password-file"}, components);
      const written = await storeDerived(missing, {password, kdf: values.kdf}, context);
      if (!values.json) io.stdout.write(`${storedText(missing, written, context)}${nextSteps(context)}`);
    }
    if (values.json) io.stdout.write(`${JSON.stringify({keys: reportOf(keys, stored)})}\n`);
    return EXIT_ASKED_TO_STOP;
  });
}

const reportOf = (keys: readonly DerivedKey[], stored: ReadonlySet<Pubkey>) =>
  keys.map(({index, secretKey: {pubkey}}) => ({index, pubkey, result: stored.has(pubkey) ? "duplicate" : "added"}));

const nextSteps = (context: RecoverContext): string =>
  [
    "",
    "If they ran before: stop whatever may still run them, and take over what they have signed, or wait two epochs.",
    `  mote slashing-protection import <file> ${networkFlags(context)}`,
    `  ${startCommand(context)}`,
    "",
  ].join("\n");
