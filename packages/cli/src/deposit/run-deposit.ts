import {hexToBytes} from "@mote/core";
import {deriveSigningKey, type SignedDeposit, type StoredKey, signDeposit} from "@mote/duty-signing";
import {
  checkDepositAmount,
  checksumAddress,
  depositRequest,
  formatEth,
  type StakingFacts,
  stakingFacts,
  withdrawalAddressOf,
  withdrawalCredentialsOf,
} from "@mote/node/staking";
import {openOperator} from "../command/open-operator.ts";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import {counted, say} from "../command/say.ts";
import {keySourceOf, type SecretKey, storedKeys, unlockStored} from "../keys/folder-keys.ts";
import {mnemonicSeed} from "../keys/mnemonic-seed.ts";
import {selectKeys} from "../keys/select-keys.ts";
import {writeTransactions} from "../requests/transactions.ts";
import {withdrawalAddress} from "../withdrawal-address/choose-address.ts";
import {depositEntry, earlierDepositFiles, writeDepositFile} from "./deposit-file.ts";
import type {DEPOSIT_OPTIONS} from "./options.ts";
import {checkPaidInEth} from "./paid-in-eth.ts";

type DepositContext = OperatorContext<typeof DEPOSIT_OPTIONS>;

const ACTIVATION_GWEI = 32_000_000_000n;

export async function runDeposit(context: DepositContext): Promise<number> {
  const {values, network, io, prompter} = context;
  checkTogether(context);
  const facts = stakingFacts(network);
  if (values.asTransactions) checkPaidInEth(facts, `make the file, and use ${facts.launchpadUrl}`);
  const amountGwei = checkDepositAmount(values.amount);
  // Before anything is asked; opening the keys, which may take a while, comes after it.
  const stored = values.fromMnemonic ? [] : await chosenKeys(context);
  const address = await withdrawalAddress(
    {
      given: values.withdrawalAddress,
      flag: "--withdrawal-address",
      yes: values.yes,
      depositContract: facts.depositContract,
    },
    {prompter, say: (line) => say(io, line)},
  );
  const secretKeys = values.fromMnemonic ? await mnemonicKeys(context) : await opened(stored, context);
  await checkNotDeposited(secretKeys, context);
  const genesisForkVersion = hexToBytes(facts.genesisForkVersion);
  const withdrawalCredentials = withdrawalCredentialsOf(address, values.compounding ? "0x02" : "0x01");
  const deposits = secretKeys.map((secretKey) =>
    signDeposit({secretKey, withdrawalCredentials, amountGwei, genesisForkVersion}),
  );
  for (const note of notesOn(amountGwei, context, facts)) say(io, `note: ${note}`);
  return values.asTransactions ? showTransactions(deposits, facts, context) : await writeFile(deposits, facts, context);
}

function checkTogether({values, words}: DepositContext): void {
  const {fromMnemonic, indices, mnemonicFile, passphraseFile, passphrase, asTransactions, qr, to} = values;
  if (fromMnemonic && indices === null)
    throw new RefusedError("--from-mnemonic: which keys of it? Give --indices 0-9, or 3,5");
  if (fromMnemonic && words.length > 0)
    throw new RefusedError("with --from-mnemonic the keys are named by --indices, not by public keys");
  if (!fromMnemonic && (indices !== null || mnemonicFile !== null || passphraseFile !== null || passphrase)) {
    throw new RefusedError(
      "--indices, --mnemonic-file and the passphrase are for --from-mnemonic: add it, or leave them out",
    );
  }
  if (qr && !asTransactions) throw new RefusedError("--qr is for --as-transactions");
  if (to !== null && asTransactions) throw new RefusedError("--to: --as-transactions writes no file");
}

async function chosenKeys(context: DepositContext): Promise<readonly StoredKey[]> {
  const source = keySourceOf(context);
  const stored = await storedKeys(source);
  const enabled = stored.filter(({isEnabled}) => isEnabled);
  const {words} = context;
  if ((words.length === 0 ? enabled : stored).length === 0)
    throw new RefusedError(`there are no keystores in ${source.keystoresDir}: make keys with mote keys new first`);
  if (words.length > 0) return selectKeys(stored, {words, all: false});
  if (enabled.length > 1)
    say(context.io, `deposits for all ${enabled.length} keys of the folder; name public keys to choose some`);
  return enabled;
}

async function opened(stored: readonly StoredKey[], context: DepositContext): Promise<readonly SecretKey[]> {
  const unlocked = await unlockStored(stored, keySourceOf(context), context);
  return [...unlocked.values()];
}

