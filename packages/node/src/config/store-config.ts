import {join} from "node:path";
import {type NetworkChoice, networkName, readTestnetDir} from "./network.ts";
import {NETWORK_NAMES} from "./network-facts.ts";
import type {Values} from "./option.ts";
import {STORE_OPTIONS} from "./options.ts";
import {
  type CommandArguments,
  readSettings,
  type Settings,
  type SettingsComponents,
  type SettingsInit,
} from "./settings.ts";
import {excerpt} from "./sources.ts";

/** Which slashing protection. */
export type ProtectionStoreChoice =
  | {
      readonly kind: "level";
      readonly path: string;
      /** The network begins anew now and then: `path` is a folder with a store for each genesis. */
      readonly isPerGenesis?: boolean;
    }
  /** The URL may hold credentials: print it by `redactUrl` only. */
  | {readonly kind: "postgres"; readonly url: string; readonly passwordFile: string | null};

/** Paths are absolute. */
export interface StoreConfig {
  readonly network: NetworkChoice;
  readonly datadir: string;
  readonly protectionStore: ProtectionStoreChoice;
}

export type StoreConfigResult<T extends typeof STORE_OPTIONS> =
  | {
      readonly kind: "ok";
      readonly config: StoreConfig;
      /** Of the command's whole table. */
      readonly values: Values<T>;
      /** The words besides the options. */
      readonly words: readonly string[];
      absolute(path: string): string;
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: "refused";
      /** Every problem that was found, each a sentence of its own. */
      readonly problems: readonly string[];
      readonly words: readonly string[];
      readonly warnings: readonly string[];
    };

/** For a command that opens the slashing protection and nothing else. @param table `STORE_OPTIONS` and the command's own */
export function loadStoreConfig<T extends typeof STORE_OPTIONS>(
  table: T,
  args: CommandArguments,
  components: SettingsComponents,
  init: SettingsInit = {},
): StoreConfigResult<T> {
  const settings = readSettings(table, args, components, init);
  const {warnings, values, words, absolute} = settings;
  const problems = [...settings.problems];
  const config = storeConfig(settings as unknown as StoreSettings, {...components, homeDir: args.homeDir, problems});
  if (problems.length > 0 || config === null) return {kind: "refused", problems, words, warnings};
  return {kind: "ok", config, values, words, absolute, warnings};
}

/** The settings of any table that has the store's options. */
export interface StoreSettings {
  readonly values: Values<typeof STORE_OPTIONS>;
  readonly isSet: {has(key: keyof typeof STORE_OPTIONS): boolean};
  readonly absolute: Settings<typeof STORE_OPTIONS>["absolute"];
}

interface StoreContext {
  readonly files: SettingsComponents["files"];
  readonly homeDir: string;
  /** Takes what is found. */
  readonly problems: string[];
}

/** Null together with a problem. */
export function storeConfig(settings: StoreSettings, context: StoreContext): StoreConfig | null {
  const {values, absolute} = settings;
  const network = chooseNetwork(settings, context);
  checkStore(settings, context);
  if (network === null) return null;
  const datadir = absolute(values.datadir ?? join(context.homeDir, ".mote", networkName(network)));
  const {slashingProtectionUrl: url, slashingProtectionPasswordFile: passwordFile} = values;
  const protectionStore: ProtectionStoreChoice =
    url === null
      ? {kind: "level", path: join(datadir, "slashing-protection"), ...(resets(network) ? {isPerGenesis: true} : {})}
      : {kind: "postgres", url, passwordFile: passwordFile === null ? null : absolute(passwordFile)};
  return {network, datadir, protectionStore};
}

const resets = (network: NetworkChoice): boolean => network.kind === "known" && network.name === "ephemery";

/** Null together with a problem. */
function chooseNetwork({values, isSet, absolute}: StoreSettings, context: StoreContext): NetworkChoice | null {
  const {network, testnetDir} = values;
  if (isSet.has("network") === isSet.has("testnetDir")) {
    context.problems.push(
      isSet.has("network")
        ? "--network and --testnet-dir exclude each other: give one of them"
        : `which network? Give --network hoodi (or ${NETWORK_NAMES.filter((name) => name !== "hoodi").join(", ")}, devnet), or --testnet-dir <dir> for a custom one`,
    );
    return null;
  }
  if (network !== null) return network === "devnet" ? {kind: "devnet"} : {kind: "known", name: network};
  // Set and still null: its value was refused, and that problem is on the list already.
  if (testnetDir === null) return null;
  const testnet = readTestnetDir(absolute(testnetDir), context.files);
  if (testnet.kind === "ok") return testnet.value;
  context.problems.push(`--testnet-dir: ${excerpt(testnetDir)} ${testnet.problem}`);
  return null;
}

function checkStore({values, isSet}: StoreSettings, {problems}: StoreContext): void {
  if (!isSet.has("slashingProtectionPasswordFile")) return;
  const option = `--${STORE_OPTIONS.slashingProtectionPasswordFile.name}`;
  const needed = `--${STORE_OPTIONS.slashingProtectionUrl.name}`;
  if (!isSet.has("slashingProtectionUrl")) problems.push(`${option}: there is no ${needed} that it could be for`);
  const {slashingProtectionUrl: url} = values;
  if (url !== null && new URL(url).password !== "") problems.push(`${option}: ${needed} has a password already`);
}
