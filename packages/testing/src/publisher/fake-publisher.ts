import type {
  Clock,
  CommitteeSubscription,
  Publisher,
  PublishOutcome,
  PublishReceipt,
  SignedAggregateAndProof,
  SingleAttestation,
} from "@mote/core";

/** One message on one path. */
export interface FakeDelivery {
  readonly path: string;
  /** Place of the message in its request. */
  readonly place: number;
  /** For a vote, its attester; for an aggregate, its aggregator. */
  readonly validatorIndex: number;
  /** Counts the requests of this kind from 1. */
  readonly attempt: number;
}

/** Takes messages by paths that a test judges for. */
export class FakePublisher implements Publisher {
  /** One list a request. */
  readonly votes: (readonly SingleAttestation[])[] = [];
  readonly aggregates: (readonly SignedAggregateAndProof[])[] = [];
  readonly subscriptions: (readonly CommitteeSubscription[])[] = [];
  judge: (delivery: FakeDelivery) => PublishReceipt["kind"] = () => "accepted";
  /** Paths that take no subscription. */
  readonly deaf = new Set<string>();
  readonly #paths: readonly string[];
  readonly #clock: Pick<Clock, "nowMs">;

  constructor(init: {readonly paths: readonly string[]}, components: {readonly clock: Pick<Clock, "nowMs">}) {
    this.#paths = init.paths;
    this.#clock = components.clock;
  }

  async publishAttestations(attestations: readonly SingleAttestation[]): Promise<readonly PublishOutcome[]> {
    this.votes.push(attestations);
    return this.#outcomes(
      attestations.map(({attesterIndex}) => attesterIndex),
      this.votes.length,
    );
  }

  async publishAggregates(aggregates: readonly SignedAggregateAndProof[]): Promise<readonly PublishOutcome[]> {
    this.aggregates.push(aggregates);
    return this.#outcomes(
      aggregates.map(({message}) => message.aggregatorIndex),
      this.aggregates.length,
    );
  }

  async subscribeCommittees(subscriptions: readonly CommitteeSubscription[]): Promise<void> {
    if (this.#paths.every((path) => this.deaf.has(path))) throw new Error("no path took the subscriptions");
    this.subscriptions.push(subscriptions);
  }

  #outcomes(validatorIndices: readonly number[], attempt: number): PublishOutcome[] {
    return validatorIndices.map((validatorIndex, place) => {
      const receipts = this.#paths.map((path) => receiptOf(path, this.judge({path, place, validatorIndex, attempt})));
      if (receipts.some(({kind}) => kind === "accepted")) {
        return {kind: "accepted", atMs: this.#clock.nowMs(), receipts};
      }
      const isRefused = receipts.every(({kind}) => kind === "refused");
      return {kind: "failed", reason: isRefused ? "PUBLISH_REFUSED" : "PUBLISH_UNANSWERED", receipts};
    });
  }
}

const DETAILS = {accepted: "", refused: "bad signature", unanswered: "TIMED_OUT"} as const;

const receiptOf = (path: string, kind: PublishReceipt["kind"]): PublishReceipt => ({path, kind, detail: DETAILS[kind]});
