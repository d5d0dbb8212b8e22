import {messageOf} from "@mote/core";
import {
  type FailedKeystore,
  type KeyFiles,
  KeystoreError,
  openPrysmWallet,
  PRYSM_WALLET_SIZE_BYTES_MAX,
} from "@mote/duty-signing";
import type {Prompter} from "../../prompt/prompter.ts";
import type {KeyToLock} from "../write-keys.ts";

export interface OpenedWallet {
  readonly file: string;
  readonly secretKeys: readonly KeyToLock["secretKey"][];
  /** It locks the keys anew. */
  readonly password: string;
}

export interface WalletComponents {
  readonly files: KeyFiles;
  readonly prompter: Prompter;
  readonly say: (line: string) => void;
}

/** Opens a wallet of Prysm. @param shared from --password-file; null: asked for, until it is right or empty */
export async function openWallet(
  file: string,
  shared: string | null,
  {files, prompter, say}: WalletComponents,
): Promise<OpenedWallet | FailedKeystore> {
  let text: string;
  try {
    text = new TextDecoder().decode(await files.read(file, PRYSM_WALLET_SIZE_BYTES_MAX));
  } catch (error) {
    return {file, reason: "FILE_UNREADABLE", detail: messageOf(error)};
  }
  for (;;) {
    const question = {text: `The password of the Prysm wallet ${file}:`, flag: "--password-file <file>"};
    const password = shared ?? (await prompter.askHidden(question));
    try {
      return {file, secretKeys: await openPrysmWallet(text, file, password), password};
    } catch (error) {
      if (!(error instanceof KeystoreError)) throw error;
      const mayTryAgain = error.reason === "WRONG_PASSWORD" && prompter.isInteractive && shared === null;
      if (!mayTryAgain || password === "") return {file, reason: error.reason, detail: error.detail};
      say("this is not its password: try again, or press Enter to leave the wallet out");
    }
  }
}
