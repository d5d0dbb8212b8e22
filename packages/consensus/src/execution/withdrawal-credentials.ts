import {createHash} from "node:crypto";
import {type ExecutionAddress, hexToBytes, InvalidValueError, type Pubkey, parseHex} from "@mote/core";

/** 32 bytes as `0x` and 64 lowercase hex digits. The first byte says who may withdraw, and whether rewards compound. */
export type WithdrawalCredentials = `0x${string}`;
/** `0x01` pays what is above 32 ETH out, `0x02` keeps it at work up to 2048 ETH. Both belong to an address of the execution layer. */
export type ExecutionCredentialsKind = "0x01" | "0x02";

const CREDENTIALS_SIZE_BYTES = 32;
const ELEVEN_ZERO_BYTES = "00".repeat(11);

/** electra/beacon-chain.md#withdrawal-prefixes */
export const withdrawalCredentialsOf = (
  address: ExecutionAddress,
  kind: ExecutionCredentialsKind,
): WithdrawalCredentials => `${kind}${ELEVEN_ZERO_BYTES}${address.slice(2)}`;

/** The old kind, `0x00`, of a BLS withdrawal key: money comes out only after a change to an execution address. phase0/validator.md#bls_withdrawal_prefix */
export function blsWithdrawalCredentials(withdrawalPubkey: Pubkey): WithdrawalCredentials {
  const hash = createHash("sha256").update(hexToBytes(withdrawalPubkey)).digest("hex");
  return `0x00${hash.slice(2)}`;
}

/** @throws {InvalidValueError} for a kind that no chain pays out to, or an address with bytes before it */
export function parseWithdrawalCredentials(value: unknown, field: string): WithdrawalCredentials {
  const credentials = parseHex(value, CREDENTIALS_SIZE_BYTES, field);
  const kind = credentials.slice(0, 4);
  if (kind === "0x00") return credentials;
  if (kind !== "0x01" && kind !== "0x02") throw new InvalidValueError(`${field} must start with 0x00, 0x01 or 0x02`);
  if (credentials.slice(4, 26) === ELEVEN_ZERO_BYTES) return credentials;
  throw new InvalidValueError(`${field} must be ${kind}, 11 zero bytes and an address of 20 bytes`);
}

/** Whom the credentials pay; null for those of a BLS key. */
export function withdrawalAddressOf(credentials: WithdrawalCredentials): ExecutionAddress | null {
  return credentials.startsWith("0x00") ? null : (`0x${credentials.slice(26)}` as ExecutionAddress);
}
