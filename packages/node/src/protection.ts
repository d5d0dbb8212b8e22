import {join} from "node:path";
import type {Log, Pubkey, Root} from "@mote/core";
import {
  type LevelSlashingProtection,
  openLevelSlashingProtection,
  ProtectionStoreError,
} from "@mote/slashing-protection";
import {EXIT_NEEDS_HUMAN, ExitError} from "./exit-error.ts";

/** Half a day of mainnet. What is older is refused by the watermark, which never comes down. */
const RETAIN_EPOCHS = 128;

/**
 * Opens the slashing protection of a data directory, which holds the directory against any other Mote.
 * @throws {ExitError} when it cannot be relied on
 */
export async function openProtection(
  {datadir, genesisValidatorsRoot}: {readonly datadir: string; readonly genesisValidatorsRoot: Root},
  {log}: {readonly log: Log},
): Promise<LevelSlashingProtection> {
  const path = join(datadir, "slashing-protection");
  return await needingHuman(
    openLevelSlashingProtection(
      {path, genesisValidatorsRoot, retainEpochs: RETAIN_EPOCHS},
      {
        onWriteFailed: (failure) =>
          log.error("slashing protection cannot write; nothing is signed any more", {reason: failure.message}),
      },
    ),
  );
}

/**
 * Reads ahead what decides the first votes of these keys.
 * @throws {ExitError} when the store turns out damaged
 */
export async function loadProtection(
  pubkeys: readonly Pubkey[],
  {protection}: {readonly protection: LevelSlashingProtection},
): Promise<void> {
  await needingHuman(protection.load(pubkeys));
}

async function needingHuman<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ProtectionStoreError) throw new ExitError(error.message, EXIT_NEEDS_HUMAN);
    throw error;
  }
}
