import type {Clock} from "@mote/core";

/**
 * What `ask` answers, at most `timeoutMs` from now: a source must not hold up all others.
 * @throws what `ask` rejects with, or {Error} when the time or the signal is up; the late answer is dropped
 */
export function boundedAsk<T>(
  ask: () => Promise<T>,
  {timeoutMs, signal, clock}: {readonly timeoutMs: number; readonly signal: AbortSignal; readonly clock: Clock},
): Promise<T> {
  const {promise, resolve, reject} = Promise.withResolvers<T>();
  const cancel = clock.after(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
  const abort = () => reject(new Error("stopped"));
  signal.addEventListener("abort", abort, {once: true});
  if (signal.aborted) abort();
  else (async () => ask())().then(resolve, reject);
  return promise.finally(() => {
    cancel();
    signal.removeEventListener("abort", abort);
  });
}
