import {join} from "node:path";
import type {Clock} from "@mote/core";
import {type RandomBytes, type RemoteKey, SystemRandomBytes} from "@mote/duty-signing";
import type {Closers} from "./closers.ts";
import {DiskTextFiles, networkName, type StartConfig} from "./config/index.ts";
import {FolderHolds} from "./folder-holds.ts";
import {FileKeySettings, KEY_SETTINGS_FILE_NAME} from "./keys/file-key-settings.ts";
import {REMOTE_KEYS_FILE_NAME, RemoteKeysFile} from "./keys/remote-keys-file.ts";
import type {LineLog} from "./log/line-log.ts";
import {FileProposerSettings} from "./proposer/file-proposer-settings.ts";
import {placeOf} from "./protection.ts";
import {SafetyExits} from "./safety/safety-exits.ts";
import {StatusReport} from "./status/status-report.ts";
import {DiskStateFiles, type StateFiles} from "./system/state-files.ts";
import {readVersion} from "./system/version.ts";

export interface PrepareComponents {
  readonly clock: Clock;
  readonly log: LineLog;
  /** Takes what has to be ended. */
  readonly closers: Closers;
}

/** What the data directory and the operator's files say. */
export interface Prepared {
  readonly exits: SafetyExits;
  readonly proposerSettings: FileProposerSettings;
  readonly keySettings: FileKeySettings;
  readonly remoteFile: RemoteKeysFile;
  /** Of that file. */
  readonly addedRemoteKeys: readonly RemoteKey[];
  readonly report: StatusReport;
  readonly files: StateFiles;
  readonly randomBytes: RandomBytes;
  readonly rssBytes: () => number;
}

/** All that can be settled without asking anyone. @throws {ExitError} when the node must not start like this */
export async function prepareNode(config: StartConfig, components: PrepareComponents): Promise<Prepared> {
  const {closers} = components;
  const {datadir} = config;
  const files = new DiskStateFiles();
  const exits = new SafetyExits(config, components);
  await exits.refuseAfterSlashing();
  const proposerSettings = new FileProposerSettings(config.proposers, {...components, files: new DiskTextFiles()});
  closers.add(async () => proposerSettings.stop());
  const holds = new FolderHolds(components);
  closers.add(() => holds.release());
  await holds.take(config);
  const remoteFile = new RemoteKeysFile({path: join(datadir, REMOTE_KEYS_FILE_NAME)}, {files});
  const addedRemoteKeys = await remoteFile.read();
  const keySettings = await FileKeySettings.open(
    {path: join(datadir, KEY_SETTINGS_FILE_NAME)},
    {fixed: proposerSettings, files},
  );
  const rssBytes = () => process.memoryUsage.rss();
  return {
    exits,
    proposerSettings,
    keySettings,
    remoteFile,
    addedRemoteKeys,
    report: newReport(config, {...components, rssBytes}),
    files,
    randomBytes: new SystemRandomBytes(),
    rssBytes,
  };
}

function newReport(
  config: StartConfig,
  components: {readonly clock: Clock; readonly rssBytes: () => number},
): StatusReport {
  const {network, datadir, protectionStore, distributed, doppelgangerProtection} = config;
  return new StatusReport(
    {
      version: readVersion(),
      pid: process.pid,
      network: networkName(network),
      datadir,
      startedMs: components.clock.nowMs(),
      protection: {kind: protectionStore.kind, place: placeOf(protectionStore)},
      distributed,
      doppelgangerProtection,
    },
    components,
  );
}
