import type {Clock} from "@mote/core";
import {BeaconNodeError, NoBeaconNodeError} from "../beacon-node-error.ts";

export interface FirstInit {
  /** Says in the error what was wanted. */
  readonly what: string;
  /** When a node has not answered for so long, the next one is asked beside it. */
  readonly hedgeDelayMs: number;
  readonly signal: AbortSignal;
}

/**
 * The first success of `nodes`, asked in their order: the next one when one fails or is slow. What is left over is aborted.
 * @throws {NoBeaconNodeError} when all failed
 */
export function first<N, T>(
  nodes: readonly N[],
  ask: (node: N, signal: AbortSignal) => Promise<T>,
  init: FirstInit,
  components: {readonly clock: Clock},
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leftOver = new AbortController();
    const signal = AbortSignal.any([leftOver.signal, init.signal]);
    const errors: BeaconNodeError[] = [];
    let asked = 0;
    let cancelHedge = () => {};
    const end = (finish: () => void) => {
      cancelHedge();
      finish();
      leftOver.abort();
    };
    const askNext = () => {
      cancelHedge();
      const node = nodes[asked];
      if (node === undefined) return;
      asked++;
      if (asked < nodes.length) cancelHedge = components.clock.after(init.hedgeDelayMs, askNext);
      ask(node, signal).then(
        (value) => end(() => resolve(value)),
        (error: unknown) => {
          if (!(error instanceof BeaconNodeError)) return end(() => reject(error));
          errors.push(error);
          if (errors.length === nodes.length) return end(() => reject(new NoBeaconNodeError(init.what, errors)));
          askNext();
        },
      );
    };
    if (nodes.length === 0) return reject(new NoBeaconNodeError(init.what, []));
    askNext();
  });
}
