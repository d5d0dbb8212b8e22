import type {Option, OptionTable, Values} from "./option.ts";
import {excerpt, type Given, type SourceReading} from "./sources.ts";

export interface Resolution<T extends OptionTable> {
  readonly values: Values<T>;
  /** Table keys that a source set; the others have their defaults. */
  readonly isSet: ReadonlySet<keyof T>;
  readonly problems: readonly string[];
}

/** @param readings the strongest source first; the first that says anything about an option decides it alone */
export function resolve<T extends OptionTable>(table: T, readings: readonly SourceReading[]): Resolution<T> {
  const problems = readings.flatMap((reading) => reading.problems);
  const values: Record<string, unknown> = {};
  const isSet = new Set<keyof T>();
  for (const [key, option] of Object.entries(table)) {
    const given = readings.map((reading) => reading.given.get(key)).find((list) => list !== undefined);
    values[key] = option.fallback;
    if (given === undefined) continue;
    isSet.add(key);
    const decided = decide(option, given);
    if (decided.kind === "ok") values[key] = decided.value;
    else problems.push(decided.problem);
  }
  return {values: values as Values<T>, isSet, problems};
}

type Decided = {kind: "ok"; value: unknown} | {kind: "bad"; problem: string};

function decide(option: Option<unknown>, given: readonly Given[]): Decided {
  let value: unknown;
  for (const [at, {text, from}] of given.entries()) {
    const parsed = option.parse(text);
    const joined = parsed.kind === "ok" && at > 0 ? option.join(value, parsed.value) : parsed;
    if (joined.kind === "bad") {
      // A comma may be part of a single value, such as a password: cut there, its second half would be shown.
      const shown = [...new Set((option.arity === "many" ? text.split(",") : [text]).map(option.show))].join(",");
      const source = from === `--${option.name}` ? "the command line" : from;
      return {kind: "bad", problem: `--${option.name}: ${excerpt(shown)} ${joined.problem} (from ${source})`};
    }
    value = joined.value;
  }
  return {kind: "ok", value};
}
