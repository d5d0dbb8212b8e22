import {join, resolve as resolvePath} from "node:path";
import {CONFIG_FILE_SIZE_BYTES_MAX, parseConfigFile} from "./config-file.ts";
import {type NetworkChoice, networkName, readTestnetDir} from "./network.ts";
import type {Values} from "./option.ts";
import {START_OPTIONS} from "./options.ts";
import {type Resolution, resolve} from "./resolve.ts";
import {excerpt, type Nearest, readEnvironment, readFileContents, readFlags, type SourceReading} from "./sources.ts";
import {describeFileError, type TextFiles} from "./text-files.ts";

/** Where the keys come from. */
export type KeySource =
  /** Ascending, without repeats. */
  | {readonly kind: "interop"; readonly indices: readonly number[]}
  | {readonly kind: "keystores"; readonly keystoresDir: string; readonly secretsDir: string};

/** What `mote start` runs by. Paths are absolute. */
export interface StartConfig {
  readonly network: NetworkChoice;
  /** Base URLs without a slash at the end. They may hold credentials: print them by `redactUrl` only. */
  readonly beaconNodeUrls: readonly string[];
  readonly keys: KeySource;
  readonly datadir: string;
  /** Null when no metrics are served. Port 0 is any free port. */
  readonly metrics: {readonly address: string; readonly port: number} | null;
  readonly log: {readonly level: "error" | "warn" | "info" | "debug"; readonly format: "human" | "json"};
}

export interface StartArguments {
  /** The words after `mote start`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  readonly homeDir: string;
}

export type StartConfigResult =
  | {readonly kind: "ok"; readonly config: StartConfig; readonly warnings: readonly string[]}
  /** Every problem that was found, each a sentence of its own. */
  | {readonly kind: "refused"; readonly problems: readonly string[]; readonly warnings: readonly string[]};

type StartValues = Values<typeof START_OPTIONS>;

/** Flags win over the environment, the environment over the file, the file over the defaults. */
export function loadStartConfig(
  {argv, env, workingDir, homeDir}: StartArguments,
  {files, nearest}: {readonly files: TextFiles; readonly nearest: Nearest},
): StartConfigResult {
  const flags = readFlags(START_OPTIONS, argv, nearest);
  const environment = readEnvironment(START_OPTIONS, env, nearest);
  const {warnings} = environment;
  const problems: string[] = [];
  const {configFile} = resolve(START_OPTIONS, [flags, environment]).values;
  const sources = [flags, environment];
  if (configFile !== null) {
    const file = readConfigFile(resolvePath(workingDir, configFile), {files, nearest});
    if (typeof file === "string") problems.push(`--config-file: ${excerpt(configFile)} cannot be used: ${file}`);
    else sources.push(file);
  }
  const resolution = resolve(START_OPTIONS, sources);
  problems.push(...resolution.problems);
  const absolute = (path: string): string => resolvePath(workingDir, path.replace(/^~(?=\/|$)/, homeDir));
  const network = chooseNetwork(resolution, {absolute, files, problems});
  checkKeys(resolution, network, problems);
  if (problems.length > 0 || network === null) return {kind: "refused", problems, warnings};
  return {kind: "ok", config: assemble(resolution.values, {network, absolute, homeDir}), warnings};
}

function readConfigFile(path: string, {files, nearest}: {files: TextFiles; nearest: Nearest}): SourceReading | string {
  let text: string;
  try {
    text = files.read(path, CONFIG_FILE_SIZE_BYTES_MAX);
  } catch (error) {
    return describeFileError(error);
  }
  const parsed = parseConfigFile(text);
  if (parsed.kind === "bad") return parsed.problem;
  if (parsed.contents.has(START_OPTIONS.configFile.name)) return "it names another config file";
  return readFileContents(START_OPTIONS, parsed.contents, path, nearest);
}

/** Null together with a problem. */
function chooseNetwork(
  {values, isSet}: Resolution<typeof START_OPTIONS>,
  context: {absolute: (path: string) => string; files: TextFiles; problems: string[]},
): NetworkChoice | null {
  const {network, testnetDir} = values;
  if (isSet.has("network") === isSet.has("testnetDir")) {
    context.problems.push(
      isSet.has("network")
        ? "--network and --testnet-dir exclude each other: give one of them"
        : "which network? Give --network hoodi (or sepolia, devnet), or --testnet-dir <dir> for a custom one",
    );
    return null;
  }
  if (network !== null) return network === "devnet" ? {kind: "devnet"} : {kind: "known", name: network};
  // Set and still null: its value was refused, and that problem is on the list already.
  if (testnetDir === null) return null;
  const testnet = readTestnetDir(context.absolute(testnetDir), context.files);
  if (testnet.kind === "ok") return testnet.value;
  context.problems.push(`--testnet-dir: ${excerpt(testnetDir)} ${testnet.problem}`);
  return null;
}

function checkKeys({isSet}: Resolution<typeof START_OPTIONS>, network: NetworkChoice | null, problems: string[]): void {
  if (!isSet.has("interopKeys")) return;
  if (network !== null && network.kind !== "devnet") {
    problems.push("--interop-keys: anyone can sign with these keys; they are for --network devnet only");
  }
  for (const key of ["keystoresDir", "secretsDir"] as const) {
    if (!isSet.has(key)) continue;
    problems.push(`--interop-keys and --${START_OPTIONS[key].name} exclude each other: give one of them`);
  }
}

function assemble(
  values: StartValues,
  {network, absolute, homeDir}: {network: NetworkChoice; absolute: (path: string) => string; homeDir: string},
): StartConfig {
  const datadir = absolute(values.datadir ?? join(homeDir, ".mote", networkName(network)));
  const keys: KeySource =
    values.interopKeys !== null
      ? {kind: "interop", indices: values.interopKeys}
      : {
          kind: "keystores",
          keystoresDir: absolute(values.keystoresDir ?? join(datadir, "validator_keys")),
          secretsDir: absolute(values.secretsDir ?? join(datadir, "secrets")),
        };
  return {
    network,
    beaconNodeUrls: values.beaconNodes,
    keys,
    datadir,
    metrics: values.metrics ? {address: values.metricsAddress, port: values.metricsPort} : null,
    log: {level: values.logLevel, format: values.logFormat},
  };
}
