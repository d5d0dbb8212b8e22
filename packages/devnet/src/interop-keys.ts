import type {SecretKey} from "@chainsafe/blst";
import {interopSecretKeys} from "@lodestar/state-transition";
import {type Pubkey, pubkeyToHex} from "@mote/core";

export interface InteropKey {
  readonly secretKey: SecretKey;
  /** 48 bytes, compressed. */
  readonly publicKey: Uint8Array;
  readonly pubkey: Pubkey;
}

/** In the order of the validators' indices. */
export type InteropKeys = readonly InteropKey[];

/** The interop key pairs that every consensus client knows: no secret, for test networks only. */
export function interopKeys(count: number): InteropKeys {
  return interopSecretKeys(count).map((secretKey) => {
    const publicKey = secretKey.toPublicKey().toBytes();
    return {secretKey, publicKey, pubkey: pubkeyToHex(publicKey)};
  });
}
