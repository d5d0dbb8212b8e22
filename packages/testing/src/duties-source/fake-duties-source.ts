import type {AttesterDuties, AttesterDuty, DutiesSource, Epoch, Root, ValidatorIndex} from "@mote/core";

/** A beacon node's shuffling, in memory. */
export class FakeDutiesSource implements DutiesSource {
  /** In the order of the calls. */
  readonly asked: {readonly epoch: Epoch; readonly indices: readonly ValidatorIndex[]}[] = [];
  /** Null: this validator has no duty in the epoch. */
  dutyOf: (epoch: Epoch, validatorIndex: ValidatorIndex) => AttesterDuty | null;
  dependentRootOf: (epoch: Epoch) => Root;
  /** Every call fails with this message; null: none does. */
  failure: string | null = null;

  constructor(init: Pick<FakeDutiesSource, "dutyOf" | "dependentRootOf">) {
    this.dutyOf = init.dutyOf;
    this.dependentRootOf = init.dependentRootOf;
  }

  async attesterDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<AttesterDuties> {
    this.asked.push({epoch, indices});
    if (this.failure !== null) throw new Error(this.failure);
    const duties = indices.map((index) => this.dutyOf(epoch, index)).filter((duty) => duty !== null);
    return {epoch, dependentRoot: this.dependentRootOf(epoch), duties};
  }
}
