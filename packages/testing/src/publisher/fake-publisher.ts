import type {altair, bellatrix, gloas, phase0} from "@lodestar/types";
import type {
  Clock,
  CommitteeSubscription,
  ProposerPreparation,
  Publisher,
  PublishOutcome,
  PublishReceipt,
  SignedAggregateAndProof,
  SignedBlock,
  SignedEnvelope,
  SingleAttestation,
  SyncCommitteeSubscription,
} from "@mote/core";

/** What a message is, by the list that it is kept in. */
export type FakeMessageKind =
  | "votes"
  | "aggregates"
  | "blocks"
  | "envelopes"
  | "syncMessages"
  | "contributions"
  | "payloadVotes"
  | "preferences"
  | "exits";

/** One message on one path. */
export interface FakeDelivery {
  readonly kind: FakeMessageKind;
  readonly path: string;
  /** Place of the message in its request. */
  readonly place: number;
  /** Who signed; null for an envelope, which does not say. */
  readonly validatorIndex: number | null;
  /** Counts the requests of this kind from 1. */
  readonly attempt: number;
}

/** Takes messages by paths that a test judges for. */
export class FakePublisher implements Publisher {
  /** One entry a request, in the order of the requests. */
  readonly votes: (readonly SingleAttestation[])[] = [];
  readonly aggregates: (readonly SignedAggregateAndProof[])[] = [];
  readonly blocks: SignedBlock[] = [];
  readonly envelopes: SignedEnvelope[] = [];
  readonly syncMessages: (readonly altair.SyncCommitteeMessage[])[] = [];
  readonly contributions: (readonly altair.SignedContributionAndProof[])[] = [];
  readonly payloadVotes: (readonly gloas.PayloadAttestationMessage[])[] = [];
  readonly preferences: (readonly gloas.SignedProposerPreferences[])[] = [];
  readonly exits: phase0.SignedVoluntaryExit[] = [];
  readonly subscriptions: (readonly CommitteeSubscription[])[] = [];
  readonly syncSubscriptions: (readonly SyncCommitteeSubscription[])[] = [];
  readonly preparations: (readonly ProposerPreparation[])[] = [];
  readonly registrations: (readonly bellatrix.SignedValidatorRegistrationV1[])[] = [];
  judge: (delivery: FakeDelivery) => PublishReceipt["kind"] = () => "accepted";
  /** What each answer to messages of a kind waits for. */
  readonly until: Partial<Record<FakeMessageKind, Promise<void>>> = {};
  /** Paths that take no subscription, preparation or registration. */
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
      "votes",
      attestations.map(({attesterIndex}) => attesterIndex),
    );
  }

  async publishAggregates(aggregates: readonly SignedAggregateAndProof[]): Promise<readonly PublishOutcome[]> {
    this.aggregates.push(aggregates);
    return this.#outcomes(
      "aggregates",
      aggregates.map(({message}) => message.aggregatorIndex),
    );
  }

  async publishBlock(block: SignedBlock): Promise<PublishOutcome> {
    this.blocks.push(block);
    const paths = block.produced.kind === "blinded" ? [block.beaconNode] : this.#paths;
    return this.#outcome("blocks", block.produced.block.proposerIndex, paths);
  }

  async publishExecutionPayloadEnvelope(envelope: SignedEnvelope): Promise<PublishOutcome> {
    this.envelopes.push(envelope);
    return this.#outcome("envelopes", null, envelope.blobData === null ? [envelope.beaconNode] : this.#paths);
  }

  async publishSyncCommitteeMessages(
    messages: readonly altair.SyncCommitteeMessage[],
  ): Promise<readonly PublishOutcome[]> {
    this.syncMessages.push(messages);
    return this.#outcomes(
      "syncMessages",
      messages.map(({validatorIndex}) => validatorIndex),
    );
  }

  async publishContributions(
    contributions: readonly altair.SignedContributionAndProof[],
  ): Promise<readonly PublishOutcome[]> {
    this.contributions.push(contributions);
    return this.#outcomes(
      "contributions",
      contributions.map(({message}) => message.aggregatorIndex),
    );
  }

  async publishPayloadAttestations(
    messages: readonly gloas.PayloadAttestationMessage[],
  ): Promise<readonly PublishOutcome[]> {
    this.payloadVotes.push(messages);
    return this.#outcomes(
      "payloadVotes",
      messages.map(({validatorIndex}) => validatorIndex),
    );
  }

  async publishVoluntaryExit(exit: phase0.SignedVoluntaryExit): Promise<PublishOutcome> {
    this.exits.push(exit);
    return this.#outcome("exits", exit.message.validatorIndex);
  }

  async publishProposerPreferences(
    preferences: readonly gloas.SignedProposerPreferences[],
  ): Promise<readonly PublishOutcome[]> {
    this.preferences.push(preferences);
    return this.#outcomes(
      "preferences",
      preferences.map(({message}) => message.validatorIndex),
    );
  }

  async subscribeCommittees(subscriptions: readonly CommitteeSubscription[]): Promise<void> {
    this.#hear("subscriptions");
    this.subscriptions.push(subscriptions);
  }

  async subscribeSyncCommittees(subscriptions: readonly SyncCommitteeSubscription[]): Promise<void> {
    this.#hear("subscriptions");
    this.syncSubscriptions.push(subscriptions);
  }

  async prepareProposers(preparations: readonly ProposerPreparation[]): Promise<void> {
    this.#hear("preparations");
    this.preparations.push(preparations);
  }

  async registerValidators(registrations: readonly bellatrix.SignedValidatorRegistrationV1[]): Promise<void> {
    this.#hear("registrations");
    this.registrations.push(registrations);
  }

  #hear(what: string): void {
    if (this.#paths.every((path) => this.deaf.has(path))) throw new Error(`no path took the ${what}`);
  }

  async #outcome(
    kind: FakeMessageKind,
    validatorIndex: number | null,
    paths: readonly string[] = this.#paths,
  ): Promise<PublishOutcome> {
    const [outcome] = await this.#outcomes(kind, [validatorIndex], paths);
    return outcome as PublishOutcome;
  }

  async #outcomes(
    kind: FakeMessageKind,
    validatorIndices: readonly (number | null)[],
    paths: readonly string[] = this.#paths,
  ): Promise<PublishOutcome[]> {
    const attempt = this[kind].length;
    await this.until[kind];
    return validatorIndices.map((validatorIndex, place) => {
      const receipts = paths.map((path) => receiptOf(path, this.judge({kind, path, place, validatorIndex, attempt})));
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
