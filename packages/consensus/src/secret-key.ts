import {createHash} from "node:crypto";
import {SecretKey as BlsSecretKey} from "@chainsafe/bls/blst-native";
import {hexToBytes, type Pubkey, pubkeyToHex, type Root, type Signature} from "@mote/core";

const CURVE_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

/**
 * A BLS secret key. It prints as its public key only, so that it cannot slip into a log. Reached by the subpath
 * `@mote/consensus/secret-key`, which only duty-signing and devnet may import.
 */
export class SecretKey {
  readonly pubkey: Pubkey;
  readonly #key: BlsSecretKey;

  private constructor(key: BlsSecretKey) {
    this.#key = key;
    this.pubkey = pubkeyToHex(key.toPublicKey().toBytes());
  }

  /**
   * @param bytes 32 bytes, big-endian
   * @throws {Error} for zero, or a number that is not below the curve's order
   */
  static fromBytes(bytes: Uint8Array): SecretKey {
    return new SecretKey(BlsSecretKey.fromBytes(bytes));
  }

  /** The well-known test key number `index`. Everyone has it: for devnets only. */
  static interop(index: number): SecretKey {
    const seed = Buffer.alloc(32);
    seed.writeUInt32LE(index);
    const digest = createHash("sha256").update(seed).digest().reverse();
    const scalar = BigInt(`0x${digest.toString("hex")}`) % CURVE_ORDER;
    return SecretKey.fromBytes(Buffer.from(scalar.toString(16).padStart(64, "0"), "hex"));
  }

  sign(signingRoot: Root): Signature {
    return this.#key.sign(hexToBytes(signingRoot)).toBytes() as Signature;
  }

  /** The 32 bytes of {@link SecretKey.fromBytes}, to hand the key to another thread of this process, and for nothing else. */
  toBytes(): Uint8Array {
    return this.#key.toBytes();
  }

  toJSON(): string {
    return `SecretKey(${this.pubkey})`;
  }
}
