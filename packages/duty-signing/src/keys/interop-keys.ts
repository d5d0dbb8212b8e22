import {SecretKey} from "@mote/consensus/secret-key";
import {InvalidValueError} from "@mote/core";

const INTEROP_KEYS_MAX = 16_384;
const INTEROP_INDEX_MAX = 2 ** 32 - 1;

/**
 * Key numbers out of `0..63` or `0-63` (both ends belong to it), `5`, or a comma list of these; sorted, each once.
 * @param field names the setting in the error
 * @throws {InvalidValueError} naming `field`
 */
export function parseInteropRange(text: string, field: string): number[] {
  const indices = new Set<number>();
  for (const part of text.split(",")) {
    const [, first, last = first] = /^\s*(\d{1,10})\s*(?:(?:\.\.|-)\s*(\d{1,10})\s*)?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    // NaN, when nothing matched, fails every comparison.
    if (!(from <= to && to <= INTEROP_INDEX_MAX)) {
      throw new InvalidValueError(
        `${field} must be key numbers such as 0..63 or 0,4,7, not ${JSON.stringify(part.slice(0, 40))}`,
      );
    }
    if (to - from >= INTEROP_KEYS_MAX) throw tooMany(field);
    for (let index = from; index <= to; index++) indices.add(index);
    if (indices.size > INTEROP_KEYS_MAX) throw tooMany(field);
  }
  return [...indices].sort((a, b) => a - b);
}

/** The well-known test keys with these numbers: for devnets only. */
export const interopKeys = (indices: readonly number[]): SecretKey[] =>
  indices.map((index) => SecretKey.interop(index));

const tooMany = (field: string) => new InvalidValueError(`${field} must name at most ${INTEROP_KEYS_MAX} keys`);
