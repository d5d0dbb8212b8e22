import type {phase0} from "@lodestar/types";
import {attestationDataFromSsz, attestationSigningRoot, type NetworkConfig, ssz} from "@mote/consensus";
import {type AttestationData, InvalidValueError, type Root} from "@mote/core";

/** Different data that honest votes of two epochs bear, with room for forks; beyond it the oldest are worked out anew. */
const ENTRIES_MAX = 256;

export interface VoteData {
  readonly data: AttestationData;
  readonly signingRoot: Root;
}

/** Votes of one slot mostly bear the same data: they are converted and hashed once, and all of these votes share one object. */
export class VoteDataBook {
  readonly #config: NetworkConfig;
  readonly #entries = new Map<string, VoteData>();

  constructor(init: {readonly config: NetworkConfig}) {
    this.#config = init.config;
  }

  /** Null when there is a number above 2^53−1 in it, of which the library has lost digits by now. */
  of(data: phase0.AttestationData): VoteData | null {
    const id = Buffer.from(ssz.phase0.AttestationData.serialize(data)).toString("latin1");
    const known = this.#entries.get(id);
    if (known !== undefined) return known;
    const entry = this.#workOut(data);
    if (entry === null) return null;
    this.#entries.set(id, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest);
    return entry;
  }

  #workOut(ssz: phase0.AttestationData): VoteData | null {
    try {
      const data = attestationDataFromSsz(ssz);
      return {data, signingRoot: attestationSigningRoot(this.#config, data)};
    } catch (error) {
      if (error instanceof InvalidValueError) return null;
      throw error;
    }
  }
}
