import {X509Certificate} from "node:crypto";
import {createSecureContext} from "node:tls";
import {InvalidValueError, redactUrl} from "@mote/core";

/** PEM texts. `ca` takes the place of the system's own authorities; `cert` and `key` say who we are. */
export interface SignerTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface SignerAddress {
  /** The URL as it may be shown and logged. */
  readonly name: string;
  readonly isSecure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** Without a slash at its end. */
  readonly pathPrefix: string;
  /** `Authorization` header from the URL's user and password. */
  readonly authorization: string | null;
}

/** One text for all spellings of a base URL: signers are told apart by it. @throws {InvalidValueError} as {@link parseSignerUrl} */
export function canonicalSignerUrl(url: string): string {
  parseSignerUrl(url);
  return new URL(url).href.replace(/\/+$/, "");
}

/** @throws {InvalidValueError} when it is no base URL of http or https; the message shows no credentials */
export function parseSignerUrl(url: string): SignerAddress {
  const parsed = URL.parse(url);
  const isHttp = parsed?.protocol === "http:" || parsed?.protocol === "https:";
  if (parsed === null || !isHttp || parsed.search !== "" || parsed.hash !== "") {
    throw new InvalidValueError(
      `a remote signer's URL must be http://host:port or https://host:port, not ${redactUrl(url)}`,
    );
  }
  const isSecure = parsed.protocol === "https:";
  return {
    name: redactUrl(url),
    isSecure,
    // Brackets belong to the URL, not to the address.
    hostname: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? (isSecure ? 443 : 80) : Number(parsed.port),
    pathPrefix: parsed.pathname.replace(/\/+$/, ""),
    authorization: authorizationOf(parsed),
  };
}

function authorizationOf({username, password}: URL): string | null {
  if (username === "" && password === "") return null;
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(credentials).toString("base64")}`;
  } catch {
    throw new InvalidValueError("the user or the password in a remote signer's URL has a % that stands for nothing");
  }
}

/** @throws {InvalidValueError} when the texts cannot be used; the message holds nothing of them */
export function checkSignerTls(tls: SignerTls): void {
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new InvalidValueError("a client certificate for remote signers and its key are of use together only");
  }
  const {ca, ...client} = tls;
  try {
    // A text that holds no authority at all would be taken, and then trust nobody.
    if (ca !== undefined) new X509Certificate(ca);
  } catch (error) {
    throw new InvalidValueError(`the certificates to check remote signers by cannot be used (${codeOf(error)})`);
  }
  try {
    createSecureContext(client);
  } catch (error) {
    throw new InvalidValueError(
      `the client certificate for remote signers and its key cannot be used together (${codeOf(error)})`,
    );
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "not PEM";
