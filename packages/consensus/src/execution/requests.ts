import {type ExecutionAddress, InvalidValueError, type Pubkey, parseHex, parsePubkey, type Root} from "@mote/core";
import {type DepositData, depositDataRoot} from "./deposit-roots.ts";
import {parseWithdrawalCredentials} from "./withdrawal-credentials.ts";

/** https://eips.ethereum.org/EIPS/eip-7002#configuration; the same on every chain. */
export const WITHDRAWAL_REQUEST_ADDRESS = "0x00000961ef480eb55e80d19ad83579a64c007002" as ExecutionAddress;
/** https://eips.ethereum.org/EIPS/eip-7251#constants; the same on every chain. */
export const CONSOLIDATION_REQUEST_ADDRESS = "0x0000bbddc7ce488642fb579f8b00f3a590007251" as ExecutionAddress;
/** The least that a request costs. A call of either address without data answers with the present fee; what is paid beyond it is not given back. */
export const REQUEST_FEE_WEI_MIN = 1n;

/** The deposit contract refuses less, and amounts of a fraction of a Gwei. */
export const DEPOSIT_GWEI_MIN = 1_000_000_000n;
/** electra/beacon-chain.md: MAX_EFFECTIVE_BALANCE_ELECTRA; more would not work for its owner. */
export const DEPOSIT_GWEI_MAX = 2_048_000_000_000n;

const WEI_PER_GWEI = 1_000_000_000n;
const UINT64_MAX = 2n ** 64n - 1n;
const UINT256_MAX = 2n ** 256n - 1n;
const SIGNATURE_SIZE_BYTES = 96;
const ROOT_SIZE_BYTES = 32;
/** The first four bytes of keccak256("deposit(bytes,bytes,bytes,bytes32)"). */
const DEPOSIT_SELECTOR = "22895118";

/** A transaction of the execution layer that a wallet signs. */
export interface ExecutionRequest {
  readonly to: ExecutionAddress;
  readonly data: `0x${string}`;
  readonly valueWei: bigint;
  /** One sentence for people. */
  readonly what: string;
  /** The same as `data`, where it is a call by the contract ABI: the function's name, and type and value of each argument. */
  readonly call?: {readonly name: string; readonly args: readonly (readonly [type: string, value: string])[]};
}

/**
 * A deposit, first or further, whoever sends it. A further one needs no valid signature.
 * @throws {InvalidValueError} when a field is malformed, the amount out of bounds, or the root not that of the fields: the contract would refuse it, and keep the gas
 */
export function depositRequest(
  deposit: DepositData & {readonly depositDataRoot: Root},
  depositContract: ExecutionAddress,
): ExecutionRequest {
  const pubkey = parsePubkey(deposit.pubkey, "pubkey");
  const withdrawalCredentials = parseWithdrawalCredentials(deposit.withdrawalCredentials, "withdrawal credentials");
  const signature = parseHex(deposit.signature, SIGNATURE_SIZE_BYTES, "signature");
  const amountGwei = checkDepositAmount(deposit.amountGwei);
  const root = depositDataRoot({pubkey, withdrawalCredentials, signature, amountGwei});
  if (parseHex(deposit.depositDataRoot, ROOT_SIZE_BYTES, "deposit data root") !== root) {
    throw new InvalidValueError(`deposit data root is not that of the deposit's fields, which is ${root}`);
  }
  return {
    to: depositContract,
    data: `0x${DEPOSIT_SELECTOR}${abiDeposit(pubkey, withdrawalCredentials, signature, root)}`,
    valueWei: amountGwei * WEI_PER_GWEI,
    what: `deposit ${formatEth(amountGwei)} ETH for validator ${pubkey}`,
    call: {
      name: "deposit",
      args: [
        ["bytes", pubkey],
        ["bytes", withdrawalCredentials],
        ["bytes", signature],
        ["bytes32", root],
      ],
    },
  };
}

