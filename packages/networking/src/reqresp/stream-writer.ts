import type {Stream, StreamCloseEvent} from "@libp2p/interface";
import type {Uint8ArrayList} from "uint8arraylist";

/** Sends these pieces, each made when the one before has gone as far as the peer lets it. @throws when the stream breaks, or with the signal's reason */
export async function sendAll(stream: Stream, pieces: Iterable<Uint8ArrayList>, signal: AbortSignal): Promise<void> {
  for (const piece of pieces) {
    signal.throwIfAborted();
    stream.send(piece);
    while (stream.writableNeedsDrain) await drained(stream, signal);
  }
}

/** `Stream.onDrain()` resolves at once when the stream has drained before, however full it is by now. */
function drained(stream: Stream, signal: AbortSignal): Promise<void> {
  const {promise, resolve, reject} = Promise.withResolvers<void>();
  const onDrain = (): void => resolve();
  const onAbort = (): void => reject(signal.reason);
  const onClose = ({error}: StreamCloseEvent): void => reject(error ?? new Error("the stream was closed"));
  stream.addEventListener("drain", onDrain);
  stream.addEventListener("close", onClose);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  return promise.finally(() => {
    stream.removeEventListener("drain", onDrain);
    stream.removeEventListener("close", onClose);
    signal.removeEventListener("abort", onAbort);
  });
}
