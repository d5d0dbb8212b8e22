import {hexToBytes, PUBKEY_SIZE_BYTES, type Pubkey, type Root, SIGNATURE_SIZE_BYTES, type Signature} from "@mote/core";

/** Tells who signed what, as a real one does: the pubkey, the signing root, and zeros. */
export function fakeSignatureOf(pubkey: Pubkey, signingRoot: Root): Signature {
  const signature = new Uint8Array(SIGNATURE_SIZE_BYTES);
  signature.set(hexToBytes(pubkey));
  signature.set(hexToBytes(signingRoot), PUBKEY_SIZE_BYTES);
  return signature as Signature;
}
