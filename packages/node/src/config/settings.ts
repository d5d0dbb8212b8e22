import {resolve as resolvePath} from "node:path";
import {CONFIG_FILE_SIZE_BYTES_MAX, parseConfigFile} from "./config-file.ts";
import type {OptionTable} from "./option.ts";
import {START_OPTIONS} from "./options.ts";
import {type Resolution, resolve} from "./resolve.ts";
import {excerpt, type Nearest, readEnvironment, readFileContents, readFlags, type SourceReading} from "./sources.ts";
import {describeFileError, type TextFiles} from "./text-files.ts";

export interface CommandArguments {
  /** The words after the command. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  readonly homeDir: string;
}

export interface SettingsComponents {
  readonly files: TextFiles;
  readonly nearest: Nearest;
}

export interface SettingsInit {
  /** The command takes words besides its options, as `mote exit 0x… 0x…` does. Without it a word is a problem. */
  readonly allowWords?: boolean;
}

export interface Settings<T extends OptionTable> extends Resolution<T> {
  readonly warnings: readonly string[];
  /** The words of a command that takes some, in their order. */
  readonly words: readonly string[];
  /** A path as a person writes it. */
  absolute(path: string): string;
}

/**
 * What the sources say about the options of one command, with every problem as a sentence: what a command finds wrong by itself is one more of them. Flags win over the environment, the environment over the file, the file over the
 * defaults. Environment and file belong to `mote start`: a command takes from them what it knows, and passes over the rest.
 */
export function readSettings<T extends OptionTable>(
  table: T,
  {argv, env, workingDir, homeDir}: CommandArguments,
  components: SettingsComponents,
  {allowWords = false}: SettingsInit = {},
): Settings<T> {
  const flags = readFlags(table, argv, components.nearest, {allowWords});
  const environment = readEnvironment(START_OPTIONS, env, components.nearest);
  const sources: SourceReading[] = [flags, environment];
  const problems: string[] = [];
  const {configFile} = resolve({configFile: START_OPTIONS.configFile}, sources).values;
  if (configFile !== null) {
    const file = readConfigFile(resolvePath(workingDir, configFile), components);
    if (typeof file === "string") problems.push(`--config-file: ${excerpt(configFile)} cannot be used: ${file}`);
    else sources.push(file);
  }
  const resolution = resolve(table, sources);
  return {
    ...resolution,
    problems: [...problems, ...resolution.problems],
    warnings: environment.warnings,
    words: flags.words,
    absolute: (path) => resolvePath(workingDir, path.replace(/^~(?=\/|$)/, homeDir)),
  };
}

function readConfigFile(path: string, {files, nearest}: SettingsComponents): SourceReading | string {
  let text: string;
  try {
    text = files.read(path, CONFIG_FILE_SIZE_BYTES_MAX);
  } catch (error) {
    return describeFileError(error);
  }
  const parsed = parseConfigFile(text);
  if (parsed.kind === "bad") return parsed.problem;
  if (parsed.value.has(START_OPTIONS.configFile.name)) return "it names another config file";
  return readFileContents(START_OPTIONS, parsed.value, path, nearest);
}
