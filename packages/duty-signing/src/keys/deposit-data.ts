import {depositSigningRoot, verifySignature} from "@mote/consensus";
import {
  checkDepositAmount,
  type DepositData,
  type DepositMessage,
  depositDataRoot,
  depositMessageRoot,
  parseWithdrawalCredentials,
  type WithdrawalCredentials,
} from "@mote/consensus/execution";
import type {SecretKey} from "@mote/consensus/secret-key";
import {bytesToHex, hexToBytes, InvalidValueError, type Root, type Signature} from "@mote/core";

const FORK_VERSION_SIZE_BYTES = 4;

/** All that `deposit_data-*.json` and the deposit contract ask for. */
export interface SignedDeposit extends DepositData {
  readonly depositMessageRoot: Root;
  readonly depositDataRoot: Root;
}

/**
 * The deposit that brings a validator into being, signed by its key.
 * @param init.amountGwei from 1 to 2048 ETH
 * @param init.genesisForkVersion 4 bytes: they tell the chains apart, so a deposit for one is worth nothing on another
 * @throws {InvalidValueError} for an amount, credentials or fork version out of bounds
 */
export function signDeposit(init: {
  readonly secretKey: SecretKey;
  readonly withdrawalCredentials: WithdrawalCredentials;
  readonly amountGwei: bigint;
  readonly genesisForkVersion: Uint8Array;
}): SignedDeposit {
  const {secretKey, genesisForkVersion} = init;
  const message = {
    pubkey: secretKey.pubkey,
    withdrawalCredentials: parseWithdrawalCredentials(init.withdrawalCredentials, "withdrawal credentials"),
    amountGwei: checkDepositAmount(init.amountGwei),
  };
  const signature = bytesToHex(secretKey.sign(signingRootOf(message, genesisForkVersion)));
  const data = {...message, signature};
  const deposit = {
    ...data,
    depositMessageRoot: depositMessageRoot(message),
    depositDataRoot: depositDataRoot(data),
  };
  // A wrong one would cost its sender the whole amount, so a fault of this machine must not get further than this.
  if (!verifyDeposit(deposit, genesisForkVersion)) throw new Error("the deposit's signature does not verify");
  return deposit;
}

/** Whether a first deposit of this kind is worth something on the chain of this fork version: roots and signature are those of its fields. */
export function verifyDeposit(deposit: SignedDeposit, genesisForkVersion: Uint8Array): boolean {
  return (
    depositMessageRoot(deposit) === deposit.depositMessageRoot &&
    depositDataRoot(deposit) === deposit.depositDataRoot &&
    verifySignature(
      deposit.pubkey,
      signingRootOf(deposit, genesisForkVersion),
      hexToBytes(deposit.signature) as Signature,
    )
  );
}

function signingRootOf(message: DepositMessage, genesisForkVersion: Uint8Array): Root {
  if (genesisForkVersion.length !== FORK_VERSION_SIZE_BYTES) {
    throw new InvalidValueError("the genesis fork version must have 4 bytes");
  }
  return depositSigningRoot(
    {GENESIS_FORK_VERSION: genesisForkVersion},
    {
      pubkey: hexToBytes(message.pubkey),
      withdrawalCredentials: hexToBytes(message.withdrawalCredentials),
      amount: Number(message.amountGwei),
    },
  );
}
