import {existsSync} from "node:fs";
import {
  type Clock,
  type Log,
  messageOf,
  type NewestRecords,
  type Pubkey,
  type RecordedEpoch,
  type Root,
  redactUrl,
  type SlashingProtection,
} from "@mote/core";
import {
  openLevelSlashingProtection,
  ProtectionStoreError,
  ProtectionStoreLockedError,
  ProtectionStoreMissingError,
  WrongChainError,
} from "@mote/slashing-protection";
import {isEmptyBeginning, type ProtectionStoreChoice} from "../config/index.ts";
import {RETAIN_EPOCHS, WRONG_CHAIN_ADVICE} from "../protection.ts";
import {openSharedProtection, type SharedProtectionInit} from "../shared-protection.ts";
import {type Finding, failure, fine, warning} from "./finding.ts";

const TITLE = "protection";
const KEYS_READ_MAX = 1_000;
const ANSWER_TIMEOUT_MS = 5_000;

export interface ProtectionInit {
  readonly store: ProtectionStoreChoice;
  /** Null when nobody has said yet which chain it is. */
  readonly genesisValidatorsRoot: Root | null;
  readonly pubkeys: readonly Pubkey[];
  /** The Mote that runs on this data directory holds the store. */
  readonly isRunning: boolean;
  /** `mote start` would begin one that is not there. */
  readonly mayInit: boolean;
}

/** Looks at what is on record. A store that a running Mote holds is left alone. */
export async function checkProtection(
  {store, genesisValidatorsRoot, pubkeys, isRunning, mayInit}: ProtectionInit,
  {clock}: {readonly clock: Clock},
): Promise<Finding> {
  const place = store.kind === "level" ? store.path : redactUrl(store.url);
  if (store.kind === "level" && !existsSync(store.path)) return missing(place, mayInit);
  if (isEmptyBeginning(store) && pubkeys.length > 0 && !isRunning && !mayInit) {
    const what = `${place} was begun when there were no keys, and mote start does not sign with those that have come since`;
    return failure(TITLE, what, `If they came with a volume, use the slashing protection that lies there. ${VOUCH}`);
  }
  if (store.kind === "level" && isRunning) return fine(TITLE, `${place} is in use by the Mote that runs here`);
  if (genesisValidatorsRoot === null) {
    return warning(
      TITLE,
      `${place} is there; no beacon node told which chain to compare it with`,
      "Start a beacon node, and run this again.",
    );
  }
  try {
    const newest = await readNewest({store, genesisValidatorsRoot, pubkeys}, clock);
    if (newest === null)
      return failure(TITLE, `${place} does not answer`, "Start its database: nothing is signed without it.");
    return judge(newest, pubkeys, place);
  } catch (error) {
    if (error instanceof ProtectionStoreMissingError) return missing(place, mayInit);
    if (error instanceof ProtectionStoreLockedError) {
      return failure(TITLE, `${place} is held by another process`, "Stop that one: a data directory is for one Mote.");
    }
    if (error instanceof WrongChainError) return failure(TITLE, error.message, `${WRONG_CHAIN_ADVICE}.`);
    if (!(error instanceof ProtectionStoreError)) throw error;
    return failure(TITLE, messageOf(error), "See docs/slashing-protection.md before you start Mote with these keys.");
  }
}

function missing(place: string, mayInit: boolean): Finding {
  if (mayInit) return fine(TITLE, `there is none at ${place} yet; mote start begins one, as it was told`);
  return failure(TITLE, `there is none at ${place} yet, and mote start does not sign without`, VOUCH);
}

const VOUCH =
  "Import what the keys have signed (mote slashing-protection import <file>); or, for keys that never signed, start once with --init-slashing-protection.";

/** Null when a shared database does not answer in time. */
async function readNewest(
  {
    store,
    genesisValidatorsRoot,
    pubkeys,
  }: {store: ProtectionStoreChoice; genesisValidatorsRoot: Root; pubkeys: readonly Pubkey[]},
  clock: Clock,
): Promise<readonly (NewestRecords | null)[] | null> {
  const init = {genesisValidatorsRoot, retainEpochs: RETAIN_EPOCHS, mustExist: true};
  const opened =
    store.kind === "level"
      ? await openLevelSlashingProtection({...init, path: store.path}, {})
      : await openInTime({...init, url: store.url, passwordFile: store.passwordFile}, clock);
  if (opened === null) return null;
  try {
    return await Promise.all(pubkeys.slice(0, KEYS_READ_MAX).map((pubkey) => opened.newest(pubkey)));
  } finally {
    await opened.close();
  }
}

/** Null when the database does not answer in time. */
async function openInTime(init: SharedProtectionInit, clock: Clock): Promise<SlashingProtection | null> {
  const giveUp = new AbortController();
  const cancel = clock.after(ANSWER_TIMEOUT_MS, () => giveUp.abort());
  try {
    return await openSharedProtection(init, {clock, log: SILENT, signal: giveUp.signal});
  } finally {
    cancel();
  }
}

const SILENT: Log = {error: () => {}, warn: () => {}, info: () => {}, debug: () => {}};

function judge(newest: readonly (NewestRecords | null)[], pubkeys: readonly Pubkey[], place: string): Finding {
  const known = newest.filter((records) => records !== null);
  const targets = known.flatMap(({targetEpoch}) => (targetEpoch === null ? [] : [targetEpoch]));
  const latest = targets.length === 0 ? "no vote on record" : `newest vote for epoch ${newestOf(targets)}`;
  const whose = pubkeys.length === 0 ? "" : `, ${known.length} of ${newest.length} keys known`;
  return fine(TITLE, `${place}: of this chain${whose}, ${latest}`);
}

/** Larger values than a number holds exactly are bigints, so `Math.max` is no use. */
function newestOf(epochs: readonly RecordedEpoch[]): RecordedEpoch | undefined {
  let newest = epochs[0];
  for (const epoch of epochs) if (newest === undefined || epoch > newest) newest = epoch;
  return newest;
}
