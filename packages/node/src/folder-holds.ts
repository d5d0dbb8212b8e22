import {mkdir, realpath} from "node:fs/promises";
import {type Log, messageOf} from "@mote/core";
import {
  type DirectoryHold,
  holdDirectory,
  ProtectionStoreError,
  ProtectionStoreLockedError,
  ProtectionStoreNotWritableError,
} from "@mote/slashing-protection";
import type {StartConfig} from "./config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "./exit-error.ts";

interface HeldFolder {
  readonly path: string;
  /** How an error names what another Mote does there. */
  readonly otherMote: string;
}

/** The folders that two Motes must not share. A slashing protection of LevelDB holds the data directory by itself. */
export class FolderHolds {
  readonly #holds: DirectoryHold[] = [];
  readonly #log: Log;

  constructor(components: {readonly log: Log}) {
    this.#log = components.log;
  }

  /** @throws {ExitError} when another Mote holds one of them */
  async take({
    datadir,
    keys,
    keymanager,
    protectionStore,
  }: Pick<StartConfig, "datadir" | "keys" | "keymanager" | "protectionStore">): Promise<void> {
    const folders: HeldFolder[] = [];
    if (protectionStore.kind !== "level") {
      await mkdir(datadir, {recursive: true}).catch((error: unknown) => this.#warn(datadir, error));
      folders.push({path: datadir, otherMote: `another Mote runs on this data directory: ${datadir} is locked`});
    }
    if (keys.kind === "keystores") {
      const {keystoresDir} = keys;
      // Keys may come while Mote runs: then the folder is held before there is one.
      if (keymanager !== null)
        await mkdir(keystoresDir, {recursive: true, mode: 0o700}).catch((error: unknown) =>
          this.#warn(keystoresDir, error),
        );
      folders.push({
        path: keystoresDir,
        otherMote: `another Mote signs with the keys in ${keystoresDir}: only one may, so stop that one first`,
      });
    }
    const names = new Set<string>();
    for (const folder of folders) {
      // What is not there is no folder to hold; who needs it says so.
      const name = await realpath(folder.path).catch(() => null);
      if (name === null || names.has(name)) continue;
      names.add(name);
      await this.#take(folder);
    }
  }

  async release(): Promise<void> {
    await Promise.all(this.#holds.splice(0).map((hold) => hold.release()));
  }

  async #take({path, otherMote}: HeldFolder): Promise<void> {
    try {
      this.#holds.push(await holdDirectory(path));
    } catch (error) {
      if (error instanceof ProtectionStoreNotWritableError) return this.#warn(path, error);
      if (error instanceof ProtectionStoreLockedError) throw new ExitError(otherMote, EXIT_NEEDS_HUMAN);
      if (error instanceof ProtectionStoreError) throw new ExitError(error.message, EXIT_NEEDS_HUMAN);
      throw error;
    }
  }

  #warn(path: string, error: unknown): void {
    const reason = messageOf(error);
    this.#log.warn(`${path} cannot be held: a second Mote that uses it would not be noticed`, {reason});
  }
}
