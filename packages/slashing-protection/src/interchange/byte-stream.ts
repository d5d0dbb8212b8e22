import {InterchangeError} from "./interchange-error.ts";

/**
 * What an import is given as bytes. A value that JSON.parse made may have lost digits above 2^53−1: such a number is marked, so that
 * the reader refuses it by name instead of taking what it was rounded to.
 * @throws {InterchangeError} for what JSON cannot say
 */
export async function* toByteStream(source: AsyncIterable<Uint8Array> | object): AsyncGenerator<Uint8Array> {
  if (Symbol.asyncIterator in source) yield* source as AsyncIterable<Uint8Array>;
  else yield Buffer.from(stringify(source));
}

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
