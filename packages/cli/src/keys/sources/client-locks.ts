import {stat} from "node:fs/promises";
import {dirname, join} from "node:path";
import type {Clock} from "@mote/core";
import {HOLD_NAME, holdDirectory, ProtectionStoreLockedError} from "@mote/slashing-protection";
import {RefusedError} from "../../command/refused-error.ts";
import {CLIENT_NAMES} from "./client.ts";
import {isThere} from "./folder.ts";
import type {FoundSource} from "./found-source.ts";

/** Lodestar's lock is a folder that it touches every 5 s while it runs. Twice as long as it takes an old one for left over, for busy machines. */
const TOUCHED_WITHIN_MS = 20_000;

/**
 * A Mote holds its folder, and clients lock a keystore by `<keystore>.lock`. A lock that is touched means that the client signs now: what it exported before misses its newest
 * votes, so nothing is taken. Locks without such a sign may be left over from a crash.
 * @returns what to say about them, if anything
 * @throws {RefusedError} while the client runs
 */
export async function checkClientLocks(source: FoundSource, {clock}: {clock: Clock}): Promise<string | null> {
  await refuseWhileMoteRuns(new Set(source.keystores.map(({file}) => dirname(file))));
  const client = source.client === null ? "another client" : CLIENT_NAMES[source.client];
  let locked = 0;
  for (const {file} of source.keystores) {
    const lock = `${file}.lock`;
    const stats = await stat(lock).catch(() => null);
    if (stats === null) continue;
    if (stats.isDirectory() && clock.nowMs() - stats.mtimeMs < TOUCHED_WITHIN_MS) {
      throw new RefusedError(
        `${client} runs with these keystores, or did until seconds ago (${lock}): stop it for good, let it write what it has signed, and import again`,
      );
    }
    locked += 1;
  }
  if (locked === 0) return null;
  const are = locked === 1 ? "is" : "are";
  return `${locked} of these keystores ${are} locked by ${client}, which runs or did not end cleanly: make sure that it has stopped for good`;
}

/** A Mote holds the folder of its keystores. */
async function refuseWhileMoteRuns(folders: ReadonlySet<string>): Promise<void> {
  for (const folder of folders) {
    if (!(await isThere(join(folder, HOLD_NAME)))) continue;
    try {
      await (await holdDirectory(folder)).release();
    } catch (error) {
      // Whether somebody else's folder can be written is none of an import's business.
      if (!(error instanceof ProtectionStoreLockedError)) continue;
      throw new RefusedError(
        `a Mote runs with the keys in ${folder}: stop it for good, let mote slashing-protection export write what it has signed, and import again`,
      );
    }
  }
}
