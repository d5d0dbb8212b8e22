import type {SlashingProtection} from "@mote/core";
import {blockOf, IMPORTED_KEYS, pubkeyOf, voteOf} from "./messages.ts";

/**
 * Which of the printed messages a protection does not know any more. Behind `retainEpochs` it may have forgotten the message itself, but
 * then it has to refuse it. The last process started with the number `lastStart`.
 */
export async function findLost(
  protection: SlashingProtection,
  lines: readonly string[],
  {retainEpochs, lastStart = 0}: {readonly retainEpochs: number; readonly lastStart?: number},
): Promise<string[]> {
  const newest = new Map<string, number>();
  for (const line of lines) {
    const {of, n} = parse(line);
    newest.set(of, Math.max(newest.get(of) ?? 0, n));
  }
  const lost: string[] = [];
  for (const line of lines) {
    const {word, key, n, of} = parse(line);
    if (word === "import") {
      if ((await importedKeys(protection, n)) < IMPORTED_KEYS.length) lost.push(line);
      continue;
    }
    const pubkey = pubkeyOf(Number(key));
    const {kind} =
      word === "vote"
        ? await protection.recordAttestation(pubkey, voteOf(n))
        : await protection.recordBlock(pubkey, blockOf(n));
    // One message more may have been accepted: the next one, or the first of the last process.
    const newestPossible = Math.max((newest.get(of) ?? 0) + 1, lastStart);
    const mayBeForgotten = n <= newestPossible - retainEpochs;
    if (kind !== "already_signed" && !(mayBeForgotten && kind === "refused")) lost.push(line);
  }
  return lost;
}

/** How many keys of file `n` have what it says of them. */
export async function importedKeys(protection: SlashingProtection, n: number): Promise<number> {
  let count = 0;
  for (const key of IMPORTED_KEYS) {
    const {targetEpoch, signingRoot} = voteOf(n);
    if ((await protection.explains(pubkeyOf(key), {targetEpoch, signingRoot})) === "same") count++;
  }
  return count;
}

function parse(line: string): {word: string; key: string; of: string; n: number} {
  const [word = "", key = "", n = ""] = line.split(" ");
  return {word, key, of: `${word} ${key}`, n: Number(n)};
}
