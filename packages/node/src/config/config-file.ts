import {isMap, isScalar, isSeq, parseDocument} from "yaml";

export const CONFIG_FILE_SIZE_BYTES_MAX = 65_536;

export type FileReading =
  | {readonly kind: "ok"; readonly contents: ReadonlyMap<string, readonly string[]>}
  | {readonly kind: "bad"; readonly problem: string};

/**
 * A flat YAML or JSON map; each value a scalar or a list of scalars. Every scalar stays the text it was written as (YAML's failsafe
 * schema), so a file, a flag and a variable are judged by the same parser.
 */
export function parseConfigFile(text: string): FileReading {
  const parsed = parseDocument(text, {schema: "failsafe", prettyErrors: true, uniqueKeys: true});
  const [error] = parsed.errors;
  if (error !== undefined) return {kind: "bad", problem: firstLine(error.message)};
  if (parsed.contents === null) return {kind: "ok", contents: new Map()};
  if (!isMap(parsed.contents)) return {kind: "bad", problem: "it is not a list of `key: value` lines"};
  const contents = new Map<string, readonly string[]>();
  for (const {key, value} of parsed.contents.items) {
    const name = isScalar(key) ? String(key.value) : "";
    const texts = isSeq(value) ? value.items.map(scalarText) : [scalarText(value)];
    if (name === "" || texts.includes(null)) {
      return {
        kind: "bad",
        problem: `the value of ${JSON.stringify(name)} is neither a single value nor a list of them`,
      };
    }
    contents.set(name, texts as string[]);
  }
  return {kind: "ok", contents};
}

const scalarText = (node: unknown): string | null =>
  isScalar(node) ? (typeof node.value === "string" ? node.value : "") : null;

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
