import type {Clock} from "@mote/core";
import {ApiError} from "./api-error.ts";

/** No body of this API needs more than four levels; interchange files in it need five. */
const JSON_DEPTH_MAX = 16;
/** A body that takes longer is broken off: while it is read, other changes wait. */
const BODY_TIMEOUT_MS = 30_000;

/** What is needed of a request. */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  readonly headers: {readonly "content-length"?: string | undefined};
}

/** @throws {ApiError} 408 or 413 when it takes too long or is too large, 400 when it is broken off */
export async function readBody(
  stream: BodyStream,
  sizeBytesMax: number,
  {clock}: {readonly clock: Clock},
): Promise<Uint8Array> {
  const tooLarge = () => new ApiError(413, `the body has more than ${sizeBytesMax} bytes: send fewer items at a time`);
  // Said before a single byte is read.
  if (Number(stream.headers["content-length"] ?? 0) > sizeBytesMax) throw tooLarge();
  let isLate: (error: ApiError) => void = () => {};
  const late = new Promise<never>((_, reject) => {
    isLate = reject;
  });
  const cancel = clock.after(BODY_TIMEOUT_MS, () =>
    isLate(new ApiError(408, `the body did not come within ${BODY_TIMEOUT_MS / 1000} s`)),
  );
  const chunks = stream[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for (;;) {
      const next = await Promise.race([nextOf(chunks), late]);
      if (next.done === true) return Buffer.concat(parts);
      sizeBytes += next.value.length;
      if (sizeBytes > sizeBytesMax) throw tooLarge();
      parts.push(next.value);
    }
  } finally {
    cancel();
  }
}

/** Without `return()`: that would destroy the connection, and the error would never be told. */
async function nextOf(chunks: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  try {
    return await chunks.next();
  } catch {
    throw new ApiError(400, "the body broke off");
  }
}

/** @throws {ApiError} 400 for what is not JSON in UTF-8 */
export function parseBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", {fatal: true}).decode(bytes);
  } catch {
    throw new ApiError(400, "the body is not UTF-8");
  }
  return parseJson(text, "the body");
}

/** @throws {ApiError} 400, without the words of `JSON.parse`, which quote the text */
export function parseJson(text: string, what: string): unknown {
  if (isDeeperThan(text, JSON_DEPTH_MAX))
    throw new ApiError(400, `${what} is nested deeper than ${JSON_DEPTH_MAX} levels`);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, `${what} is not JSON`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function isDeeperThan(text: string, depthMax: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    // [ and {, ] and }: they differ in the bit 0x20 alone.
    else if ((code | 0x20) === 0x7b) {
      if (++depth > depthMax) return true;
    } else if ((code | 0x20) === 0x7d) depth--;
  }
  return false;
}
