import {type Clock, sleep} from "@mote/core";
import {RefusedError} from "./answer.ts";
import type {Gathering} from "./share-pool.ts";

export interface Patience {
  readonly clock: Clock;
  readonly waitMs: number;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/** The whole signatures, in the order of the list. @throws {RefusedError} 503 when too few shares come in time */
export async function wholeSignatures(list: readonly Gathering[], patience: Patience): Promise<readonly string[]> {
  const {clock, waitMs, signal} = patience;
  const settled = new AbortController();
  const ended = AbortSignal.any([signal, settled.signal]);
  const all = Promise.all(list.map(({whole}) => whole));
  const signatures = await Promise.race([all, sleep(clock, waitMs, ended).then(() => null)]);
  settled.abort();
  if (signatures !== null) return signatures;
  const fewest = Math.min(...list.map(({count}) => count));
  throw new RefusedError(503, `Only ${fewest} of the cluster have sent their share`);
}
