import {basename} from "node:path";
import type {Clock} from "@mote/core";
import {type FailedKeystore, type KeystoreToUnlock, unlockKeystores} from "@mote/duty-signing";
import {counted} from "../../command/say.ts";
import type {OutputStream} from "../../command-io.ts";
import type {Prompter} from "../../prompt/prompter.ts";
import {untilStopped} from "../../prompt/until-stopped.ts";
import {kdfProgress} from "../kdf-progress.ts";
import type {KeystoreToWrite} from "../write-keys.ts";
import type {FoundKey} from "./found-keys.ts";

export interface UnlockedKeys {
  readonly unlocked: readonly KeystoreToWrite[];
  readonly failed: readonly FailedKeystore[];
}

export interface UnlockFoundComponents {
  readonly prompter: Prompter;
  readonly say: (line: string) => void;
  readonly stream: OutputStream;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

const FLAG = "--password-file <file> or --passwords-dir <dir>";

/**
 * Proves each keystore's password. Those without one share what is asked for; while a person is there, the ones that it does not open are asked
 * for again, and an empty answer leaves them out.
 * @param shared from --password-file; null: asked for
 */
export async function unlockFound(
  found: readonly FoundKey[],
  shared: string | null,
  components: UnlockFoundComponents,
): Promise<UnlockedKeys> {
  const {prompter, say} = components;
  const own = await unlock(found, components);
  const unlocked = [...own.unlocked];
  const failed = [...own.failed];
  let rest = found.filter(({password}) => password === null);
  let isFirst = true;
  while (rest.length > 0) {
    const password = shared !== null && isFirst ? shared : await askFor(rest, isFirst, prompter);
    if (password === "") {
      failed.push(...rest.map(withoutPassword));
      break;
    }
    const attempt = await unlock(
      rest.map((key) => ({...key, password})),
      components,
    );
    unlocked.push(...attempt.unlocked);
    const isWrong = (failure: FailedKeystore): boolean => failure.reason === "WRONG_PASSWORD";
    const wrong = new Set(attempt.failed.filter(isWrong).map(({file}) => file));
    failed.push(...attempt.failed.filter((failure) => !isWrong(failure)));
    rest = rest.filter(({keystore}) => wrong.has(keystore.file));
    if (!prompter.isInteractive || shared !== null) {
      failed.push(...attempt.failed.filter(isWrong));
      break;
    }
    if (rest.length > 0) say(`it does not open ${counted(rest.length, "keystore")}`);
    isFirst = false;
  }
  return {unlocked, failed};
}

function askFor(rest: readonly FoundKey[], isFirst: boolean, prompter: Prompter): Promise<string> {
  const [only] = rest;
  const which = rest.length === 1 && only !== undefined ? basename(only.keystore.file) : `${rest.length} keystores`;
  const text = isFirst ? `The password of ${which}:` : `Another password for ${which}, or Enter to leave them out:`;
  return prompter.askHidden({text, flag: FLAG});
}

/** Those that have a password. */
async function unlock(keys: readonly FoundKey[], {stream, clock, stop}: UnlockFoundComponents): Promise<UnlockedKeys> {
  const withPassword = keys.flatMap((key) => (key.password === null ? [] : [{key, password: key.password}]));
  if (withPassword.length === 0) return {unlocked: [], failed: []};
  const progress = kdfProgress("unlocked", {stream, clock});
  const items = withPassword.map(
    ({key, password}): KeystoreToUnlock => ({name: key.keystore.file, text: key.text, password}),
  );
  const unlocking = unlockKeystores(items, {onProgress: (now) => progress.show(now)});
  const results = await untilStopped(unlocking, stop).finally(() => progress.clear());
  const unlocked: KeystoreToWrite[] = [];
  const failed: FailedKeystore[] = [];
  for (const [at, result] of results.entries()) {
    const item = withPassword[at];
    if (item === undefined) continue;
    if (result.kind === "failed") failed.push(result.failure);
    else unlocked.push(toWrite(item.key, item.password, result.secretKey.pubkey));
  }
  return {unlocked, failed};
}

function toWrite(
  {keystore, text, isEnabled}: FoundKey,
  password: string,
  pubkey: KeystoreToWrite["pubkey"],
): KeystoreToWrite {
  // The format lets a keystore leave its public key out; in the folder each says it.
  const whole = keystore.pubkey === null ? JSON.stringify({...JSON.parse(text), pubkey: pubkey.slice(2)}) : text;
  const name = basename(keystore.file);
  return {pubkey, text: whole, password, fileName: /^keystore-.+\.json$/.test(name) ? name : null, isEnabled};
}

const withoutPassword = ({keystore: {file, pubkey}}: FoundKey): FailedKeystore => ({
  file,
  ...(pubkey === null ? {} : {pubkey}),
  reason: "PASSWORD_MISSING",
  detail: "no password was given for it",
});
