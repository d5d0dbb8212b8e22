import {isIP} from "node:net";
import type {Clock, Log} from "@mote/core";
import type {RandomBytes} from "@mote/duty-signing";
import {describeFileError, type KeymanagerConfig} from "../../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../../exit-error.ts";
import type {KeySettings} from "../../keys/key-settings.ts";
import type {ValidatorKeys} from "../../keys/validator-keys.ts";
import type {StateFiles} from "../../system/state-files.ts";
import {loadApiToken} from "./api-token.ts";
import {KeymanagerServer} from "./keymanager-server.ts";

const PEM_SIZE_BYTES_MAX = 1024 * 1024;

export interface OpenKeymanagerComponents {
  readonly keys: ValidatorKeys;
  readonly settings: KeySettings;
  readonly log: Log;
  readonly clock: Clock;
  readonly files: StateFiles;
  readonly random: RandomBytes;
}

/**
 * Serves the Keymanager API as configured, and says where.
 * @throws {ExitError} when token, certificate or address cannot be used
 */
export async function openKeymanager(
  config: KeymanagerConfig,
  components: OpenKeymanagerComponents,
): Promise<{readonly url: string; stop(): Promise<void>}> {
  const {address, port} = config;
  const token = await loadApiToken(config.tokenFile, components);
  const tls = config.tls === null ? null : await readTls(config.tls, components);
  const server = new KeymanagerServer({address, port, token, tls}, components);
  const scheme = tls === null ? "http" : "https";
  const url = `${scheme}://${isIP(address) === 6 ? `[${address}]` : address}:${await server.start()}`;
  const {log} = components;
  log.info(`Keymanager API at ${url}`, {tokenFile: config.tokenFile.path});
  if (tls === null && !isLoopback(address))
    log.warn(
      `the Keymanager API at ${url} is open to other machines without encryption: whoever listens on the way learns the token and can take the keys. ` +
        "Give --http-tls-cert-file and --http-tls-key-file, or --http-address 127.0.0.1 and an SSH tunnel",
    );
  return {url, stop: () => server.stop()};
}

const isLoopback = (address: string): boolean =>
  address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));

async function readTls(
  {certFile, keyFile}: NonNullable<KeymanagerConfig["tls"]>,
  {files}: {readonly files: StateFiles},
): Promise<{cert: string; key: string}> {
  const [cert, key] = await Promise.all([
    readPem(certFile, "--http-tls-cert-file", files),
    readPem(keyFile, "--http-tls-key-file", files),
  ]);
  return {cert, key};
}

async function readPem(path: string, option: string, files: StateFiles): Promise<string> {
  let file: Awaited<ReturnType<StateFiles["read"]>>;
  try {
    file = await files.read(path, PEM_SIZE_BYTES_MAX);
  } catch (error) {
    throw new ExitError(`${option}: ${path}: ${describeFileError(error)}`, EXIT_NEEDS_HUMAN);
  }
  if (file === null) throw new ExitError(`${option}: ${path}: there is no such file`, EXIT_NEEDS_HUMAN);
  return file.text;
}
