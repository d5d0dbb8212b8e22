import type {Clock} from "../ports/clock.ts";

/** Resolves after `delayMs`, or at once when `signal` is aborted: the caller looks at the signal, nothing is thrown. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal?.addEventListener("abort", finish, {once: true});
  });
}
