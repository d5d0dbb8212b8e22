import {readdirSync} from "node:fs";
import {join} from "node:path";
import type {SignedDeposit} from "@mote/duty-signing";
import {DiskTextFiles} from "@mote/node/config";
import type {StakingFacts} from "@mote/node/staking";
import {timestampedPath, writeJsonFile} from "../files/output-file.ts";

/** The version of the deposit tool whose format this is: launchpads refuse files of older ones. */
const FORMAT_VERSION = "2.8.0";

/** Of some ten thousand deposits. */
const FILE_SIZE_BYTES_MAX = 8 * 1024 * 1024;
const FILES_READ_MAX = 100;

const bare = (hex: string): string => hex.slice(2);

/** An entry as the launchpads read it: hex without 0x, the amount in Gwei as a number. */
export const depositEntry = (deposit: SignedDeposit, {genesisForkVersion, name}: StakingFacts) => ({
  pubkey: bare(deposit.pubkey),
  withdrawal_credentials: bare(deposit.withdrawalCredentials),
  amount: Number(deposit.amountGwei),
  signature: bare(deposit.signature),
  deposit_message_root: bare(deposit.depositMessageRoot),
  deposit_data_root: bare(deposit.depositDataRoot),
  fork_version: bare(genesisForkVersion),
  network_name: name,
  deposit_cli_version: FORMAT_VERSION,
});

/** @returns its path. @throws {RefusedError} when it cannot be written */
export async function writeDepositFile(
  deposits: readonly SignedDeposit[],
  facts: StakingFacts,
  {dir, unixSec, stop}: {readonly dir: string; readonly unixSec: number; readonly stop: AbortSignal},
): Promise<string> {
  const path = timestampedPath(dir, "deposit_data", unixSec);
  const entries = deposits.map((deposit) => depositEntry(deposit, facts));
  await writeJsonFile(entries, {path, mayReplace: false, stop});
  return path;
}

/** Names of deposit data files in `dir` that hold a deposit for one of these keys. What cannot be read is passed over. */
export function earlierDepositFiles(deposits: readonly SignedDeposit[], dir: string): readonly string[] {
  const pubkeys = new Set(deposits.map(({pubkey}) => bare(pubkey)));
  const names = namesIn(dir).filter((name) => /^deposit_data-\d+\.json$/.test(name));
  return names.slice(-FILES_READ_MAX).filter((name) => {
    try {
      const entries: unknown = JSON.parse(new DiskTextFiles().read(join(dir, name), FILE_SIZE_BYTES_MAX));
      return Array.isArray(entries) && entries.some((entry) => pubkeys.has(entry?.pubkey));
    } catch {
      return false;
    }
  });
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}
