import {createHash} from "node:crypto";
import {bytesToHex, hexToBytes, type Pubkey, type Root} from "@mote/core";
import type {WithdrawalCredentials} from "./withdrawal-credentials.ts";

/** phase0/beacon-chain.md#depositmessage */
export interface DepositMessage {
  readonly pubkey: Pubkey;
  readonly withdrawalCredentials: WithdrawalCredentials;
  readonly amountGwei: bigint;
}

/** phase0/beacon-chain.md#depositdata */
export interface DepositData extends DepositMessage {
  /** 96 bytes as hex. */
  readonly signature: `0x${string}`;
}

/** What the key signs, but for the domain. Calculated as the deposit contract does it, without an SSZ library and its preset. */
export const depositMessageRoot = (message: DepositMessage): Root =>
  bytesToHex(hash(identityRoot(message), hash(amountChunk(message), zeros(32)))) as Root;

/** What the deposit contract compares before it takes the money. phase0/deposit-contract.md */
export function depositDataRoot(data: DepositData): Root {
  const signature = hexToBytes(data.signature);
  const signatureRoot = hash(hash(signature.subarray(0, 64)), hash(signature.subarray(64), zeros(32)));
  return bytesToHex(hash(identityRoot(data), hash(amountChunk(data), signatureRoot))) as Root;
}

function identityRoot({pubkey, withdrawalCredentials}: DepositMessage): Uint8Array {
  return hash(hash(hexToBytes(pubkey), zeros(16)), hexToBytes(withdrawalCredentials));
}

function amountChunk({amountGwei}: DepositMessage): Uint8Array {
  const chunk = Buffer.alloc(32);
  chunk.writeBigUInt64LE(amountGwei);
  return chunk;
}

const zeros = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes);

function hash(...parts: readonly Uint8Array[]): Uint8Array {
  const sha256 = createHash("sha256");
  for (const part of parts) sha256.update(part);
  return sha256.digest();
}
