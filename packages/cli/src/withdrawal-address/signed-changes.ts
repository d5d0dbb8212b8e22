import type {SignedBlsToExecutionChange} from "@mote/duty-signing";
import {timestampedPath, writeJsonFile} from "../files/output-file.ts";

/** As the Beacon API has it. */
export const changeJson = ({message, signature}: SignedBlsToExecutionChange) => ({
  message: {
    validator_index: String(message.validatorIndex),
    from_bls_pubkey: message.fromBlsPubkey,
    to_execution_address: message.toExecutionAddress,
  },
  signature,
});

/** The body of `POST /eth/v1/beacon/pool/bls_to_execution_changes`. @returns its path. @throws {RefusedError} when it cannot be written */
export async function writeChanges(
  changes: readonly SignedBlsToExecutionChange[],
  {dir, unixSec, stop}: {readonly dir: string; readonly unixSec: number; readonly stop: AbortSignal},
): Promise<string> {
  const path = timestampedPath(dir, "bls_to_execution_changes", unixSec);
  await writeJsonFile(changes.map(changeJson), {path, mayReplace: false, stop});
  return path;
}
