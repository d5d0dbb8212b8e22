import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import type {Clock} from "@mote/core";
import type {KeyFolder} from "@mote/duty-signing";
import {DiskTextFiles, loadStoreConfig, type STORE_OPTIONS} from "@mote/node/config";
import type {KeysContext} from "../../../src/keys/context.ts";
import {openKeysContext} from "../../../src/keys/open-context.ts";
import type {FOLDER_OPTIONS} from "../../../src/keys/options.ts";
import {nearest} from "../../../src/nearest.ts";
import {storeFailure} from "../../../src/slashing-protection/store-failure.ts";
import {memoryIo} from "../../support/memory-io.ts";
import {ScriptedPrompter} from "./scripted-prompter.ts";

export const NOW_MS = 1_700_000_000_000;
const clock: Clock = {nowMs: () => NOW_MS, after: () => () => {}};

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly asked: readonly string[];
}

export interface RunOptions {
  readonly answers?: readonly (string | boolean)[];
  readonly isInteractive?: boolean;
  readonly stop?: AbortSignal;
  /** Of the terminal that shows the result. Default: it goes into a file. */
  readonly columns?: number;
  /** Default: `--network devnet`. */
  readonly chain?: readonly string[];
  /** Stands in for the folder on disk. */
  readonly folder?: (folder: KeyFolder) => KeyFolder;
}

/** A temporary home in which commands about keys run as from the command line, with somebody to answer. */
export class KeysRoom {
  readonly dir = mkdtempSync(join(tmpdir(), "mote-keys-"));
  readonly keystoresDir = join(this.dir, "data/validator_keys");
  readonly secretsDir = join(this.dir, "data/secrets");

  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  write(path: string, text: string, mode = 0o600): string {
    const file = this.path(path);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  }

  /** Names in the folder of keystores. */
  get keystores(): readonly string[] {
    return existsSync(this.keystoresDir) ? readdirSync(this.keystoresDir).filter((name) => name !== ".mote-lock") : [];
  }

  secret(pubkey: string): string {
    return readFileSync(join(this.secretsDir, pubkey), "utf8");
  }

  async run<T extends typeof FOLDER_OPTIONS & typeof STORE_OPTIONS>(
    {table, command}: {readonly table: T; readonly command: (context: KeysContext<T>) => Promise<number>},
    argv: readonly string[],
    {
      answers = [],
      isInteractive = answers.length > 0,
      stop = new AbortController().signal,
      columns,
      chain,
      folder,
    }: RunOptions = {},
  ): Promise<Ran> {
    const {io, stdout, stderr} = memoryIo({workingDir: this.dir, homeDir: this.dir, stop, columns});
    const words = [...(chain ?? ["--network", "devnet"]), "--datadir", "data", ...argv];
    const loaded = loadStoreConfig(
      table,
      {...io, argv: words},
      {files: new DiskTextFiles(), nearest},
      {allowWords: true},
    );
    if (loaded.kind === "refused") throw new Error(loaded.problems.join("; "));
    const {config, values, absolute} = loaded;
    const prompter = new ScriptedPrompter(answers, {isInteractive});
    const {network, datadir} = config;
    const context = openKeysContext<T>({
      io,
      values,
      words: loaded.words,
      config,
      network,
      datadir,
      beaconNodes: [],
      prompter,
      clock,
      absolute,
    });
    const withFolder = folder === undefined ? context : {...context, folder: folder(context.folder)};
    const status = await command(withFolder).catch((error: Error & {exitCode?: number}) => {
      const failure = storeFailure(error);
      io.stderr.write(`mote: ${failure?.text ?? error.message}\n`);
      return failure?.exitCode ?? error.exitCode ?? 1;
    });
    if (status === 0) prompter.done();
    return {status, stdout: stdout(), stderr: stderr(), asked: prompter.asked};
  }

  clear(): void {
    rmSync(this.dir, {recursive: true, force: true});
  }
}
