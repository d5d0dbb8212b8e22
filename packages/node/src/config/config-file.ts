import {isMap, isScalar, isSeq} from "yaml";
import type {Parsed} from "./parsed.ts";
import {isNothing, parseYaml} from "./yaml.ts";

export const CONFIG_FILE_SIZE_BYTES_MAX = 65_536;

/** A flat YAML or JSON map; each value a scalar or a list of scalars, whose texts are judged by the parsers of flags and variables. */
export function parseConfigFile(text: string): Parsed<ReadonlyMap<string, readonly string[]>> {
  const parsed = parseYaml(text);
  if (parsed.kind === "bad") return parsed;
  if (parsed.value === null) return {kind: "ok", value: new Map()};
  if (!isMap(parsed.value)) return {kind: "bad", problem: "it is not a list of `key: value` lines"};
  const contents = new Map<string, readonly string[]>();
  for (const {key, value} of parsed.value.items) {
    const name = isScalar(key) ? String(key.value) : "";
    const texts = isSeq(value) ? value.items.map(scalarText) : [scalarText(value)];
    if (isNothing(value)) return {kind: "bad", problem: `${JSON.stringify(name)} has no value: leave it out`};
    if (name === "" || texts.includes(null)) {
      return {
        kind: "bad",
        problem: `the value of ${JSON.stringify(name)} is neither a single value nor a list of them`,
      };
    }
    // Not set by accident, and not "none" either: the default would stand for what a person struck out.
    if (texts.length === 0) return {kind: "bad", problem: `the list of ${JSON.stringify(name)} is empty: leave it out`};
    contents.set(name, texts as string[]);
  }
  return {kind: "ok", value: contents};
}

const scalarText = (node: unknown): string | null =>
  isScalar(node) ? (typeof node.value === "string" ? node.value : "") : null;
