import {readdir} from "node:fs/promises";
import {join} from "node:path";
import type {RunningFile} from "@mote/node";
import {DiskTextFiles, describeFileError} from "@mote/node/config";
import {type Answer, askNode} from "./ask-node.ts";

const FILE_NAME = "running.json";
const FILE_SIZE_BYTES_MAX = 4096;

export type RunningNode =
  /** Nothing says that a node runs there. */
  | {readonly kind: "absent"}
  /** Something says so, and is of no use; why, for people. */
  | {readonly kind: "unreadable"; readonly problem: string}
  | {readonly kind: "named"; readonly pid: number; readonly answer: Answer};

/** Looks up the node of a data directory and asks it how it goes. */
export async function askRunningNode(datadir: string, stop: AbortSignal): Promise<RunningNode> {
  const reading = readRunningFile(datadir);
  if (reading.kind !== "ok") return reading;
  const {running} = reading;
  return {kind: "named", pid: running.pid, answer: await askNode(running, stop)};
}

/** The data directories in `folder` in which a node runs, or ran until it was killed; in the order of their names. */
export async function findDatadirs(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const datadirs = names.sort().map((name) => join(folder, name));
  return datadirs.filter((datadir) => readRunningFile(datadir).kind !== "absent");
}

function readRunningFile(
  datadir: string,
): {readonly kind: "ok"; readonly running: RunningFile} | Exclude<RunningNode, {kind: "named"}> {
  const path = join(datadir, FILE_NAME);
  try {
    const running = parseRunningFile(new DiskTextFiles().read(path, FILE_SIZE_BYTES_MAX));
    return running === null ? {kind: "unreadable", problem: `${path} is damaged`} : {kind: "ok", running};
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return {kind: "absent"};
    return {kind: "unreadable", problem: `${path}: ${describeFileError(error)}; run this as the user that runs Mote`};
  }
}

/** The token is sent to this machine only, whoever may have written the file. */
function parseRunningFile(text: string): RunningFile | null {
  let value: Partial<Record<keyof RunningFile, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const {pid, url, token} = value ?? {};
  if (typeof pid !== "number" || typeof url !== "string" || typeof token !== "string") return null;
  const isSafe = /^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(url) && /^[\w.~+/=-]{1,256}$/.test(token);
  return isSafe ? {pid, url, token} : null;
}
