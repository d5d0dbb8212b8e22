import type {StoredKey} from "@mote/duty-signing";
import {RefusedError} from "../command/refused-error.ts";

/** Shorter beginnings of a public key are mistyped too easily. */
const PREFIX_DIGITS_MIN = 6;
/** `0x` and 48 bytes. */
const PUBKEY_CHARS = 98;
const PROBLEMS_SHOWN_MAX = 20;

/**
 * The keys that are meant by public keys or their beginnings, or all of them.
 * @throws {RefusedError} when a word names none or several, or nothing is named
 */
export function selectKeys(
  keys: readonly StoredKey[],
  {words, all}: {readonly words: readonly string[]; readonly all: boolean},
): readonly StoredKey[] {
  if (all && words.length > 0) throw new RefusedError("--all and public keys exclude each other: give one of them");
  if (all) return firstOfEach(keys);
  if (words.length === 0) throw new RefusedError("which keys? Give their public keys, or how they begin, or --all");
  const distinct = firstOfEach(keys);
  const problems: string[] = [];
  const chosen = words.flatMap((word) => {
    const wanted = word.toLowerCase().replace(/^(?:0x)?/, "0x");
    const found = isPrefix(wanted) ? distinct.filter(({pubkey}) => pubkey.startsWith(wanted)) : [];
    if (found.length === 1) return found;
    problems.push(problemOf(word, wanted, found.length));
    return [];
  });
  if (problems.length > 0) throw new RefusedError(problems.slice(0, PROBLEMS_SHOWN_MAX).join("; "));
  return firstOfEach(chosen);
}

const isPrefix = (wanted: string): boolean => new RegExp(`^0x[0-9a-f]{${PREFIX_DIGITS_MIN},96}$`).test(wanted);

function problemOf(word: string, wanted: string, found: number): string {
  const shown = JSON.stringify(word.slice(0, 100));
  if (!isPrefix(wanted))
    return `${shown} is no public key: 0x and 96 hex digits, or the first ${PREFIX_DIGITS_MIN} or more`;
  if (found === 0) return `no key here ${wanted.length === PUBKEY_CHARS ? "is" : "begins with"} ${shown}`;
  return `${found} keys here begin with ${shown}: write more of it`;
}

/** Several files may be of one key. */
function firstOfEach(keys: readonly StoredKey[]): readonly StoredKey[] {
  return [...new Map(keys.map((key) => [key.pubkey, key])).values()];
}
