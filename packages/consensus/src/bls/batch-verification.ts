import blst from "@chainsafe/blst";
import type {PublicKeyCache} from "./public-key-cache.ts";

/** Verification on the thread that calls it. A malformed key or signature is a false one; nothing throws. */

export interface SignedBytes {
  readonly pubkey: Uint8Array;
  readonly signature: Uint8Array;
}

/** Whether all of these keys signed this one root. */
export function verifyAggregate(
  keys: PublicKeyCache,
  {pubkeys, signingRoot, signature}: {pubkeys: readonly Uint8Array[]; signingRoot: Uint8Array; signature: Uint8Array},
): boolean {
  const points = pubkeys.map((pubkey) => keys.get(pubkey)).filter((point) => point !== null);
  if (points.length === 0 || points.length < pubkeys.length) return false;
  return isTrue(() => blst.fastAggregateVerify(signingRoot, points, blst.Signature.fromBytes(signature, true)));
}

/** A verdict for each, in their order. */
export function verifySameMessage(
  keys: PublicKeyCache,
  signingRoot: Uint8Array,
  signed: readonly SignedBytes[],
): boolean[] {
  const verdicts = new Array<boolean>(signed.length).fill(false);
  const sets: BlstSet[] = [];
  for (const [at, {pubkey, signature}] of signed.entries()) {
    const pk = keys.get(pubkey);
    if (pk !== null) sets.push({at, pk, sig: signature});
  }
  if (sets.length > 0) markGood(signingRoot, sets, verdicts);
  return verdicts;
}

interface BlstSet {
  readonly at: number;
  readonly pk: blst.PublicKey;
  readonly sig: Uint8Array;
}

/**
 * A batch with a bad one in it is halved until that one stands alone: log n batches more.
 * @param isSpoilt there is a bad one in it, as is known without verifying
 * @returns whether all are good
 */
function markGood(signingRoot: Uint8Array, sets: readonly BlstSet[], verdicts: boolean[], isSpoilt = false): boolean {
  if (!isSpoilt && areAllGood(signingRoot, sets)) {
    for (const {at} of sets) verdicts[at] = true;
    return true;
  }
  if (sets.length > 1) {
    const half = Math.ceil(sets.length / 2);
    const isFirstHalfGood = markGood(signingRoot, sets.slice(0, half), verdicts);
    markGood(signingRoot, sets.slice(half), verdicts, isFirstHalfGood);
  }
  return false;
}

function areAllGood(signingRoot: Uint8Array, sets: readonly BlstSet[]): boolean {
  const [first] = sets;
  return isTrue(() => {
    if (sets.length === 1 && first !== undefined) {
      return blst.verify(signingRoot, first.pk, blst.Signature.fromBytes(first.sig, true));
    }
    // Each is multiplied by a random number: bad ones that cancel each other out do not pass.
    const {pk, sig} = blst.aggregateWithRandomness([...sets]);
    return blst.verify(signingRoot, pk, sig);
  });
}

/** The library throws for bytes that are no signature. */
function isTrue(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false;
  }
}
