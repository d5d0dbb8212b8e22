import type {Parsed} from "./parsed.ts";

/**
 * One setting. Its `name` is the flag (`--name`), the key in a config file (`name`) and, in capitals, the environment variable
 * (`MOTE_NAME`); an alias works in all three places as well.
 */
export interface Option<V> {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Flags that stand for this option with a value: `{json: "json"}` makes `--json` mean `--log-format json`. */
  readonly shorthands: Readonly<Record<string, string>>;
  /** `switch` takes no value on the command line; `many` may be given several times. */
  readonly arity: "switch" | "one" | "many";
  /** How help writes the value: `<port>`. Empty for a switch. */
  readonly placeholder: string;
  readonly group: string;
  readonly help: string;
  /** How help writes the default. Empty when there is none. */
  readonly fallbackText: string;
  readonly fallback: V;
  parse(text: string): Parsed<V>;
  /** Joins what a `many` option was given in several places of one source. */
  join(earlier: V, later: V): Parsed<V>;
  /** The value as an error may show it. */
  show(text: string): string;
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds options of any value; `Values` gives each its own type back.
export type OptionTable = Readonly<Record<string, Option<any>>>;

/** The typed result of a table: the keys of the table with the values of its options. */
export type Values<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends Option<infer V> ? V : never;
};

/** Upper bound of one value in any source: nothing that Mote is told is longer than a long list of URLs. */
export const VALUE_LENGTH_MAX = 8192;

/** Name and aliases, and each of them in camelCase too, as some clients write their flags. */
export function namesOf(option: Option<unknown>): readonly string[] {
  const names = [option.name, ...option.aliases];
  return [...new Set([...names, ...names.map(camelCase)])];
}

const camelCase = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** `beacon-nodes` and `beaconNodes` are both `MOTE_BEACON_NODES`. */
export function envNameOf(name: string): string {
  return `MOTE_${name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toUpperCase()}`;
}
