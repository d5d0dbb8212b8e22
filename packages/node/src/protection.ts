import {dirname} from "node:path";
import {type Log, messageOf, type Pubkey, type Root, redactUrl, type SlashingProtection} from "@mote/core";
import {makeFolder, writeWhole} from "@mote/core/durable-files";
import {
  type LevelSlashingProtectionInit,
  openLevelSlashingProtection,
  ProtectionStoreError,
  ProtectionStoreMissingError,
  WrongChainError,
} from "@mote/slashing-protection";
import {
  emptyBeginningPath,
  endEmptyBeginning,
  isEmptyBeginning,
  type ProtectionStoreChoice,
  storedGeneses,
  storeOfGenesis,
} from "./config/index.ts";
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

export interface ProtectionComponents extends SharedProtectionComponents {
  /** Asked when there is no store: without keys there is nothing that it could have held. */
  readonly hasKeys: () => Promise<boolean>;
}

export interface OpenProtection {
  readonly store: SlashingProtection;
  /**
   * Reads ahead what decides the first votes of these keys.
   * @throws {ExitError} when the store turns out damaged
   */
  load(pubkeys: readonly Pubkey[]): Promise<void>;
  /** The operator brings keys, or the first of them: that the store began without any says nothing against those of the next start. */
  keysBrought(): Promise<void>;
}

/**
 * Opens the slashing protection. One in the data directory holds that directory against any other Mote.
 * @returns null when the start was called off
 * @throws {ExitError} when it cannot be relied on, or is not there and must not be begun
 */
export async function openProtection(
  init: ProtectionInit,
  components: ProtectionComponents,
): Promise<OpenProtection | null> {
  const {log} = components;
  // A network that began anew: what was signed on the chain before cannot conflict with anything on this one.
  const geneses = await storedGeneses(init.store);
  const isNextGenesis = geneses.length > 0 && !geneses.includes(init.genesisValidatorsRoot);
  const store = storeOfGenesis(init.store, init.genesisValidatorsRoot);
  const mayInit = init.mayInit || isNextGenesis;
  try {
    const opened = await openStore({...init, store}, {mustExist: true}, components);
    if (opened !== null) await refuseStrangeKeys({...init, store}, opened, components);
    if (opened !== null && init.mayInit)
      log.info(`${nameOf(store)} is there: --init-slashing-protection can be left out now`);
    return opened;
  } catch (error) {
    if (!(error instanceof ProtectionStoreMissingError)) throw asExit(error);
    if (!mayInit && !(await isWithoutKeys(store, components))) throw new ExitError(missing(store), EXIT_NEEDS_HUMAN);
  }
  // First the mark: a store without it is taken for one that has known its keys from the beginning.
  if (mayInit) await endEmptyBeginning(store);
  else await markEmptyBeginning(store);
  const opened = await needingHuman(openStore({...init, store}, {mustExist: false}, components));
  if (opened !== null) log.info(`${nameOf(store)} is new and knows nothing that was signed before`);
  return opened;
}

/**
 * Keys in front of a store that was begun because there were none: on a volume, say, that was not mounted then.
 * @throws {ExitError} unless the operator vouches for them
 */
async function refuseStrangeKeys(
  {store, mayInit}: ProtectionInit,
  opened: OpenProtection,
  {hasKeys}: ProtectionComponents,
): Promise<void> {
  if (!isEmptyBeginning(store)) return;
  if (mayInit) return await endEmptyBeginning(store);
  if (!(await hasKeys())) return;
  await opened.store.close();
  throw new ExitError(strange(store), EXIT_NEEDS_HUMAN);
}

async function markEmptyBeginning(store: ProtectionStoreChoice): Promise<void> {
  const path = emptyBeginningPath(store);
  if (path === null) return;
  try {
    await makeFolder(dirname(path));
    await writeWhole(path, "Mote began this slashing protection when it had no keys.\n");
  } catch (error) {
    throw new ExitError(`${nameOf(store)} cannot be begun: ${messageOf(error)}`, EXIT_NEEDS_HUMAN);
  }
}

/** A shared store that is lost is the loss of other Motes too, whatever keys this one has. */
const isWithoutKeys = async (store: ProtectionStoreChoice, {hasKeys}: ProtectionComponents): Promise<boolean> =>
  store.kind === "level" && !(await hasKeys());

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
  return shared === null ? null : {store: shared, load: async () => {}, keysBrought: async () => {}};
}

async function openLevel(init: LevelSlashingProtectionInit, {log}: {readonly log: Log}): Promise<OpenProtection> {
  const store = await openLevelSlashingProtection(init, {
    onWriteFailed: (failure) =>
      log.error(
        "slashing protection cannot write; nothing is signed any more: see to the disk, then start Mote again",
        {reason: failure.message},
      ),
  });
  return {
    store,
    load: (pubkeys) => needingHuman(store.load(pubkeys)),
    keysBrought: () => endEmptyBeginning({kind: "level", path: init.path}),
  };
}

async function needingHuman<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asExit(error);
  }
}

function asExit(error: unknown): unknown {
  if (!(error instanceof ProtectionStoreError)) return error;
  const advice = error instanceof WrongChainError ? `. ${WRONG_CHAIN_ADVICE}` : "";
  return new ExitError(error.message + advice, EXIT_NEEDS_HUMAN);
}

/** What a person does whose records are of another chain. */
export const WRONG_CHAIN_ADVICE =
  "Check --network and the beacon nodes; a chain that began anew needs a data directory of its own (--datadir)";

/** A path, or a redacted URL. */
export const placeOf = (store: ProtectionStoreChoice): string =>
  store.kind === "level" ? store.path : redactUrl(store.url);

const nameOf = (store: ProtectionStoreChoice): string => `slashing protection at ${placeOf(store)}`;

/** What a person has to know who lost a volume, and what one who has just begun. */
const missing = (store: ProtectionStoreChoice): string =>
  `there is no ${nameOf(store)}, so nobody knows what these keys have signed, and nothing is signed. ` +
  `Put it back if there was one; or ${VOUCH}`;

const strange = (store: ProtectionStoreChoice): string =>
  `${nameOf(store)} was begun when there were no keys, so it does not know what the keys that are here now have signed, and nothing is signed. ` +
  `If they came with a volume, look there for the slashing protection that they were used with; or ${VOUCH}`;

const VOUCH =
  "import what the keys have signed (mote slashing-protection import <file>); " +
  "or, if they have never signed, or not for two whole epochs, start once with --init-slashing-protection";
