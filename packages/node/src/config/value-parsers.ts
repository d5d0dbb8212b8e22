import {bad, ok, type Parsed} from "./parsed.ts";

/** Parsers of single values; a table's options are made of these. */

/** More interop keys than this is a slip of the finger: each key signs once an epoch. */
const INTEROP_KEYS_MAX = 100_000;
const BEACON_NODES_MAX = 32;

export function parseText(text: string): Parsed<string> {
  return text === "" ? bad("is empty") : ok(text);
}

export function parseSwitch(text: string): Parsed<boolean> {
  if (text === "true" || text === "1" || text === "yes") return ok(true);
  if (text === "false" || text === "0" || text === "no") return ok(false);
  return bad("is neither true nor false");
}

export function integerFrom(min: number, max: number): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? ok(value) : bad(`is not a whole number from ${min} to ${max}`);
  };
}

/** 0 asks the system for a free port. */
export const parsePort = (text: string): Parsed<number> => {
  const parsed = integerFrom(0, 65_535)(text);
  return parsed.kind === "ok" ? parsed : bad("is not a port number (0 to 65535)");
};

export function oneOf<const V extends string>(...choices: readonly V[]): (text: string) => Parsed<V> {
  return (text) => {
    const choice = choices.find((each) => each === text);
    return choice === undefined ? bad(`is not one of ${choices.join(", ")}`) : ok(choice);
  };
}

/** Comma-separated base URLs of beacon nodes, without a slash at the end. */
export function parseBeaconNodeUrls(text: string): Parsed<readonly string[]> {
  const urls: string[] = [];
  for (const item of text.split(",")) {
    const parsed = parseBeaconNodeUrl(item.trim());
    if (parsed.kind === "bad") return parsed;
    urls.push(parsed.value);
  }
  return joinBeaconNodeUrls([], urls);
}

/** A node named twice would count twice where a majority of nodes has to agree, so it is refused. */
export function joinBeaconNodeUrls(earlier: readonly string[], later: readonly string[]): Parsed<readonly string[]> {
  const urls = [...earlier, ...later];
  if (new Set(urls).size < urls.length) return bad("names the same beacon node twice");
  if (urls.length > BEACON_NODES_MAX) return bad(`names more than ${BEACON_NODES_MAX} beacon nodes`);
  return ok(urls);
}

function parseBeaconNodeUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return bad("is not an http(s) URL");
  if (url.search !== "" || url.hash !== "") return bad("has a query or a fragment: a base URL is needed");
  return ok(url.href.replace(/\/+$/, ""));
}

/** With its path and query, which hold the account's key at most services. */
export function parseMonitoringUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === "http:" || url?.protocol === "https:" ? ok(url.href) : bad("is not an http(s) URL");
}

/** Says nothing of user, password or parameters: those are the database client's to read. */
export function parsePostgresUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPostgres = url?.protocol === "postgres:" || url?.protocol === "postgresql:";
  return isPostgres ? ok(text) : bad("is not a postgres:// URL");
}

/** `0..63`, `5`, `0..3,8`: inclusive ranges of interop key indices. */
export function parseKeyRanges(text: string): Parsed<readonly number[]> {
  const indices = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(\d{1,9})(?:(?:\.\.|-)(\d{1,9}))?$/.exec(part.trim());
    if (match === null) return bad("is not a list of key ranges such as 0..63");
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return bad(`counts down in ${part.trim()}`);
    if (last >= INTEROP_KEYS_MAX) return bad(`asks for a key beyond ${INTEROP_KEYS_MAX - 1}`);
    for (let index = first; index <= last; index++) indices.add(index);
  }
  return ok([...indices].sort((a, b) => a - b));
}