async function mnemonicKeys(context: DepositContext): Promise<readonly SecretKey[]> {
  const seed = await mnemonicSeed(context);
  try {
    return (context.values.indices ?? []).map((index) => deriveSigningKey(seed, index));
  } finally {
    seed.fill(0);
  }
}

/** A second deposit for a key is the mistake that costs most: it only adds to the validator that is there. */
async function checkNotDeposited(secretKeys: readonly SecretKey[], context: DepositContext): Promise<void> {
  const operator = await openOperator(context);
  if (operator === null) return;
  try {
    const known = await operator.validators(secretKeys.map(({pubkey}) => pubkey));
    if (known.length === 0) return;
    const names = known.map(({pubkey, index}) => `${pubkey} is validator ${index} already`);
    throw new RefusedError(
      `${names.join("\nmote: ")}\nmote: a second deposit would only add to it: leave it out, or use mote top-up`,
    );
  } finally {
    operator.close();
  }
}

function notesOn(amountGwei: bigint, {values}: DepositContext, facts: StakingFacts): string[] {
  const notes: string[] = [];
  if (amountGwei < ACTIVATION_GWEI)
    notes.push(
      `a validator works from 32 ETH on: it waits until mote top-up adds the ${formatEth(ACTIVATION_GWEI - amountGwei)} ETH that are missing`,
    );
  if (amountGwei > ACTIVATION_GWEI && !values.compounding) {
    notes.push(
      `without --compounding only 32 ETH work, and the other ${formatEth(amountGwei - ACTIVATION_GWEI)} ETH are paid out again`,
    );
  }
  if (facts.depositsArePaidIn === "GNO")
    notes.push(`on ${facts.name} 1 GNO is deposited for each 32 that the file says`);
  return notes;
}

function showTransactions(
  deposits: readonly SignedDeposit[],
  facts: StakingFacts,
  {values, io}: DepositContext,
): number {
  const transactions = deposits.map((deposit) => ({
    request: depositRequest(deposit, facts.depositContract),
    from: null,
    fromNote: "any address of yours",
    feeNote: null,
  }));
  const {json, qr} = values;
  writeTransactions(transactions, {chainId: facts.executionChainId, json, qr}, io);
  say(io, "nothing was sent. Send each of them once only: a second one would add to the same validator.");
  return 0;
}

async function writeFile(
  deposits: readonly SignedDeposit[],
  facts: StakingFacts,
  context: DepositContext,
): Promise<number> {
  const {values, io, clock, absolute} = context;
  const dir = values.to === null ? keySourceOf(context).keystoresDir : absolute(values.to);
  const unixSec = Math.floor(clock.nowMs() / 1000);
  const earlier = earlierDepositFiles(deposits, dir);
  const path = await writeDepositFile(deposits, facts, {dir, unixSec, stop: io.stop});
  if (values.json)
    io.stdout.write(`${JSON.stringify({file: path, deposits: deposits.map((each) => depositEntry(each, facts))})}\n`);
  else io.stdout.write(`${path}\n`);
  const [first] = deposits;
  const to = first === undefined ? null : withdrawalAddressOf(first.withdrawalCredentials);
  const kind = values.compounding ? "0x02, compounding" : "0x01";
  say(
    io,
    `${counted(deposits.length, "deposit")} of ${formatEth(values.amount)} ETH${deposits.length > 1 ? " each" : ""}, to be paid out to ${to === null ? "nobody" : checksumAddress(to)} (${kind})`,
  );
  if (earlier.length > 0) {
    say(
      io,
      `note: ${earlier.join(", ")} in ${dir} has deposits of these keys too: hand over one file only, as a second deposit would only add to the same validator`,
    );
  }
  for (const line of nextSteps(path, facts, context)) say(io, line);
  return 0;
}

function nextSteps(path: string, {launchpadUrl, name}: StakingFacts, {network}: DepositContext): string[] {
  if (network.kind === "devnet") {
    return [
      `next: mote devnet --genesis-deposits ${path} --api-port 5052`,
      "it is for Mote's own devnet: for a devnet of other software, make it with --testnet-dir",
    ];
  }
  const waiting = "start Mote with these keys before the validators become active, and keep it running: mote start";
  if (launchpadUrl !== null)
    return [`next: hand the file to ${launchpadUrl}, and look there that the address is yours`, waiting];
  return [
    `next: ${name} has no launchpad that Mote knows; mote deposit --as-transactions makes the transactions for a wallet`,
    waiting,
  ];
}
