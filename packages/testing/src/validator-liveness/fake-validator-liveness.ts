import type {Epoch, Liveness, ValidatorIndex, ValidatorLiveness} from "@mote/core";

export interface FakeSeenVote {
  readonly index: ValidatorIndex;
  readonly targetEpoch: Epoch;
  /** Of a block that holds the vote. */
  readonly blockEpoch: Epoch;
}

/** What beacon nodes have seen of the validators, in memory. */
export class FakeValidatorLiveness implements ValidatorLiveness {
  /** In the order of the calls. */
  readonly asked: {readonly epoch: Epoch; readonly indices: readonly ValidatorIndex[]}[] = [];
  readonly votes: FakeSeenVote[] = [];
  /** Lodestar counts a vote for the epoch of each block that holds it, Lighthouse and Prysm for its target. */
  counts: "by target" | "by block epoch" = "by target";
  isLive = (epoch: Epoch, index: ValidatorIndex): boolean =>
    this.votes.some(
      (vote) => vote.index === index && (this.counts === "by target" ? vote.targetEpoch : vote.blockEpoch) === epoch,
    );
  /** Too few nodes answer: the call fails with this message unless somebody was seen. Null: enough do. */
  failure: string | null = null;
  /** Every answer waits for it. */
  until: Promise<void> = Promise.resolve();

  async liveness(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<readonly Liveness[]> {
    this.asked.push({epoch, indices});
    await this.until;
    const told = indices.map((index) => ({index, isLive: this.isLive(epoch, index)}));
    if (this.failure === null) return told;
    const live = told.filter(({isLive}) => isLive);
    if (live.length === 0) throw new Error(this.failure);
    return live;
  }
}
