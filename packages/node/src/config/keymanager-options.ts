import {join} from "node:path";
import {one, toggle} from "./make-option.ts";
import type {OptionTable, Values} from "./option.ts";
import {parsePort, parseText} from "./value-parsers.ts";

const group = "Keymanager API";

export const KEYMANAGER_OPTIONS = {
  http: toggle({
    name: "http",
    aliases: ["keymanager", "keymanager-api"],
    group,
    help: "Serve the Keymanager API: keys and their settings, changed while Mote runs.",
  }),
  httpAddress: one(parseText, "127.0.0.1", {
    name: "http-address",
    group,
    placeholder: "<ip>",
    fallbackText: "127.0.0.1",
    help: "Address that it listens on.",
  }),
  httpPort: one(parsePort, 5062, {
    name: "http-port",
    aliases: ["keymanager-port"],
    group,
    placeholder: "<port>",
    fallbackText: "5062",
    help: "Port that it listens on.",
  }),
  httpTokenFile: one(parseText, null, {
    name: "http-token-file",
    group,
    placeholder: "<file>",
    fallbackText: "<datadir>/api-token.txt, made when it is not there",
    help: "File with the token that every request must bring.",
  }),
  httpTlsCertFile: one(parseText, null, {
    name: "http-tls-cert-file",
    group,
    placeholder: "<file>",
    help: "Certificate (PEM) to serve it by https, with what its issuer signed it by.",
  }),
  httpTlsKeyFile: one(parseText, null, {
    name: "http-tls-key-file",
    group,
    placeholder: "<file>",
    help: "Key (PEM) of that certificate.",
  }),
} satisfies OptionTable;

/** Paths are absolute. */
export interface KeymanagerConfig {
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  /** One that the operator named must be there; the default one is made. */
  readonly tokenFile: {readonly path: string; readonly mayCreate: boolean};
  readonly tls: {readonly certFile: string; readonly keyFile: string} | null;
}

interface KeymanagerContext {
  readonly datadir: string;
  readonly absolute: (path: string) => string;
}

/** Null when it is not asked for. */
export function keymanagerConfig(
  values: Values<typeof KEYMANAGER_OPTIONS>,
  {datadir, absolute}: KeymanagerContext,
): KeymanagerConfig | null {
  if (!values.http) return null;
  const {httpAddress: address, httpPort: port, httpTokenFile, httpTlsCertFile: cert, httpTlsKeyFile: key} = values;
  const tokenFile =
    httpTokenFile === null
      ? {path: join(datadir, "api-token.txt"), mayCreate: true}
      : {path: absolute(httpTokenFile), mayCreate: false};
  const tls = cert === null || key === null ? null : {certFile: absolute(cert), keyFile: absolute(key)};
  return {address, port, tokenFile, tls};
}

/** What cannot be meant, each a sentence of its own. */
export function keymanagerProblems({httpTlsCertFile, httpTlsKeyFile}: Values<typeof KEYMANAGER_OPTIONS>): string[] {
  if ((httpTlsCertFile === null) === (httpTlsKeyFile === null)) return [];
  const given = httpTlsCertFile === null ? KEYMANAGER_OPTIONS.httpTlsKeyFile : KEYMANAGER_OPTIONS.httpTlsCertFile;
  const lacking = httpTlsCertFile === null ? KEYMANAGER_OPTIONS.httpTlsCertFile : KEYMANAGER_OPTIONS.httpTlsKeyFile;
  return [`--${given.name}: https needs --${lacking.name} too`];
}
