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
}

/** @throws {Error} when it is no http or https URL; the message does not repeat it */
export function parseBeaconNodeUrl(url: string): BeaconNodeAddress {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new Error("a beacon node's URL must start with http:// or https:// and name a host");
  }
  const secure = parsed.protocol === "https:";
  const credentials = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  return {
    secure,
    // Brackets belong to the URL, not to the address.
    hostname: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? (secure ? 443 : 80) : Number(parsed.port),
    pathPrefix: parsed.pathname.replace(/\/+$/, ""),
    query: parsed.search,
    authorization: credentials === ":" ? null : `Basic ${Buffer.from(credentials).toString("base64")}`,
  };
}
