import type {CommitteeSelection, DistributedSelections, Signature, SyncCommitteeSelection} from "@mote/core";

/** A cluster's middleware, in memory: puts shares together at once, unless told otherwise. */
export class FakeDistributedSelections implements DistributedSelections {
  /** One list a request. */
  readonly committee: (readonly CommitteeSelection[])[] = [];
  readonly syncCommittee: (readonly SyncCommitteeSelection[])[] = [];
  /** The cluster's proof; null: too few shares came, so it is left out. */
  combine: (partial: CommitteeSelection) => Signature | null = ({selectionProof}) =>
    selectionProof.map((byte) => byte ^ 0xff) as Signature;
  /** Every call fails with this message; null: none does. */
  failure: string | null = null;

  async committeeSelections(partial: readonly CommitteeSelection[]): Promise<readonly CommitteeSelection[]> {
    this.committee.push(partial);
    return this.#combined(partial);
  }

  async syncCommitteeSelections(
    partial: readonly SyncCommitteeSelection[],
  ): Promise<readonly SyncCommitteeSelection[]> {
    this.syncCommittee.push(partial);
    return this.#combined(partial);
  }

  #combined<T extends CommitteeSelection>(partial: readonly T[]): T[] {
    if (this.failure !== null) throw new Error(this.failure);
    return partial.flatMap((one) => {
      const selectionProof = this.combine(one);
      return selectionProof === null ? [] : [{...one, selectionProof}];
    });
  }
}
