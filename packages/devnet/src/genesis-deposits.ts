import {PublicKey} from "@chainsafe/blst";
import type {ChainForkConfig} from "@lodestar/config";
import {DOMAIN_DEPOSIT, MIN_DEPOSIT_AMOUNT} from "@lodestar/params";
import {computeDomain, computeSigningRoot} from "@lodestar/state-transition";
import {ssz} from "@lodestar/types";
import {bytesToHex, hexToBytes, InvalidValueError, type Pubkey, parseHex, parsePubkey} from "@mote/core";
import {verifyOne} from "./chain/signature-batches.ts";
import type {GenesisValidator} from "./genesis.ts";

/** A file as `mote deposit` and the other deposit tools write it: `deposit_data-*.json`. */
export interface DepositFile {
  /** For people. */
  readonly name: string;
  readonly text: string;
}

/** More than any genesis of a devnet holds. */
const DEPOSITS_PER_FILE_MAX = 4096;
/** The deposit contract takes no more at once that fits its 64 bits; this keeps numbers exact. */
const AMOUNT_GWEI_MAX = 2 ** 40;
const CREDENTIALS_PREFIXES = ["0x00", "0x01", "0x02"];

/**
 * The validators that these deposits make, in the order of their first deposits; further deposits for a key are added to its balance.
 * @throws {InvalidValueError} for the first deposit that the chain would not take, naming its file and place
 */
export function validatorsOfDeposits(files: readonly DepositFile[], config: ChainForkConfig): GenesisValidator[] {
  const byPubkey = new Map<Pubkey, GenesisValidator>();
  for (const {name, text} of files) {
    for (const [i, entry] of entriesOf(name, text).entries()) {
      const deposit = readDeposit(`${name}, deposit ${i + 1}`, entry, config);
      const known = byPubkey.get(deposit.pubkey);
      const amountGwei = (known?.amountGwei ?? 0) + deposit.amountGwei;
      byPubkey.set(deposit.pubkey, {...(known ?? deposit), amountGwei});
    }
  }
  return [...byPubkey.values()];
}

type Fields = Readonly<Record<string, unknown>>;

function entriesOf(name: string, text: string): readonly Fields[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidValueError(`${name} is not JSON`);
  }
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  if (entries.length === 0 || entries.length > DEPOSITS_PER_FILE_MAX || !entries.every(isFields)) {
    throw new InvalidValueError(`${name} is not a list of 1 to ${DEPOSITS_PER_FILE_MAX} deposits`);
  }
  return entries;
}

const isFields = (entry: unknown): entry is Fields => typeof entry === "object" && entry !== null;

function readDeposit(where: string, fields: Fields, config: ChainForkConfig): GenesisValidator {
  const hex = (field: string, sizeBytes: number) => {
    const value = fields[field];
    return parseHex(typeof value === "string" ? `0x${value}` : value, sizeBytes, `${where}: ${field}`);
  };
  const pubkey = parsePubkey(hex("pubkey", 48), `${where}: pubkey`);
  const credentials = hex("withdrawal_credentials", 32);
  const {amount} = fields;
  if (!Number.isSafeInteger(amount) || Number(amount) < MIN_DEPOSIT_AMOUNT || Number(amount) > AMOUNT_GWEI_MAX) {
    throw new InvalidValueError(`${where}: amount must be a whole number of gwei from ${MIN_DEPOSIT_AMOUNT} up`);
  }
  if (!CREDENTIALS_PREFIXES.some((prefix) => credentials.startsWith(prefix))) {
    throw new InvalidValueError(`${where}: withdrawal_credentials must begin with 00, 01 or 02`);
  }
  const forkVersion = bytesToHex(config.GENESIS_FORK_VERSION);
  if (hex("fork_version", 4) !== forkVersion) {
    throw new InvalidValueError(
      `${where}: fork_version is another network's; for this one it is ${forkVersion.slice(2)} (mote deposit --network devnet)`,
    );
  }
  const publicKey = hexToBytes(pubkey);
  const message = {pubkey: publicKey, withdrawalCredentials: hexToBytes(credentials), amount: Number(amount)};
  const signature = hexToBytes(hex("signature", 96));
  const roots = {
    deposit_message_root: ssz.phase0.DepositMessage.hashTreeRoot(message),
    deposit_data_root: ssz.phase0.DepositData.hashTreeRoot({...message, signature}),
  };
  for (const [field, root] of Object.entries(roots)) {
    if (hex(field, 32) !== bytesToHex(root))
      throw new InvalidValueError(`${where}: ${field} is not that of its values`);
  }
  if (!isSigned(message, signature, config)) throw new InvalidValueError(`${where}: signature does not hold`);
  return {
    pubkey,
    publicKey,
    withdrawalCredentials: message.withdrawalCredentials,
    amountGwei: message.amount,
  };
}

type DepositMessage = Parameters<typeof ssz.phase0.DepositMessage.hashTreeRoot>[0];

/** phase0/beacon-chain.md#is_valid_deposit_signature */
function isSigned(message: DepositMessage, signature: Uint8Array, config: ChainForkConfig): boolean {
  const domain = computeDomain(DOMAIN_DEPOSIT, config.GENESIS_FORK_VERSION, new Uint8Array(32));
  const signingRoot = computeSigningRoot(ssz.phase0.DepositMessage, message, domain);
  let publicKey: PublicKey;
  try {
    publicKey = PublicKey.fromBytes(message.pubkey, true);
  } catch {
    return false;
  }
  return verifyOne({message: signingRoot, publicKeys: [publicKey], signature});
}
