import {resolve} from "node:path";
import type {ImportProgress, ImportReport, Root} from "@mote/core";
import {endEmptyBeginning, type ProtectionStoreChoice, type StoreConfig, storeOfGenesis} from "@mote/node/config";
import {SystemClock} from "@mote/node/system-clock";
import {ProtectionStoreMissingError, readInterchange} from "@mote/slashing-protection";
import {loadCommand} from "../command/load-command.ts";
import {type CommandIo, refuse} from "../command-io.ts";
import {ProgressLine} from "../screen/progress-line.ts";
import {IMPORT} from "./help.ts";
import {importProgressText} from "./import-progress.ts";
import {blockedWarnings, importText} from "./import-report.ts";
import {type InputFile, openInputFile} from "./input-file.ts";
import {buildStore} from "./new-store.ts";
import {
  type ChainChoice,
  chooseChain,
  nameOf,
  networkText,
  openStore,
  readNetworkRoot,
  readStoreRoot,
} from "./store.ts";

export async function importCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const loaded = loadCommand(IMPORT, argv, io);
  if (typeof loaded === "number") return loaded;
  const [path, ...others] = loaded.words;
  if (path === undefined) return refuse(io, ["which file? Give its path, or - for standard input"], IMPORT.name);
  if (others.length > 0) return refuse(io, ["one file at a time: import the others after it"], IMPORT.name);
  const file = await openInputFile(path === "-" ? path : resolve(io.workingDir, path), io);
  try {
    return await importFile(file, {...loaded, isJson: loaded.values.json}, io);
  } finally {
    await file.close();
  }
}

interface Import {
  readonly file: InputFile;
  readonly config: StoreConfig;
  readonly chain: ChainChoice;
}

async function importFile(
  file: InputFile,
  {config, isJson}: {readonly config: StoreConfig; readonly isJson: boolean},
  io: CommandIo,
): Promise<number> {
  const report = await takeInHistory(file, config, io);
  if (report.keys.length === 0) {
    io.stderr.write(
      "mote: the file has no keys in it: if it should have, it was exported from another place than the one that signed\n",
    );
  }
  for (const warning of blockedWarnings(report)) io.stderr.write(`mote: ${warning}\n`);
  io.stdout.write(isJson ? `${JSON.stringify(report)}\n` : importText(report, nameOf(config.protectionStore)));
  return 0;
}

/** All of the file, or nothing. A store that is not there is begun. @throws {RefusedError | ProtectionStoreError | InterchangeError} */
export async function takeInHistory(file: InputFile, config: StoreConfig, io: CommandIo): Promise<ImportReport> {
  const progress = new ProgressLine(
    {describe: (now: ImportProgress) => importProgressText(now, file.sizeBytes)},
    {stream: io.stderr, clock: new SystemClock()},
  );
  try {
    const chain = await chooseChain(config, {
      readNetworkRoot,
      readStoreRoot: () => readStoreRoot(config, {clock: new SystemClock()}),
      readFileRoot: () => rootOf(file, null, io.stop),
    });
    const protectionStore = storeOfGenesis(config.protectionStore, chain.genesisValidatorsRoot);
    const report = await importIntoStore({file, config: {...config, protectionStore}, chain}, progress, io);
    await endEmptyBeginning(protectionStore);
    return report;
  } finally {
    progress.clear();
  }
}

async function importIntoStore(
  what: Import,
  progress: ProgressLine<ImportProgress>,
  io: CommandIo,
): Promise<ImportReport> {
  const {file, config, chain} = what;
  const {genesisValidatorsRoot} = chain;
  const {protectionStore: store} = config;
  const importInto = async (choice: ProtectionStoreChoice, mustExist: boolean): Promise<ImportReport> => {
    const opened = await openStore(
      {...config, protectionStore: choice},
      {genesisValidatorsRoot, mustExist},
      {clock: new SystemClock()},
    );
    try {
      const source = untilStopped(file.read(), io.stop);
      return await opened.importInterchange(source, {onProgress: (now) => progress.show(now)});
    } finally {
      await opened.close();
    }
  };
  try {
    return await importInto(store, true);
  } catch (error) {
    if (!(error instanceof ProtectionStoreMissingError)) throw error;
  }
  // So that a file with a mistake begins nothing.
  if (chain.saidBy !== "file") await rootOf(file, genesisValidatorsRoot, io.stop);
  sayNew(what, io);
  if (store.kind === "postgres") return await importInto(store, false);
  return await buildStore(store.path, (path) => importInto({kind: "level", path}, false));
}

function sayNew({config, chain: {genesisValidatorsRoot, saidBy}}: Import, io: CommandIo): void {
  io.stderr.write(
    `mote: there is none at ${nameOf(config.protectionStore)} yet: a new slashing protection begins there\n`,
  );
  if (saidBy !== "file") return;
  const chain = `the chain that the file names, with genesis validators root ${genesisValidatorsRoot}`;
  io.stderr.write(
    `mote: ${networkText(config.network)} does not say which chain it is; the new store is of ${chain}\n`,
  );
}

/** The chain of a file that is sound from its beginning to its end. */
async function rootOf(file: InputFile, genesisValidatorsRoot: Root | null, stop: AbortSignal): Promise<Root> {
  const reading = readInterchange(untilStopped(file.read(), stop), {genesisValidatorsRoot});
  for (;;) {
    const step = await reading.next();
    if (step.done === true) return step.value.genesisValidatorsRoot;
  }
}

async function* untilStopped(source: AsyncIterable<Uint8Array>, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    stop.throwIfAborted();
    yield chunk;
  }
}
