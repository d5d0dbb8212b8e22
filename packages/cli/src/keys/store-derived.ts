import type {Pubkey} from "@mote/core";
import type {EncryptKeystoreInit} from "@mote/duty-signing";
import {counted, say} from "../command/say.ts";
import type {KeysContext} from "./context.ts";
import {type DerivedKey, rangesText} from "./derived-keys.ts";
import {keyFlags} from "./next-step.ts";
import type {FOLDER_OPTIONS} from "./options.ts";
import {lockKeys, type WrittenKey, writeKeys} from "./write-keys.ts";

/** Locks derived keys and puts them into the folder. When that fails half-way, it says how to go on with the rest. */
export async function storeDerived(
  keys: readonly DerivedKey[],
  locking: Pick<EncryptKeystoreInit, "password" | "kdf">,
  context: KeysContext<typeof FOLDER_OPTIONS>,
): Promise<readonly WrittenKey[]> {
  const {io, folder, random, clock} = context;
  const toLock = keys.map((key) => ({...key, isEnabled: true}));
  const keystores = await lockKeys(toLock, locking, {random, clock, stream: io.stderr, stop: io.stop});
  const written: WrittenKey[] = [];
  try {
    await writeKeys(keystores, {folder, stop: io.stop}, (key) => written.push(key));
    return written;
  } catch (error) {
    const done = new Set<Pubkey>(written.map(({pubkey}) => pubkey));
    const rest = keys.flatMap(({index, secretKey}) => (done.has(secretKey.pubkey) ? [] : [index]));
    say(io, `${written.length} of ${counted(keys.length, "key")} are in the folder, each whole`);
    say(io, `the others can follow: mote keys recover ${keyFlags(context)} --indices ${rangesText(rest)}`);
    throw error;
  }
}

/** The result for people. */
export function storedText(
  keys: readonly DerivedKey[],
  written: readonly WrittenKey[],
  {folders}: Pick<KeysContext<typeof FOLDER_OPTIONS>, "folders">,
): string {
  const resultOf = new Map(written.map(({pubkey, result}) => [pubkey, result]));
  const added = written.filter(({result}) => result === "added").length;
  const lines = keys.map(({index, secretKey: {pubkey}}) => {
    const note = resultOf.get(pubkey) === "duplicate" ? "  was there already" : "";
    return `  ${String(index).padStart(6)}  ${pubkey}${note}`;
  });
  return [
    `${counted(added, "new keystore")} in ${folders.keystoresDir}, locked with the password that is kept in ${folders.secretsDir}`,
    "   index  public key",
    ...lines,
    "",
  ].join("\n");
}
