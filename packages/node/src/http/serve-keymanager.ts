import type {Clock, Log} from "@mote/core";
import type {RandomBytes} from "@mote/duty-signing";
import type {KeymanagerConfig} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import type {KeySettings} from "../keys/key-settings.ts";
import type {ValidatorKeys} from "../keys/validator-keys.ts";
import type {StateFiles} from "../system/state-files.ts";
import {portFault} from "./free-port.ts";

/**
 * The API itself begins when there are keys to speak of, after a beacon node has answered; a port in use is said before.
 * @throws {ExitError}
 */
export async function checkKeymanagerPort({address, port}: KeymanagerConfig): Promise<void> {
  if ((await portFault({address, port})) !== "EADDRINUSE") return;
  throw new ExitError(
    `the Keymanager API cannot be served at ${address}:${port}: the port is in use; choose another by --http-port`,
    EXIT_NEEDS_HUMAN,
  );
}

export interface ServeKeymanagerComponents {
  readonly keys: ValidatorKeys;
  readonly settings: KeySettings;
  readonly log: Log;
  readonly clock: Clock;
  readonly files: StateFiles;
  readonly random: RandomBytes;
}

/** @throws {ExitError} when token, certificate or address cannot be used */
export async function serveKeymanager(
  config: KeymanagerConfig,
  components: ServeKeymanagerComponents,
): Promise<{readonly url: string; stop(): Promise<void>}> {
  // Loaded only when asked for.
  const {openKeymanager} = await import("./keymanager/open-keymanager.ts");
  return openKeymanager(config, components);
}
