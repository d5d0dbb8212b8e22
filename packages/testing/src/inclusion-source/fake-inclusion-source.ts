import type {Attestation, InclusionSource, Root, Slot} from "@mote/core";

export interface FakeBlock {
  readonly slot: Slot;
  readonly parentRoot: Root;
  readonly attestations: readonly Attestation[];
}

/** A beacon node's blocks and committees, in memory. */
export class FakeInclusionSource implements InclusionSource {
  readonly blocks = new Map<Root, FakeBlock>();
  /** Every call fails with this message; null: none does. */
  failure: string | null = null;
  readonly #committeeLengths: (slot: Slot) => readonly number[];

  constructor(init: {readonly committeeLengths: (slot: Slot) => readonly number[]}) {
    this.#committeeLengths = init.committeeLengths;
  }

  async blockAttestations(blockRoot: Root): Promise<readonly Attestation[]> {
    return this.#block(blockRoot).attestations;
  }

  async blockHeader(blockRoot: Root): Promise<{readonly slot: Slot; readonly parentRoot: Root}> {
    const {slot, parentRoot} = this.#block(blockRoot);
    return {slot, parentRoot};
  }

  async committeeLengths(slot: Slot): Promise<readonly number[]> {
    if (this.failure !== null) throw new Error(this.failure);
    return this.#committeeLengths(slot);
  }

  #block(blockRoot: Root): FakeBlock {
    if (this.failure !== null) throw new Error(this.failure);
    const block = this.blocks.get(blockRoot);
    if (block === undefined) throw new Error(`no block ${blockRoot}`);
    return block;
  }
}
