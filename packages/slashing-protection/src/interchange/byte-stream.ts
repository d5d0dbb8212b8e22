import {InterchangeError} from "./interchange-error.ts";

/**
 * What an import is given as bytes; texts, as an export yields them, are taken too. A value that JSON.parse made may have lost digits
 * above 2^53−1: such a number is marked, so that the reader refuses it by name instead of taking what it was rounded to.
 * @throws {InterchangeError} for what JSON cannot say
 */
export async function* toByteStream(source: AsyncIterable<Uint8Array | string> | object): AsyncGenerator<Uint8Array> {
  if (source instanceof Uint8Array) yield source;
  else if (isStream(source))
    for await (const chunk of source) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  else yield Buffer.from(stringify(source));
}

/** Callers without types give anything. */
const isStream = (source: unknown): source is AsyncIterable<Uint8Array | string> =>
  typeof source === "object" && source !== null && Symbol.asyncIterator in source;

function stringify(value: object): string {
  try {
    const text = JSON.stringify(value, (_name, part: unknown) => exactly(part)) as string | undefined;
    if (text !== undefined) return text;
  } catch (cause) {
    throw new InterchangeError("NOT_JSON", {line: 1, column: 1, path: ""}, "the value cannot be written as JSON", {
      cause,
    });
  }
  throw new InterchangeError("NOT_JSON", {line: 1, column: 1, path: ""}, "the value cannot be written as JSON");
}

function exactly(part: unknown): unknown {
  if (typeof part === "bigint") return part.toString();
  const isRounded = typeof part === "number" && part > Number.MAX_SAFE_INTEGER;
  return isRounded ? `${part} (rounded: as a text it would be exact)` : part;
}
