import {setImmediate} from "node:timers/promises";
import {deriveSigningKey, type EncryptKeystoreInit, signingKeyPath} from "@mote/duty-signing";
import {StoppedError} from "../prompt/stopped-error.ts";

export interface DerivedKey {
  readonly index: number;
  readonly secretKey: EncryptKeystoreInit["secretKey"];
  /** EIP-2334. */
  readonly derivationPath: string;
}

/** Each takes some milliseconds: in between, Ctrl-C is heard. */
const KEYS_AT_ONCE = 20;

/** The signing keys of a mnemonic's seed, which is wiped. @throws {StoppedError} */
export async function deriveKeys(
  seed: Uint8Array,
  indices: readonly number[],
  stop: AbortSignal,
): Promise<readonly DerivedKey[]> {
  const keys: DerivedKey[] = [];
  try {
    for (const index of indices) {
      if (keys.length % KEYS_AT_ONCE === 0) await setImmediate();
      if (stop.aborted) throw new StoppedError();
      keys.push({index, secretKey: deriveSigningKey(seed, index), derivationPath: signingKeyPath(index)});
    }
    return keys;
  } finally {
    seed.fill(0);
  }
}

export const range = (first: number, length: number): number[] => Array.from({length}, (_, at) => first + at);

/** `0-2,5` */
export function rangesText(indices: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
