import {
  hexToBytes,
  PUBKEY_SIZE_BYTES,
  ROOT_SIZE_BYTES,
  type Root,
  SIGNATURE_SIZE_BYTES,
  type SignedBy,
} from "@mote/core";

/** What goes from the thread that asks to the one that verifies, and back: bytes in one piece, handed over without a copy. */
export interface VerifierOrder {
  readonly id: number;
  /** `aggregate`: root, signature, keys. `same_message`: root, then key and signature of each. */
  readonly kind: "aggregate" | "same_message";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface VerifierReply {
  readonly id: number;
  /** 1 for a good one. An aggregate has one verdict. */
  readonly verdicts: Uint8Array;
}

const SIGNED_SIZE_BYTES = PUBKEY_SIZE_BYTES + SIGNATURE_SIZE_BYTES;

export function aggregateBytes(
  pubkeys: readonly Uint8Array[],
  signingRoot: Root,
  signature: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const keysAt = ROOT_SIZE_BYTES + SIGNATURE_SIZE_BYTES;
  const bytes = new Uint8Array(keysAt + pubkeys.length * PUBKEY_SIZE_BYTES);
  bytes.set(hexToBytes(signingRoot));
  put(bytes, signature, ROOT_SIZE_BYTES, SIGNATURE_SIZE_BYTES);
  for (const [n, pubkey] of pubkeys.entries()) put(bytes, pubkey, keysAt + n * PUBKEY_SIZE_BYTES, PUBKEY_SIZE_BYTES);
  return bytes;
}

export function readAggregate(bytes: Uint8Array) {
  const keysAt = ROOT_SIZE_BYTES + SIGNATURE_SIZE_BYTES;
  return {
    signingRoot: bytes.subarray(0, ROOT_SIZE_BYTES),
    signature: bytes.subarray(ROOT_SIZE_BYTES, keysAt),
    pubkeys: Array.from({length: (bytes.length - keysAt) / PUBKEY_SIZE_BYTES}, (_, n) =>
      bytes.subarray(keysAt + n * PUBKEY_SIZE_BYTES, keysAt + (n + 1) * PUBKEY_SIZE_BYTES),
    ),
  };
}

export function sameMessageBytes(signingRoot: Root, signed: readonly SignedBy[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ROOT_SIZE_BYTES + signed.length * SIGNED_SIZE_BYTES);
  bytes.set(hexToBytes(signingRoot));
  for (const [n, {pubkey, signature}] of signed.entries()) {
    const at = ROOT_SIZE_BYTES + n * SIGNED_SIZE_BYTES;
    put(bytes, pubkey, at, PUBKEY_SIZE_BYTES);
    put(bytes, signature, at + PUBKEY_SIZE_BYTES, SIGNATURE_SIZE_BYTES);
  }
  return bytes;
}

export function readSameMessage(bytes: Uint8Array) {
  return {
    signingRoot: bytes.subarray(0, ROOT_SIZE_BYTES),
    signed: Array.from({length: (bytes.length - ROOT_SIZE_BYTES) / SIGNED_SIZE_BYTES}, (_, n) => {
      const at = ROOT_SIZE_BYTES + n * SIGNED_SIZE_BYTES;
      return {
        pubkey: bytes.subarray(at, at + PUBKEY_SIZE_BYTES),
        signature: bytes.subarray(at + PUBKEY_SIZE_BYTES, at + SIGNED_SIZE_BYTES),
      };
    }),
  };
}

/** Bytes of another length stay zeros: neither a key nor a signature, so that the verdict is false. */
function put(bytes: Uint8Array, part: Uint8Array, at: number, sizeBytes: number): void {
  if (part.length === sizeBytes) bytes.set(part, at);
}
