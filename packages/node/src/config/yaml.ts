import {isScalar, parseDocument} from "yaml";
import {bad, ok, type Parsed} from "./parsed.ts";

/**
 * The contents of a file that is ours to judge, YAML or JSON. A name that comes twice is an error, and every scalar stays the text it was written as: YAML's own types
 * would round large numbers and read an address as one.
 */
export function parseYaml(text: string): Parsed<unknown> {
  const {errors, contents} = parseDocument(text, {schema: "failsafe", prettyErrors: true, uniqueKeys: true});
  const [error] = errors;
  if (error === undefined) return ok(contents);
  // The lines after the first one show the place, and with it what may be secret.
  const [problem = ""] = error.message.split("\n", 1);
  return bad(problem.replace(/:$/, ""));
}

/** How JSON and YAML write "nothing", which the text of a scalar alone does not tell from the word "null" in quotes. */
export const isNothing = (node: unknown): boolean =>
  node === null || (isScalar(node) && node.type === "PLAIN" && /^(null|~|)$/i.test(String(node.value ?? "")));
