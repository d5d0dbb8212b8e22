import type {
  AttesterDuties,
  AttesterDuty,
  DutiesSource,
  Epoch,
  ProposerDuties,
  ProposerDuty,
  PtcDuties,
  PtcDuty,
  Root,
  SyncDuty,
  ValidatorIndex,
} from "@mote/core";

/** A beacon node's shuffling, in memory. */
export class FakeDutiesSource implements DutiesSource {
  /** Questions for attester duties, in the order of the calls. */
  readonly asked: {readonly epoch: Epoch; readonly indices: readonly ValidatorIndex[]}[] = [];
  /** Epochs whose duties of a kind were asked for, in the order of the calls. */
  readonly askedProposers: Epoch[] = [];
  readonly askedSync: Epoch[] = [];
  readonly askedPtc: Epoch[] = [];
  /** Null: this validator has no duty in the epoch. */
  dutyOf: (epoch: Epoch, validatorIndex: ValidatorIndex) => AttesterDuty | null;
  dependentRootOf: (epoch: Epoch) => Root;
  proposersOf: (epoch: Epoch) => readonly ProposerDuty[] = () => [];
  /** The last block before this epoch is what the proposers of an epoch rest on; attester duties of the epoch after it rest on the same. */
  proposersRestOn: (epoch: Epoch) => Epoch = (epoch) => (epoch - 1) as Epoch;
  /** Null: this validator has no seat in the epoch's period. */
  seatsOf: (epoch: Epoch, validatorIndex: ValidatorIndex) => SyncDuty | null = () => null;
  ptcOf: (epoch: Epoch, validatorIndex: ValidatorIndex) => readonly PtcDuty[] = () => [];
  /** Every call fails with this message; null: none does. */
  failure: string | null = null;

  constructor(init: Pick<FakeDutiesSource, "dutyOf" | "dependentRootOf">) {
    this.dutyOf = init.dutyOf;
    this.dependentRootOf = init.dependentRootOf;
  }

  async attesterDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<AttesterDuties> {
    this.asked.push({epoch, indices});
    this.#mayFail();
    const duties = indices.map((index) => this.dutyOf(epoch, index)).filter((duty) => duty !== null);
    return {epoch, dependentRoot: this.dependentRootOf(epoch), duties};
  }

  async proposerDuties(epoch: Epoch): Promise<ProposerDuties> {
    this.askedProposers.push(epoch);
    this.#mayFail();
    const dependentEpoch = this.proposersRestOn(epoch);
    const dependentRoot = this.dependentRootOf((dependentEpoch + 1) as Epoch);
    return {epoch, dependentRoot, dependentEpoch, duties: this.proposersOf(epoch)};
  }

  async syncDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<readonly SyncDuty[]> {
    this.askedSync.push(epoch);
    this.#mayFail();
    return indices.map((index) => this.seatsOf(epoch, index)).filter((duty) => duty !== null);
  }

  async ptcDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<PtcDuties> {
    this.askedPtc.push(epoch);
    this.#mayFail();
    const duties = indices.flatMap((index) => this.ptcOf(epoch, index));
    return {epoch, dependentRoot: this.dependentRootOf(epoch), duties};
  }

  #mayFail(): void {
    if (this.failure !== null) throw new Error(this.failure);
  }
}
