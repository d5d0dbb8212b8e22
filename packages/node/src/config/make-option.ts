import type {Option} from "./option.ts";
import {bad, ok, type Parsed} from "./parsed.ts";
import {parseSwitch} from "./value-parsers.ts";

type Described = {name: string; help: string; group: string} & Partial<
  Pick<Option<unknown>, "aliases" | "shorthands" | "placeholder" | "fallbackText" | "show">
>;

const COMMON = {aliases: [], shorthands: {}, placeholder: "<value>", fallbackText: "", show: (text: string) => text};
const refuseSecond = <V>(_: V, __: V): Parsed<V> => bad("is a second value: only one may be given");

/** An option that is given once at most. */
export function one<V, const F>(parse: (text: string) => Parsed<V>, fallback: F, described: Described): Option<V | F> {
  return {...COMMON, ...described, arity: "one", parse, fallback, join: refuseSecond};
}

export function toggle(described: Described): Option<boolean> {
  const base = {...COMMON, placeholder: "", ...described};
  return {...base, arity: "switch", parse: parseSwitch, fallback: false, join: (_, later) => ok(later)};
}

/** An option whose values are collected in the order in which they were given. */
export function many<V, F>(
  parse: (text: string) => Parsed<readonly V[]>,
  fallback: F,
  described: Described,
  join: (earlier: readonly V[], later: readonly V[]) => Parsed<readonly V[]> = (a, b) => ok([...a, ...b]),
): Option<readonly V[] | F> {
  return {
    ...COMMON,
    ...described,
    arity: "many",
    parse,
    fallback,
    join: (earlier, later) => join(earlier as readonly V[], later as readonly V[]),
  };
}
