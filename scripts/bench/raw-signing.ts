import {randomBytes} from "node:crypto";
import {SecretKey} from "@chainsafe/bls/blst-native";

/** Bare BLS signing of one message by many keys: what no validator client can be faster than, on one thread. */
export class RawSigning {
  readonly samplesMs: number[] = [];
  readonly #keys: readonly SecretKey[];

  constructor(init: {readonly keys: number}) {
    this.#keys = Array.from({length: init.keys}, () => {
      const bytes = randomBytes(32);
      // Below the curve's order.
      bytes[0] = 1;
      return SecretKey.fromBytes(bytes);
    });
  }

  round(): void {
    const message = randomBytes(32);
    const startedMs = performance.now();
    for (const key of this.#keys) key.sign(message).toBytes();
    this.samplesMs.push(performance.now() - startedMs);
  }
}
