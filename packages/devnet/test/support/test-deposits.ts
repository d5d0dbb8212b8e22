import {createHash} from "node:crypto";
import {createDevnetConfig} from "../../src/genesis.ts";
import type {InteropKey} from "../../src/interop-keys.ts";

/** An entry of `deposit_data-*.json`. */
export interface DepositEntry {
  readonly pubkey: string;
  readonly withdrawal_credentials: string;
  readonly amount: number;
  readonly signature: string;
  readonly deposit_message_root: string;
  readonly deposit_data_root: string;
  readonly fork_version: string;
}

export const TEST_ADDRESS = "ab".repeat(20);
export const DEVNET_CONFIG = createDevnetConfig({fork: "fulu", secondsPerSlot: 2});
const FORK_VERSION = Buffer.from(DEVNET_CONFIG.GENESIS_FORK_VERSION);

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce<ReturnType<typeof createHash>>((hash, part) => hash.update(part), createHash("sha256")).digest();

/** Merkle root of chunks of 32 bytes, by hand: the deposits must not be judged by the code that made them. */
function merkleRoot(chunks: readonly Uint8Array[]): Buffer {
  let layer = [...chunks];
  while (layer.length > 1) {
    if (layer.length % 2 === 1) layer.push(Buffer.alloc(32));
    layer = Array.from({length: layer.length / 2}, (_, i) => sha256(layer[2 * i]!, layer[2 * i + 1]!));
  }
  return Buffer.from(layer[0]!);
}

const chunk = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc(32 - bytes.length)]);
const pubkeyRoot = (pubkey: Uint8Array): Buffer => sha256(pubkey, Buffer.alloc(16));

/** Credentials 0x00 of a withdrawal key. phase0/validator.md#bls_withdrawal_prefix */
export function blsCredentials({publicKey}: InteropKey): Uint8Array {
  const credentials = sha256(publicKey);
  credentials[0] = 0;
  return credentials;
}

export const addressCredentials = (prefix: "01" | "02"): Uint8Array =>
  Buffer.from(prefix + "00".repeat(11) + TEST_ADDRESS, "hex");

/** A deposit as the deposit tools make it; its roots are computed from the specification's text alone. */
export function depositOf(
  key: InteropKey,
  withdrawalCredentials: Uint8Array = addressCredentials("01"),
  amountGwei = 32e9,
): DepositEntry {
  const amount = Buffer.alloc(32);
  amount.writeBigUInt64LE(BigInt(amountGwei));
  const message = merkleRoot([pubkeyRoot(key.publicKey), withdrawalCredentials, amount, Buffer.alloc(32)]);
  const forkData = sha256(chunk(FORK_VERSION), Buffer.alloc(32));
  const domain = Buffer.concat([Buffer.from("03000000", "hex"), forkData.subarray(0, 28)]);
  const signature = key.secretKey.sign(sha256(message, domain)).toBytes();
  const signatureRoot = merkleRoot([
    signature.subarray(0, 32),
    signature.subarray(32, 64),
    signature.subarray(64),
    Buffer.alloc(32),
  ]);
  const data = merkleRoot([pubkeyRoot(key.publicKey), withdrawalCredentials, amount, signatureRoot]);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  return {
    pubkey: hex(key.publicKey),
    withdrawal_credentials: hex(withdrawalCredentials),
    amount: amountGwei,
    signature: hex(signature),
    deposit_message_root: hex(message),
    deposit_data_root: hex(data),
    fork_version: hex(FORK_VERSION),
  };
}
