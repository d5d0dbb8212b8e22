import {distance} from "fastest-levenshtein";

/** The name among `names` that `name` was probably meant to be: at most two letters in five are wrong. Null when nothing is that near. */
export function nearest(name: string, names: readonly string[]): string | null {
  const wanted = plain(name);
  let best: string | null = null;
  let bestDistance = Math.ceil(wanted.length * 0.4) + 1;
  for (const candidate of names) {
    const candidateDistance = distance(wanted, plain(candidate));
    if (candidateDistance < bestDistance) {
      best = candidate;
      bestDistance = candidateDistance;
    }
  }
  return best;
}

/** Hyphens and capitals are how tools differ in one and the same word. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^--|^MOTE_/i, "")
    .replace(/[-_]/g, "");
