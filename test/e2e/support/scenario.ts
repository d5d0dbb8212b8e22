import {messageOf} from "@mote/core";
import type {MoteProcess} from "./mote-process.ts";

/** Work that a suite starts beside others, before its tests: a failure is that of the test that awaits it, not of the process. */
export function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/** Runs checks; when one fails, the error says why, and what the process said. */
export async function explained<T>(mote: MoteProcess, check: () => T | Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${mote.story()}`, {cause: error});
  }
}
