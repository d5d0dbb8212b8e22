import {generateKeyPair, privateKeyFromRaw} from "@libp2p/crypto/keys";
import type {Secp256k1PrivateKey} from "@libp2p/interface";
import type {NetworkFiles} from "./network.ts";

export class IdentityError extends Error {
  override name = "IdentityError";
}

const KEY_SIZE_BYTES = 32;

/**
 * The key that peers know this node by, kept as 64 hex digits; made when there is none. It signs nothing but the transport's handshakes and this node's record.
 * @throws {IdentityError} when what is kept is no such key: a new one in its place would be another node to every peer, and that is the operator's choice
 */
export async function loadIdentity(files: NetworkFiles): Promise<Secp256k1PrivateKey> {
  const kept = await files.read("p2p-key");
  if (kept !== null) return parseKey(kept);
  const key = await generateKeyPair("secp256k1");
  await files.write("p2p-key", Buffer.from(Buffer.from(key.raw).toString("hex")));
  return key;
}

function parseKey(kept: Uint8Array): Secp256k1PrivateKey {
  const text = Buffer.from(kept.subarray(0, 2 * KEY_SIZE_BYTES + 2))
    .toString("latin1")
    .trimEnd();
  if (/^[0-9a-f]{64}$/i.test(text)) {
    try {
      const key = privateKeyFromRaw(Buffer.from(text, "hex"));
      if (key.type === "secp256k1") return key;
    } catch {
      // Zero, or a number above the order of the curve.
    }
  }
  throw new IdentityError(
    "the file p2p-key holds no secp256k1 key (64 hex digits): restore it from a backup, or remove it to be known by a new peer id from now on",
  );
}
