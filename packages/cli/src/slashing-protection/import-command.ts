import {resolve} from "node:path";
import type {ImportReport, Root} from "@mote/core";
import {DiskTextFiles, loadStoreConfig, type ProtectionStoreChoice, type StoreConfig} from "@mote/node/config";
import {SystemClock} from "@mote/node/system-clock";
import {ProtectionStoreMissingError, readInterchange} from "@mote/slashing-protection";
import {type CommandIo, refuse} from "../command-io.ts";
import {nearest} from "../nearest.ts";
import {importHelp} from "./help.ts";
import {blockedWarnings, importText} from "./import-report.ts";
import {type InputFile, openInputFile} from "./input-file.ts";
import {buildStore} from "./new-store.ts";
import {IMPORT_OPTIONS, splitWords} from "./options.ts";
import {ProgressLine} from "./progress-line.ts";
import {
  type ChainChoice,
  chooseChain,
  nameOf,
  networkText,
  openStore,
  readNetworkRoot,
  readStoreRoot,
} from "./store.ts";

const NAME = "mote slashing-protection import";

export async function importCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    io.stdout.write(importHelp());
    return 0;
  }
  const {words, flags} = splitWords(IMPORT_OPTIONS, argv);
  const loaded = loadStoreConfig(IMPORT_OPTIONS, {...io, argv: flags}, {files: new DiskTextFiles(), nearest});
  for (const warning of loaded.warnings) io.stderr.write(`mote: ${warning}\n`);
  const problems = loaded.kind === "refused" ? [...loaded.problems] : [];
  const [path] = words;
  if (path === undefined) problems.push("which file? Give its path, or - for standard input");
  if (words.length > 1) problems.push("one file at a time: import the others after it");
  if (loaded.kind === "refused" || problems.length > 0 || path === undefined) return refuse(io, problems, NAME);
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
  const progress = new ProgressLine({fileSizeBytes: file.sizeBytes}, {stream: io.stderr, clock: new SystemClock()});
  try {
    const chain = await chooseChain(config, {
      readNetworkRoot,
      readStoreRoot: () => readStoreRoot(config, {clock: new SystemClock()}),
      readFileRoot: () => rootOf(file, null, io.stop),
    });
    const report = await importIntoStore({file, config, chain}, progress, io);
    progress.clear();
    if (report.keys.length === 0) {
      io.stderr.write(
        "mote: the file has no keys in it: if it should have, it was exported from another place than the one that signed\n",
      );
    }
    for (const warning of blockedWarnings(report)) io.stderr.write(`mote: ${warning}\n`);
    io.stdout.write(isJson ? `${JSON.stringify(report)}\n` : importText(report, nameOf(config.protectionStore)));
    return 0;
  } finally {
    progress.clear();
  }
}

async function importIntoStore(what: Import, progress: ProgressLine, io: CommandIo): Promise<ImportReport> {
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
