import {existsSync} from "node:fs";
import {join} from "node:path";
import {
  type Epoch,
  hexToBytes,
  InvalidValueError,
  messageOf,
  type Pubkey,
  parseEpoch,
  parseHex,
  parseValidatorIndex,
  type Signature,
  type ValidatorIndex,
} from "@mote/core";
import {DiskTextFiles} from "@mote/node/config";
import {type NetworkConfig, verifySignature, voluntaryExitSigningRoot} from "@mote/node/operator";
import {RefusedError} from "../command/refused-error.ts";
import {writeJsonFile} from "../files/output-file.ts";

export interface SignedExit {
  readonly message: {readonly epoch: Epoch; readonly validatorIndex: ValidatorIndex};
  /** 96 bytes as hex. */
  readonly signature: `0x${string}`;
}

const FILE_SIZE_BYTES_MAX = 4096;
const PROBLEMS_SHOWN_MAX = 20;

/** As the Beacon API has it, which is what is in the files. */
export const exitJson = ({message, signature}: SignedExit) => ({
  message: {epoch: String(message.epoch), validator_index: String(message.validatorIndex)},
  signature,
});

/** Whether the validator with this key signed it for this chain. */
export const isSignedBy = ({message, signature}: SignedExit, pubkey: Pubkey, config: NetworkConfig): boolean =>
  verifySignature(pubkey, voluntaryExitSigningRoot(config, message), hexToBytes(signature) as Signature);

const pathOf = (validatorIndex: ValidatorIndex, pubkey: Pubkey, dir: string): string =>
  join(dir, `voluntary_exit-${validatorIndex}-${pubkey.slice(2, 10)}.json`);

/** @throws {RefusedError} naming what lies where one of these exits is to be written, and is not of this epoch */
export function checkNoOtherExits(
  exits: readonly {readonly pubkey: Pubkey; readonly message: SignedExit["message"]}[],
  dir: string,
): void {
  const problems = exits.flatMap(({pubkey, message}) => {
    const path = pathOf(message.validatorIndex, pubkey, dir);
    if (!existsSync(path)) return [];
    const there = exitIn(path);
    if (there === null) return [`${path} holds something else already`];
    return there.message.epoch === message.epoch
      ? []
      : [`${path} holds an exit from epoch ${there.message.epoch} on already`];
  });
  if (problems.length === 0) return;
  const more = problems.length > PROBLEMS_SHOWN_MAX ? `\n  … and ${problems.length - PROBLEMS_SHOWN_MAX} more` : "";
  throw notReplaced(`${problems.slice(0, PROBLEMS_SHOWN_MAX).join("\n  ")}${more}`);
}

/** @returns its path. One that is there already stays. @throws {RefusedError} when it cannot be written, or another is in its place */
export async function writeExit(
  exit: SignedExit,
  pubkey: Pubkey,
  {dir, stop}: {readonly dir: string; readonly stop: AbortSignal},
): Promise<string> {
  const path = pathOf(exit.message.validatorIndex, pubkey, dir);
  if (existsSync(path)) {
    if (exitIn(path)?.signature === exit.signature) return path;
    throw notReplaced(`${path} holds an exit of another chain already`);
  }
  await writeJsonFile(exitJson(exit), {path, mayReplace: false, stop});
  return path;
}

const notReplaced = (problem: string): RefusedError =>
  new RefusedError(`${problem}: nothing is replaced; give another folder by --to`);

/** Null when it holds none. */
function exitIn(path: string): SignedExit | null {
  try {
    return readExit(path);
  } catch (error) {
    if (error instanceof RefusedError) return null;
    throw error;
  }
}

/** @throws {RefusedError} naming the file that is none */
export function readExit(path: string): SignedExit {
  try {
    const {message, signature} = JSON.parse(new DiskTextFiles().read(path, FILE_SIZE_BYTES_MAX)) as {
      message?: {epoch?: unknown; validator_index?: unknown};
      signature?: unknown;
    };
    if (typeof message !== "object" || message === null) throw new InvalidValueError("it has no message");
    return {
      message: {
        epoch: parseEpoch(message.epoch, "epoch"),
        validatorIndex: parseValidatorIndex(message.validator_index, "validator_index"),
      },
      signature: parseHex(signature, 96, "signature"),
    };
  } catch (error) {
    const detail = error instanceof SyntaxError ? "it is not JSON" : messageOf(error);
    throw new RefusedError(`--submit: ${path} is no signed exit: ${detail}`);
  }
}
