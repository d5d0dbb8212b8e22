// The native backend by name: the package's main entry falls back to WebAssembly in silence, which is eight times slower.
import {PublicKey as BlsPublicKey, Signature as BlsSignature, bls} from "@chainsafe/bls/blst-native";
import {hexToBytes, type Pubkey, type Root, type Signature} from "@mote/core";

/** Which BLS code runs; `mote` refuses to start with anything else. */
export const blsImplementation = (): string => bls.implementation;

/** False for a malformed key or signature, too. */
export function verifySignature(pubkey: Pubkey, signingRoot: Root, signature: Signature): boolean {
  try {
    const point = BlsSignature.fromBytes(signature, undefined, true);
    return point.verify(BlsPublicKey.fromBytes(hexToBytes(pubkey)), hexToBytes(signingRoot));
  } catch {
    return false;
  }
}

/** Whether it is a point that a signature can be verified by: on the curve, in its group, and not the point at infinity. */
export function isPublicKey(pubkey: Pubkey): boolean {
  try {
    BlsPublicKey.fromBytes(hexToBytes(pubkey), undefined, true);
    return true;
  } catch {
    return false;
  }
}
