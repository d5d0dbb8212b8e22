import {StoppedError} from "./stopped-error.ts";

/** What `promise` comes to. @throws {StoppedError} as soon as the process is told to stop: what was begun may go on behind it */
export async function untilStopped<T>(promise: Promise<T>, stop: AbortSignal): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const onAbort = () => stopped.reject(new StoppedError());
  stop.addEventListener("abort", onAbort, {once: true});
  if (stop.aborted) onAbort();
  try {
    return await Promise.race([promise, stopped.promise]);
  } finally {
    stop.removeEventListener("abort", onAbort);
  }
}
