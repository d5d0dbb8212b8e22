import {rm} from "node:fs/promises";
import {join} from "node:path";
import type {StateFiles} from "../system/state-files.ts";
import type {RunningFile} from "./node-status.ts";

export const runningFilePath = (datadir: string): string => join(datadir, "running.json");

/** One that a killed node left behind is replaced: who writes holds the data directory. */
export async function writeRunningFile(
  datadir: string,
  content: RunningFile,
  {files}: {readonly files: StateFiles},
): Promise<void> {
  await files.writeWhole(runningFilePath(datadir), `${JSON.stringify(content, null, 2)}\n`);
}

export async function removeRunningFile(datadir: string): Promise<void> {
  await rm(runningFilePath(datadir), {force: true});
}
