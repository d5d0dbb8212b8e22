import {type Clock, type Log, type Root, redactUrl, type SlashingProtection, sleep} from "@mote/core";
import {ProtectionStoreUnreachableError} from "@mote/slashing-protection";

const RETRY_PAUSE_MS = 2_000;

export interface SharedProtectionInit {
  readonly url: string;
  readonly passwordFile: string | null;
  readonly genesisValidatorsRoot: Root;
  readonly retainEpochs: number;
  readonly mustExist: boolean;
}

export interface SharedProtectionComponents {
  readonly log: Log;
  readonly clock: Clock;
  /** Aborted to give up waiting. */
  readonly signal: AbortSignal;
}

/**
 * Opens the slashing protection that several Motes share, and waits for its database as long as it takes.
 * @returns null when `signal` was aborted first
 * @throws {ProtectionStoreError} when waiting would not help
 */
export async function openSharedProtection(
  init: SharedProtectionInit,
  components: SharedProtectionComponents,
): Promise<SlashingProtection | null> {
  const {log, clock, signal} = components;
  const name = `the slashing protection's database ${redactUrl(init.url)}`;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      const store = await open(init, {name, log});
      if (!isFirst) log.info(`${name} answers`);
      return store;
    } catch (error) {
      if (!(error instanceof ProtectionStoreUnreachableError) || !mayPass(error)) throw error;
      if (isFirst) log.warn(`${name} does not answer yet: waiting for it`, {reason: error.message});
    }
    await sleep(clock, RETRY_PAUSE_MS, signal);
  }
  return null;
}

async function open(
  {passwordFile, ...init}: SharedProtectionInit,
  {name, log}: {readonly name: string; readonly log: Log},
): Promise<SlashingProtection> {
  // Loaded only when asked for.
  const {openPostgresSlashingProtection} = await import("@mote/slashing-protection/postgres");
  return await openPostgresSlashingProtection(
    {...init, passwordFile: passwordFile ?? undefined},
    {
      onStateChange: (state) => {
        if (state.kind === "available") log.info(`${name} can be used again`);
        else log.error(`${name} cannot be used; nothing is signed until it can`, {reason: state.reason});
      },
    },
  );
}

/**
 * No answer at all, or one of a server that is starting, stopping or full. All others (a wrong password, no such database) need a person.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const mayPass = ({sqlState}: ProtectionStoreUnreachableError): boolean =>
  sqlState === null || /^(08|40|53|57)/.test(sqlState);
