import {type Log, type Pubkey, type Root, redactUrl, type SlashingProtection} from "@mote/core";
import {
  type LevelSlashingProtectionInit,
  openLevelSlashingProtection,
  ProtectionStoreError,
  ProtectionStoreMissingError,
} from "@mote/slashing-protection";
import type {ProtectionStoreChoice} from "./config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "./exit-error.ts";
import {openSharedProtection, type SharedProtectionComponents} from "./shared-protection.ts";

/** Half a day of mainnet. What is older is refused by the watermark, which never comes down. */
export const RETAIN_EPOCHS = 128;

export interface ProtectionInit {
  readonly store: ProtectionStoreChoice;
  readonly genesisValidatorsRoot: Root;
  /** A store that is not there is begun, and not refused. */
  readonly mayInit: boolean;
}

export interface OpenProtection {
  readonly store: SlashingProtection;
  /**
   * Reads ahead what decides the first votes of these keys.
   * @throws {ExitError} when the store turns out damaged
   */
  load(pubkeys: readonly Pubkey[]): Promise<void>;
}

/**
 * Opens the slashing protection. One in the data directory holds that directory against any other Mote.
 * @returns null when the start was called off
 * @throws {ExitError} when it cannot be relied on, or is not there and must not be begun
 */
export async function openProtection(
  init: ProtectionInit,
  components: SharedProtectionComponents,
): Promise<OpenProtection | null> {
  const {store, mayInit} = init;
  const {log} = components;
  try {
    const opened = await openStore(init, {mustExist: true}, components);
    if (opened !== null && mayInit)
      log.info(`${nameOf(store)} is there: --init-slashing-protection can be left out now`);
    return opened;
  } catch (error) {
    if (!(error instanceof ProtectionStoreMissingError)) throw asExit(error);
    if (!mayInit) throw new ExitError(missing(store), EXIT_NEEDS_HUMAN);
  }
  const opened = await needingHuman(openStore(init, {mustExist: false}, components));
  if (opened !== null) log.info(`${nameOf(store)} is new and knows nothing that was signed before`);
  return opened;
}

/** Null when the start was called off. */
async function openStore(
  {store, genesisValidatorsRoot}: ProtectionInit,
  {mustExist}: {readonly mustExist: boolean},
  components: SharedProtectionComponents,
): Promise<OpenProtection | null> {
  const init = {genesisValidatorsRoot, retainEpochs: RETAIN_EPOCHS, mustExist};
  if (store.kind === "level") return await openLevel({...init, path: store.path}, components);
  const {url, passwordFile} = store;
  const shared = await openSharedProtection({...init, url, passwordFile}, components);
  // Others may record in the meantime: there is nothing that could be read ahead.
  return shared === null ? null : {store: shared, load: async () => {}};
}

async function openLevel(init: LevelSlashingProtectionInit, {log}: {readonly log: Log}): Promise<OpenProtection> {
  const store = await openLevelSlashingProtection(init, {
    onWriteFailed: (failure) =>
      log.error("slashing protection cannot write; nothing is signed any more", {reason: failure.message}),
  });
  return {store, load: (pubkeys) => needingHuman(store.load(pubkeys))};
}

async function needingHuman<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asExit(error);
  }
}

const asExit = (error: unknown): unknown =>
  error instanceof ProtectionStoreError ? new ExitError(error.message, EXIT_NEEDS_HUMAN) : error;

const nameOf = (store: ProtectionStoreChoice): string =>
  `slashing protection at ${store.kind === "level" ? store.path : redactUrl(store.url)}`;

/** What a person has to know who lost a volume, and what one who has just begun. */
const missing = (store: ProtectionStoreChoice): string =>
  `there is no ${nameOf(store)}, so nobody knows what these keys have signed, and nothing is signed. ` +
  "Put it back if there was one; or import what the keys have signed (mote slashing-protection import <file>); " +
  "or, if they have never signed, or not for two whole epochs, start once with --init-slashing-protection";
