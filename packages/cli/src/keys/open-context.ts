import {join} from "node:path";
import {DiskKeyFolder, KeystoreError, SystemKeyDisk, SystemRandomBytes} from "@mote/duty-signing";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import type {KeysContext} from "./context.ts";
import type {FOLDER_OPTIONS} from "./options.ts";

/** The folder that the options name, and what is needed to work on it. */
export function openKeysContext<T extends typeof FOLDER_OPTIONS>(context: OperatorContext<T>): KeysContext<T> {
  const {values, absolute, datadir} = context;
  // Of a generic table the compiler does not see that it has these two.
  const {keystoresDir, secretsDir} = values as OperatorContext<typeof FOLDER_OPTIONS>["values"];
  const folders = {
    keystoresDir: absolute(keystoresDir ?? join(datadir, "validator_keys")),
    secretsDir: absolute(secretsDir ?? join(datadir, "secrets")),
  };
  const folder = new DiskKeyFolder({folders}, {disk: new SystemKeyDisk()});
  return {...context, folders, folder, random: new SystemRandomBytes()};
}

/** A folder or keystore that cannot be used is for a person to look at: trying again does not help. */
export async function runOnFolder<T extends typeof FOLDER_OPTIONS>(
  run: (context: KeysContext<T>) => Promise<number>,
  context: OperatorContext<T>,
): Promise<number> {
  try {
    return await run(openKeysContext(context));
  } catch (error) {
    if (error instanceof KeystoreError) throw new RefusedError(error.message);
    throw error;
  }
}