/** @throws {InvalidValueError} outside 1 to 2048 ETH */
export function checkDepositAmount(amountGwei: bigint): bigint {
  if (amountGwei >= DEPOSIT_GWEI_MIN && amountGwei <= DEPOSIT_GWEI_MAX) return amountGwei;
  throw new InvalidValueError(`the amount must be from 1 to 2048 ETH, not ${formatEth(amountGwei)} ETH`);
}

/**
 * A withdrawal by the address that the validator's credentials name; only that address may send it.
 * @param request.amountGwei 0 leaves for good; anything else is a part, which only compounding (0x02) credentials can take out
 * @throws {InvalidValueError} for an amount beyond 64 bits or a fee out of bounds
 */
export function withdrawalRequest(request: {
  readonly pubkey: Pubkey;
  readonly amountGwei: bigint;
  readonly feeWei: bigint;
}): ExecutionRequest {
  const pubkey = parsePubkey(request.pubkey, "pubkey");
  const {amountGwei} = request;
  if (amountGwei < 0n || amountGwei > UINT64_MAX) {
    throw new InvalidValueError(`the amount must be from 0 to 2^64−1 Gwei, not ${amountGwei}`);
  }
  return {
    to: WITHDRAWAL_REQUEST_ADDRESS,
    data: `0x${pubkey.slice(2)}${amountGwei.toString(16).padStart(16, "0")}`,
    valueWei: checkFee(request.feeWei),
    what:
      amountGwei === 0n
        ? `exit validator ${pubkey} and withdraw all of its balance`
        : `withdraw ${formatEth(amountGwei)} ETH from validator ${pubkey}`,
  };
}

/**
 * Moves the source's whole balance to the target and exits the source; with source and target the same, it switches that validator to
 * compounding (0x02) credentials. Only the source's withdrawal address may send it.
 * @throws {InvalidValueError} for a fee out of bounds
 */
export function consolidationRequest(request: {
  readonly source: Pubkey;
  readonly target: Pubkey;
  readonly feeWei: bigint;
}): ExecutionRequest {
  const source = parsePubkey(request.source, "source");
  const target = parsePubkey(request.target, "target");
  return {
    to: CONSOLIDATION_REQUEST_ADDRESS,
    data: `0x${source.slice(2)}${target.slice(2)}`,
    valueWei: checkFee(request.feeWei),
    what:
      source === target
        ? `switch validator ${source} to compounding credentials`
        : `move the whole balance of validator ${source} to validator ${target}`,
  };
}

/** Decimal ETH without trailing zeros. */
export function formatEth(amountGwei: bigint): string {
  const [whole, fraction] = [amountGwei / WEI_PER_GWEI, amountGwei % WEI_PER_GWEI];
  return fraction === 0n ? `${whole}` : `${whole}.${`${fraction}`.padStart(9, "0").replace(/0+$/, "")}`;
}

function checkFee(feeWei: bigint): bigint {
  if (feeWei >= REQUEST_FEE_WEI_MIN && feeWei <= UINT256_MAX) return feeWei;
  throw new InvalidValueError(`the fee must be at least ${REQUEST_FEE_WEI_MIN} Wei, not ${feeWei}`);
}

/** The arguments by the contract ABI: three offsets and the root, then each byte string with its length before it, filled up to whole words. */
function abiDeposit(pubkey: string, withdrawalCredentials: string, signature: string, root: string): string {
  const tails = [pubkey, withdrawalCredentials, signature].map((hex) => {
    const digits = hex.slice(2);
    return word(digits.length / 2) + digits.padEnd(64 * Math.ceil(digits.length / 64), "0");
  });
  let offsetBytes = 4 * 32;
  const offsets = tails.map((tail) => {
    const at = word(offsetBytes);
    offsetBytes += tail.length / 2;
    return at;
  });
  return [...offsets, root.slice(2), ...tails].join("");
}

const word = (value: number): string => value.toString(16).padStart(64, "0");
