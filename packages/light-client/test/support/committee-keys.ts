import {fastAggregateVerify, PublicKey, SecretKey, Signature} from "@chainsafe/blst";
import {SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import type {altair} from "@lodestar/types";
import {hexToBytes, type Root, type SignatureVerifier} from "@mote/core";

const CURVE_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

/** A sync committee with real keys. Its members sign together by the sum of their keys. */
export class CommitteeKeys {
  readonly committee: altair.SyncCommittee;
  readonly #scalars: readonly bigint[];

  constructor(seed: number, size: number = SYNC_COMMITTEE_SIZE) {
    this.#scalars = Array.from({length: size}, (_, seat) => BigInt(seed * 100_000 + seat + 1));
    const pubkeys = this.#scalars.map((scalar) => secretKey(scalar).toPublicKey().toBytes());
    this.committee = {
      pubkeys,
      aggregatePubkey: this.#sum(pubkeys.map((_, seat) => seat))
        .toPublicKey()
        .toBytes(),
    };
  }

  sign(signingRoot: Root, seats: readonly number[]): Uint8Array {
    return this.#sum(seats).sign(hexToBytes(signingRoot)).toBytes();
  }

  #sum(seats: readonly number[]): SecretKey {
    return secretKey(seats.reduce((sum, seat) => (sum + (this.#scalars[seat] as bigint)) % CURVE_ORDER, 0n));
  }
}

const secretKey = (scalar: bigint): SecretKey =>
  SecretKey.fromBytes(Buffer.from(scalar.toString(16).padStart(64, "0"), "hex"));

/** Verifies at once, in this thread. */
export class PlainVerifier implements SignatureVerifier {
  verified = 0;

  async verifyAggregate(pubkeys: readonly Uint8Array[], signingRoot: Root, signature: Uint8Array): Promise<boolean> {
    this.verified++;
    try {
      const keys = pubkeys.map((pubkey) => PublicKey.fromBytes(pubkey));
      return fastAggregateVerify(hexToBytes(signingRoot), keys, Signature.fromBytes(signature), true);
    } catch {
      return false;
    }
  }

  verifySameMessage(): Promise<readonly boolean[]> {
    throw new Error("a light client does not ask for this");
  }
}
