import {existsSync, readFileSync} from "node:fs";
import {dirname, resolve} from "node:path";
import {parse} from "yaml";

type Json = Readonly<Record<string, unknown>>;

/** A schema and the file that it stands in: references in it are relative to that file. */
interface Located {
  readonly file: string;
  readonly node: Json;
}

/** Keywords that restrict nothing, or (format) nothing beyond what the pattern says. Any other unknown keyword is a defect of this checker. */
const ANNOTATIONS = new Set([
  "discriminator",
  "description",
  "example",
  "examples",
  "title",
  "format",
  "deprecated",
  "default",
]);
const DECIMAL = /^(0|[1-9]\d*)$/;

/** An OpenAPI description spread over files, as those of the Beacon, Keymanager and remote-signing API are, to judge real answers by. */
export class OpenApi {
  readonly #root: string;
  readonly #files = new Map<string, Json>();

  private constructor(rootFile: string) {
    this.#root = rootFile;
  }

  /** Null when there is no such file: the caller says so aloud. */
  static load(rootFile: string): OpenApi | null {
    return existsSync(rootFile) ? new OpenApi(resolve(rootFile)) : null;
  }

  /** Paths and their methods, `GET /eth/v1/…`. */
  operations(): string[] {
    const paths = this.#file(this.#root).paths as Json;
    return Object.keys(paths).flatMap((path) => {
      const methods = Object.keys(this.#follow({file: this.#root, node: paths[path] as Json}).node);
      return methods
        .filter((method) => /^(get|post|put|delete)$/.test(method))
        .map((method) => `${method.toUpperCase()} ${path}`);
    });
  }

  /** What is wrong with the JSON body that answered `operation` with `status`; empty when nothing is. */
  checkResponse(operation: string, status: number, body: unknown): string[] {
    const response = this.#response(operation, status);
    if (response === null) return [`${operation} has no answer ${status}`];
    const schema = at(response, "content", "application/json", "schema");
    if (schema === null) return body === undefined ? [] : [`${operation} ${status} has no JSON body`];
    return this.#check(body, schema, "body");
  }

  /** What is wrong with the JSON body of a request for `operation`; empty when nothing is. */
  checkRequest(operation: string, body: unknown): string[] {
    const located = this.#operation(operation);
    const schema = located && at(located, "requestBody", "content", "application/json", "schema");
    return schema ? this.#check(body, schema, "body") : [`${operation} takes no JSON`];
  }

  /** True when the description lets `operation` answer 200 in SSZ. */
  offersSsz(operation: string): boolean {
    const response = this.#response(operation, 200);
    return response !== null && at(response, "content", "application/octet-stream") !== null;
  }

  /** The named JSON examples of a request, as the description gives them. */
  requestExamples(operation: string): Record<string, unknown> {
    const located = this.#operation(operation);
    return examplesOf(located && at(located, "requestBody", "content", "application/json", "examples"));
  }

  /** The named examples of an answer, as the description gives them. */
  responseExamples(operation: string, status: number, mediaType: string): Record<string, unknown> {
    const response = this.#response(operation, status);
    const examples = response === null ? null : at(response, "content", mediaType, "examples");
    return examplesOf(examples);
  }

  #operation(operation: string): Located | null {
    const [method = "", path = ""] = operation.split(" ");
    const item = (this.#file(this.#root).paths as Json)[path] as Json | undefined;
    return item === undefined ? null : at(this.#follow({file: this.#root, node: item}), method.toLowerCase());
  }

  #response(operation: string, status: number): Located | null {
    const found = this.#operation(operation);
    const located = found && at(found, "responses", String(status));
    return located === null ? null : this.#follow(located);
  }

  #check(value: unknown, schema: Located, where: string): string[] {
    const {file, node} = this.#follow(schema);
    const sub = (child: unknown): Located => ({file, node: child as Json});
    const problems: string[] = [];
    const variant = variantOf(node, value);
    if (variant !== null) problems.push(...this.#check(value, sub({$ref: variant}), where));
    for (const [keyword, rule] of Object.entries(node)) {
      if (ANNOTATIONS.has(keyword) || (variant !== null && keyword === "oneOf")) continue;
      problems.push(...this.#checkKeyword(keyword, rule, value, sub, where));
    }
    if (this.#isUint(schema) && !(typeof value === "string" && DECIMAL.test(value))) {
      problems.push(`${where} is no decimal number in a string`);
    }
    return problems;
  }

  #checkKeyword(
    keyword: string,
    rule: unknown,
    value: unknown,
    sub: (node: unknown) => Located,
    where: string,
  ): string[] {
    const fail = (text: string): string[] => [`${where} ${text}`];
    const each = (schemas: unknown): string[][] =>
      (schemas as unknown[]).map((one) => this.#check(value, sub(one), where));
    switch (keyword) {
      case "type":
        return [rule].flat().includes(typeName(value)) ||
          ([rule].flat().includes("number") && typeof value === "number")
          ? []
          : fail(`is ${typeName(value)}, not ${[rule].flat().join(" or ")}`);
      case "enum":
        return (rule as unknown[]).includes(value)
          ? []
          : fail(`is ${JSON.stringify(value)}, none of ${(rule as unknown[]).join(", ")}`);
      case "pattern":
        return typeof value !== "string" || new RegExp(rule as string).test(value)
          ? []
          : fail(`does not match ${rule}`);
      case "required":
        return isObject(value)
          ? (rule as string[]).filter((name) => !(name in value)).flatMap((name) => fail(`lacks ${name}`))
          : [];
      case "properties":
        return isObject(value)
          ? Object.entries(rule as Json).flatMap(([name, child]) =>
              name in value ? this.#check(value[name], sub(child), `${where}.${name}`) : [],
            )
          : [];
      case "additionalProperties":
        return [];
      case "items":
        return Array.isArray(value) ? value.flatMap((item, i) => this.#check(item, sub(rule), `${where}[${i}]`)) : [];
      case "minItems":
        return Array.isArray(value) && value.length < (rule as number) ? fail(`has fewer than ${rule} items`) : [];
      case "maxItems":
        return Array.isArray(value) && value.length > (rule as number) ? fail(`has more than ${rule} items`) : [];
      case "uniqueItems":
        return Array.isArray(value) && new Set(value.map((item) => JSON.stringify(item))).size < value.length
          ? fail("repeats an item")
          : [];
      case "minimum":
        return typeof value === "number" && value < (rule as number) ? fail(`is below ${rule}`) : [];
      case "maximum":
        return typeof value === "number" && value > (rule as number) ? fail(`is above ${rule}`) : [];
      case "maxLength":
        return typeof value === "string" && value.length > (rule as number) ? fail(`is longer than ${rule}`) : [];
      case "allOf":
        return each(rule).flat();
      case "anyOf": {
        const all = each(rule);
        return all.some((problems) => problems.length === 0)
          ? []
          : fail(`matches no variant: ${closest(all).join("; ")}`);
      }
      case "oneOf": {
        // Variants of the forks are supersets of each other here, so that more than one may match.
        const all = each(rule);
        return all.some((problems) => problems.length === 0)
          ? []
          : fail(`matches no variant: ${closest(all).join("; ")}`);
      }
      default:
        throw new Error(`${where}: the schema keyword ${keyword} is not known to the checker`);
    }
  }

  /** The description types 64-bit numbers as plain strings; the reference's name says what they are. */
  #isUint(schema: Located): boolean {
    let located = schema;
    for (let i = 0; i < 10 && typeof located.node.$ref === "string"; i++) {
      if (/\/(Uint64|Gwei|Uint256|Wei)$/.test(located.node.$ref)) return true;
      located = this.#step(located);
    }
    return false;
  }

  #follow(located: Located): Located {
    let found = located;
    for (let i = 0; i < 20; i++) {
      if (typeof found.node.$ref !== "string") return found;
      found = this.#step(found);
    }
    throw new Error(`a reference in ${located.file} goes in a circle`);
  }

  #step({file, node}: Located): Located {
    const [path = "", pointer = ""] = (node.$ref as string).split("#");
    let found: Located = {file: path === "" ? file : resolve(dirname(file), path), node: {}};
    found = {...found, node: this.#file(found.file)};
    for (const key of pointer.split("/").filter((part) => part !== "")) {
      const {file: inFile, node: inNode} = this.#follow(found);
      const child = inNode[key.replaceAll("~1", "/").replaceAll("~0", "~")];
      if (!isObject(child)) throw new Error(`${file}: nothing at ${node.$ref}`);
      found = {file: inFile, node: child};
    }
    return found;
  }

  #file(path: string): Json {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const parsed = parse(readFileSync(path, "utf8"), {maxAliasCount: 1000}) as Json;
    this.#files.set(path, parsed);
    return parsed;
  }
}

function at(located: Located, ...keys: readonly string[]): Located | null {
  let node: unknown = located.node;
  for (const key of keys) {
    if (!isObject(node)) return null;
    node = node[key];
  }
  return isObject(node) ? {file: located.file, node} : null;
}

const examplesOf = (examples: Located | null): Record<string, unknown> =>
  Object.fromEntries(Object.entries(examples?.node ?? {}).map(([name, example]) => [name, (example as Json).value]));

/** The reference to the one variant that the value itself names, where the description says by which property. */
function variantOf({discriminator}: Json, value: unknown): string | null {
  if (!isObject(discriminator) || !isObject(discriminator.mapping) || !isObject(value)) return null;
  const reference = discriminator.mapping[String(value[String(discriminator.propertyName)])];
  return typeof reference === "string" ? reference : null;
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

const closest = (variants: readonly string[][]): readonly string[] =>
  variants.reduce((best, problems) => (problems.length < best.length ? problems : best));
