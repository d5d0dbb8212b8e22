import {type Log, messageOf} from "@mote/core";
import type {RandomBytes} from "@mote/duty-signing";
import {StatusServer} from "../http/status-server.ts";
import type {StateFiles} from "../system/state-files.ts";
import type {NodeStatus} from "./node-status.ts";
import {removeRunningFile, writeRunningFile} from "./running-file.ts";

const TOKEN_SIZE_BYTES = 32;

export interface ServeStatusInit {
  /** Held by this process. */
  readonly datadir: string;
  readonly pid: number;
}

export interface ServeStatusComponents {
  readonly status: () => NodeStatus;
  readonly files: StateFiles;
  readonly random: RandomBytes;
  readonly log: Log;
}

/** Lets `mote status` ask this node. Votes do not depend on it, so what fails is said and nothing more. @returns what ends it */
export async function serveStatus(
  {datadir, pid}: ServeStatusInit,
  components: ServeStatusComponents,
): Promise<() => Promise<void>> {
  const {files, random, log} = components;
  const token = Buffer.from(random.bytes(TOKEN_SIZE_BYTES)).toString("hex");
  const server = new StatusServer({token}, components);
  try {
    const url = await server.start();
    await writeRunningFile(datadir, {pid, url, token}, {files});
  } catch (error) {
    log.warn("mote status will not find this node", {reason: messageOf(error)});
  }
  return async () => {
    await server.stop();
    await removeRunningFile(datadir);
  };
}
