// Messages that a person asks for by name, signed without a running node: no duty, and nothing that could be slashed. They do not pass the
// signing gate, which guards what a node does of its own accord.
import {blsToExecutionChangeSigningRoot, type NetworkConfig, voluntaryExitSigningRoot} from "@mote/consensus";
import type {SecretKey} from "@mote/consensus/secret-key";
import {
  bytesToHex,
  type Epoch,
  type ExecutionAddress,
  hexToBytes,
  InvalidValueError,
  type Pubkey,
  type ValidatorIndex,
} from "@mote/core";

export interface SignedVoluntaryExitOffline {
  readonly message: {readonly epoch: Epoch; readonly validatorIndex: ValidatorIndex};
  /** 96 bytes as hex. */
  readonly signature: `0x${string}`;
}

export interface SignedBlsToExecutionChange {
  readonly message: {
    readonly validatorIndex: ValidatorIndex;
    readonly fromBlsPubkey: Pubkey;
    readonly toExecutionAddress: ExecutionAddress;
  };
  /** 96 bytes as hex. */
  readonly signature: `0x${string}`;
}

/**
 * A voluntary exit, good from `epoch` on and for ever: whoever has it can publish it. Its domain is Capella's (EIP-7044).
 * @throws {InvalidValueError} for an epoch or index that is no safe integer
 */
export function signVoluntaryExitOffline(init: {
  readonly secretKey: SecretKey;
  readonly validatorIndex: ValidatorIndex;
  readonly epoch: Epoch;
  readonly config: NetworkConfig;
}): SignedVoluntaryExitOffline {
  const {secretKey, validatorIndex, epoch, config} = init;
  checkUint(epoch, "the epoch");
  checkUint(validatorIndex, "the validator index");
  const message = {epoch, validatorIndex};
  return {message, signature: bytesToHex(secretKey.sign(voluntaryExitSigningRoot(config, message)))};
}

/**
 * Names the address that the validator's money goes to, once and for all.
 * @param init.secretKey the withdrawal key, whose public key the validator's 0x00 credentials were made of
 * @throws {InvalidValueError} for an index that is no safe integer
 */
export function signBlsToExecutionChange(init: {
  readonly secretKey: SecretKey;
  readonly validatorIndex: ValidatorIndex;
  readonly toExecutionAddress: ExecutionAddress;
  readonly config: NetworkConfig;
}): SignedBlsToExecutionChange {
  const {secretKey, validatorIndex, toExecutionAddress, config} = init;
  checkUint(validatorIndex, "the validator index");
  const signingRoot = blsToExecutionChangeSigningRoot(config, {
    validatorIndex,
    fromBlsPubkey: hexToBytes(secretKey.pubkey),
    toExecutionAddress: hexToBytes(toExecutionAddress),
  });
  return {
    message: {validatorIndex, fromBlsPubkey: secretKey.pubkey, toExecutionAddress},
    signature: bytesToHex(secretKey.sign(signingRoot)),
  };
}

function checkUint(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidValueError(`${what} must be an integer from 0 to 2^53−1`);
}
