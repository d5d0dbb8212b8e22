import {ApiError} from "@lodestar/api/server";
import type {Pubkey, ValidatorIndex} from "@mote/core";

/** Finds validators as requests name them: by index or by public key. */
export class ValidatorIndexes {
  readonly #byPubkey: ReadonlyMap<string, ValidatorIndex>;
  readonly #count: number;

  constructor(pubkeys: readonly Pubkey[]) {
    this.#byPubkey = new Map(pubkeys.map((pubkey, index) => [pubkey, index as ValidatorIndex]));
    this.#count = pubkeys.length;
  }

  /**
   * Indices in the order of `ids`, each once; what is not known here is left out.
   * @throws {ApiError} 400 for an id that is neither an index nor a public key
   */
  indicesOf(ids: readonly (string | number)[]): ValidatorIndex[] {
    const found = new Set<ValidatorIndex>();
    for (const id of ids) {
      const text = String(id);
      if (/^\d{1,20}$/.test(text)) {
        if (Number(text) < this.#count) found.add(Number(text) as ValidatorIndex);
      } else if (/^0x[0-9a-fA-F]{96}$/.test(text)) {
        const index = this.#byPubkey.get(text.toLowerCase());
        if (index !== undefined) found.add(index);
      } else {
        throw new ApiError(400, `Invalid validator ID: ${text.slice(0, 100)}`);
      }
    }
    return [...found];
  }
}
