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

/** As the Beacon API has it, which is what is in the files. */
export const exitJson = ({message, signature}: SignedExit) => ({
  message: {epoch: String(message.epoch), validator_index: String(message.validatorIndex)},
  signature,
});

/** Whether the validator with this key signed it for this chain. */
export const isSignedBy = ({message, signature}: SignedExit, pubkey: Pubkey, config: NetworkConfig): boolean =>
  verifySignature(pubkey, voluntaryExitSigningRoot(config, message), hexToBytes(signature) as Signature);

/** @returns its path. @throws {RefusedError} when it cannot be written */
export async function writeExit(
  exit: SignedExit,
  pubkey: Pubkey,
  {dir, stop}: {readonly dir: string; readonly stop: AbortSignal},
): Promise<string> {
  const path = join(dir, `voluntary_exit-${exit.message.validatorIndex}-${pubkey.slice(2, 10)}.json`);
  // One exit of a validator is as good as another.
  await writeJsonFile(exitJson(exit), {path, mayReplace: true, stop});
  return path;
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
