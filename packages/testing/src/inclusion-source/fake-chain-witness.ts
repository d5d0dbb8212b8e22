import type {AttesterDuties, ChainWitness, Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import type {FakeDutiesSource} from "../duties-source/fake-duties-source.ts";
import {FakeInclusionSource} from "./fake-inclusion-source.ts";

/** One beacon node's chain, in memory. Its head is its highest block. */
export class FakeChainWitness extends FakeInclusionSource implements ChainWitness {
  /** Every answer waits for it. */
  until: Promise<void> = Promise.resolve();
  /** Blocks whose attestations were read, in the order of the calls. */
  readonly read: Root[] = [];
  readonly #duties: FakeDutiesSource;

  constructor(init: {readonly committeeLengths: (slot: Slot) => readonly number[]; readonly duties: FakeDutiesSource}) {
    super(init);
    this.#duties = init.duties;
  }

  async head(): Promise<{readonly root: Root; readonly slot: Slot; readonly parentRoot: Root}> {
    await this.until;
    const [highest] = [...this.blocks].toSorted(([, a], [, b]) => b.slot - a.slot);
    if (this.failure !== null || highest === undefined) throw new Error(this.failure ?? "no block");
    const [root, {slot, parentRoot}] = highest;
    return {root, slot, parentRoot};
  }

  async attesterDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<AttesterDuties> {
    await this.until;
    return this.#duties.attesterDuties(epoch, indices);
  }

  override async blockAttestations(blockRoot: Root) {
    this.read.push(blockRoot);
    return super.blockAttestations(blockRoot);
  }
}
