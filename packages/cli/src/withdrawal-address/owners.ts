import type {ValidatorIndex} from "@mote/core";
import {deriveSigningKey, deriveWithdrawalKey} from "@mote/duty-signing";
import type {OperatorClient, ValidatorDetails} from "@mote/node/operator";
import {blsWithdrawalCredentials, checksumAddress, withdrawalAddressOf} from "@mote/node/staking";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import type {SecretKey} from "../keys/folder-keys.ts";
import {mnemonicSeed} from "../keys/mnemonic-seed.ts";
import type {WITHDRAWAL_ADDRESS_OPTIONS} from "./options.ts";
import {withdrawalKeystore} from "./withdrawal-keystore.ts";

export type ChangeContext = OperatorContext<typeof WITHDRAWAL_ADDRESS_OPTIONS>;

/** A validator whose address is to be named. */
export interface Owner {
  readonly validatorIndex: ValidatorIndex;
  /** The withdrawal key. */
  readonly secretKey: SecretKey;
}

/** A withdrawal key, and what the chain has of the validator that it should belong to. */
interface Claim {
  readonly secretKey: SecretKey;
  readonly details: ValidatorDetails | undefined;
  /** What to say when the chain has none. */
  readonly whenUnknown: string;
}

/** Finds the validators of withdrawal keys that were read before. */
export type FindOwners = (operator: OperatorClient) => Promise<readonly Owner[]>;

/** The one validator that the operator says the key belongs to; the chain is not asked. */
export async function ownerByIndex(validatorIndex: ValidatorIndex, context: ChangeContext): Promise<Owner> {
  const secretKey =
    context.values.withdrawalKeystore === null
      ? ((await mnemonicKeys(context)) as [MnemonicKey])[0].withdrawalKey
      : await keystoreKey(context);
  return {validatorIndex, secretKey};
}

/**
 * Reads the withdrawal keys, which may mean to ask for them.
 * @returns finds their validators. It throws a {@link RefusedError} for those that cannot be changed, all reasons together
 */
export async function readOwners(context: ChangeContext): Promise<FindOwners> {
  if (context.values.withdrawalKeystore === null) {
    const keys = await mnemonicKeys(context);
    return async (operator) => claimed(await mnemonicClaims(keys, operator), context);
  }
  const secretKey = await keystoreKey(context);
  const index = context.values.validatorIndex as ValidatorIndex;
  return async (operator) => claimed([await keystoreClaim({index, secretKey}, operator)], context);
}

function claimed(claims: readonly Claim[], {io}: ChangeContext): readonly Owner[] {
  const problems: string[] = [];
  const owners: Owner[] = [];
  for (const {secretKey, details, whenUnknown} of claims) {
    const problem = details === undefined ? whenUnknown : problemOf(details, secretKey);
    if (details === undefined || problem !== null) {
      problems.push(problem ?? whenUnknown);
      continue;
    }
    const {index, pubkey} = details;
    io.stderr.write(`  validator ${index}  ${pubkey}\n    from the withdrawal key ${secretKey.pubkey}\n`);
    owners.push({validatorIndex: index, secretKey});
  }
  if (problems.length > 0) throw new RefusedError(`nothing was done:\n  ${problems.join("\n  ")}`);
  return owners;
}

function problemOf({index, withdrawalCredentials}: ValidatorDetails, {pubkey}: SecretKey): string | null {
  const present = withdrawalAddressOf(withdrawalCredentials);
  if (present !== null)
    return `validator ${index} has the address ${checksumAddress(present)} already, and it can never be changed`;
  if (withdrawalCredentials === blsWithdrawalCredentials(pubkey)) return null;
  return `validator ${index} belongs to another withdrawal key than ${pubkey}`;
}

interface MnemonicKey {
  readonly keyIndex: number;
  readonly signingKey: SecretKey;
  readonly withdrawalKey: SecretKey;
}

async function mnemonicKeys(context: ChangeContext): Promise<readonly MnemonicKey[]> {
  const seed = await mnemonicSeed(context);
  try {
    return (context.values.indices ?? [0]).map((keyIndex) => ({
      keyIndex,
      signingKey: deriveSigningKey(seed, keyIndex),
      withdrawalKey: deriveWithdrawalKey(seed, keyIndex),
    }));
  } finally {
    seed.fill(0);
  }
}

async function mnemonicClaims(keys: readonly MnemonicKey[], operator: OperatorClient): Promise<readonly Claim[]> {
  const found = await operator.validators(keys.map(({signingKey}) => signingKey.pubkey));
  const byPubkey = new Map(found.map((each) => [each.pubkey, each]));
  return keys.map(({keyIndex, signingKey: {pubkey}, withdrawalKey}) => ({
    secretKey: withdrawalKey,
    details: byPubkey.get(pubkey),
    whenUnknown: `key ${keyIndex} of the mnemonic (${pubkey}) is no validator of this chain: is it another mnemonic, passphrase or --indices?`,
  }));
}

async function keystoreKey({values, absolute, prompter}: ChangeContext): Promise<SecretKey> {
  const {withdrawalKeystore: file, passwordFile} = values;
  return await withdrawalKeystore(
    {file: absolute(file as string), passwordFile: passwordFile === null ? null : absolute(passwordFile)},
    {prompter},
  );
}

async function keystoreClaim(
  {index, secretKey}: {readonly index: ValidatorIndex; readonly secretKey: SecretKey},
  operator: OperatorClient,
): Promise<Claim> {
  const [details] = await operator.validatorsByIndex([index]);
  return {secretKey, details, whenUnknown: `there is no validator ${index} on this chain`};
}
