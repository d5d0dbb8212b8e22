import type {Pubkey} from "@mote/core";
import {type KeyFolder, KeystoreError} from "@mote/duty-signing";
import {RefusedError} from "../command/refused-error.ts";
import {counted, say} from "../command/say.ts";
import type {CommandIo} from "../command-io.ts";
import {notWritable} from "../files/not-writable.ts";

/**
 * Changes keys of the folder, and gives back what became of each. @param state in which they are afterwards
 * @throws {RefusedError} when the disk refused some of them: the others are changed, and it was said how many
 */
export async function changeKeys<R extends string>(
  state: "enabled" | "disabled" | "removed",
  change: () => Promise<ReadonlyMap<Pubkey, R | Error>>,
  {io, folder}: {readonly io: CommandIo; readonly folder: Pick<KeyFolder, "folders">},
): Promise<readonly (readonly [pubkey: Pubkey, result: R])[]> {
  const results = [...(await change().catch((error: unknown) => refused(error, folder)))];
  const failed = results.flatMap(([, result]) => (result instanceof Error ? [result] : []));
  const [first] = failed;
  if (first !== undefined) {
    say(
      io,
      `${results.length - failed.length} of ${counted(results.length, "key")} are ${state} now: run it again for the rest`,
    );
    return refused(first, folder);
  }
  return results.flatMap(([pubkey, result]) => (result instanceof Error ? [] : [[pubkey, result] as const]));
}

function refused(error: unknown, {folders}: Pick<KeyFolder, "folders">): never {
  if (error instanceof KeystoreError) throw new RefusedError(`${error.file}: ${error.detail}`, {cause: error});
  throw notWritable(folders.keystoresDir, error);
}
