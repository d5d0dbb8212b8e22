import {X509Certificate} from "node:crypto";
import {validateHeaderName, validateHeaderValue} from "node:http";
import {createSecureContext} from "node:tls";

export interface BeaconNodeAddress {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** Without a slash at its end. */
  readonly pathPrefix: string;
  /** Query that every request carries, with its `?`; empty for nearly all. */
  readonly query: string;
  /** `Authorization` header from the URL's user and password. */
  readonly authorization: string | null;
  /** Parts of the URL that may be secret: a remote side that repeats them must not bring them into a log. */
  readonly secrets: readonly string[];
}

/** Shorter ones would blot out ordinary words. */
const SECRET_CHARACTERS_MIN = 4;
/** API keys in paths are long; names of services are not. */
const PATH_SECRET_CHARACTERS_MIN = 16;

/** @throws {Error} when it is no http or https URL; the message does not repeat it */
export function parseBeaconNodeUrl(url: string): BeaconNodeAddress {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new Error("a beacon node's URL must start with http:// or https:// and name a host");
  }
  const secure = parsed.protocol === "https:";
  const [user, password] = [decodeURIComponent(parsed.username), decodeURIComponent(parsed.password)];
  const credentials = `${user}:${password}`;
  const authorization = credentials === ":" ? null : `Basic ${Buffer.from(credentials).toString("base64")}`;
  const ofPath = parsed.pathname.split("/").filter(({length}) => length >= PATH_SECRET_CHARACTERS_MIN);
  const ofQuery = parsed.search.split(/[?&]/).map((pair) => pair.slice(pair.indexOf("=") + 1));
  return {
    secure,
    // Brackets belong to the URL, not to the address.
    hostname: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? (secure ? 443 : 80) : Number(parsed.port),
    pathPrefix: parsed.pathname.replace(/\/+$/, ""),
    query: parsed.search,
    authorization,
    // Decoded and as they stand in the URL: a proxy may repeat either.
    secrets: [
      ...new Set([
        user,
        password,
        parsed.username,
        parsed.password,
        ...parsed.searchParams.values(),
        ...ofQuery,
        ...ofPath,
      ]),
    ].filter((secret) => secret !== ""),
  };
}

/** @returns what blots `secrets` out of a text */
export function redactor(secrets: readonly string[]): (text: string) => string {
  // The longest first: one may be a part of another.
  const worthHiding = secrets
    .filter(({length}) => length >= SECRET_CHARACTERS_MIN)
    .toSorted((a, b) => b.length - a.length);
  return (text) => worthHiding.reduce((redacted, secret) => redacted.replaceAll(secret, "***"), text);
}

/** What belongs to a single message, and so to the client alone. */
const MESSAGE_HEADERS = new Set(["connection", "content-length", "expect", "trailer", "transfer-encoding", "upgrade"]);

/**
 * @returns the same, names in lower case
 * @throws {Error} naming the header that cannot be sent, never its value
 */
export function checkExtraHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new Error(
        `the header ${JSON.stringify(name)} of a beacon node has a name or a value that HTTP does not allow`,
      );
    }
    if (MESSAGE_HEADERS.has(lower)) throw new Error(`the header ${lower} of a beacon node cannot be set`);
    if (lower in checked) throw new Error(`the header ${lower} of a beacon node is set twice`);
    checked[lower] = value;
  }
  return checked;
}

/** PEM texts. `ca` takes the place of the system's own authorities; `cert` and `key` say who we are. */
export interface TlsTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** @throws {Error} when they cannot be used; the message holds nothing of them */
export function checkTls(tls: TlsTexts, {secure}: Pick<BeaconNodeAddress, "secure">): TlsTexts {
  if (Object.keys(tls).length === 0) return tls;
  if (!secure) throw new Error("TLS options are given for a beacon node whose URL is http");
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new Error("a TLS client certificate and its key are of use together only");
  }
  const {ca, ...client} = tls;
  try {
    // A text that holds no authority at all would be taken, and then trust nobody.
    if (ca !== undefined) new X509Certificate(ca);
  } catch (error) {
    throw new Error(`the TLS certificates to check it by cannot be used (${codeOf(error)})`);
  }
  try {
    createSecureContext(client);
  } catch (error) {
    throw new Error(`the TLS client certificate and its key cannot be used together (${codeOf(error)})`);
  }
  return tls;
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "not PEM";
