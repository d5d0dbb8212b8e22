import type {altair} from "@lodestar/types";
import {
  type AnswerCheck,
  type Attestation,
  type AttestationData,
  type AttestationDataOutcome,
  type AttestationDataRequest,
  type BlockOutcome,
  type BlockRequest,
  type ChainData,
  type Clock,
  type DataFailure,
  type HeadRootOutcome,
  type HeadRootRequest,
  hexToBytes,
  type PayloadAttestationDataOutcome,
  type Slot,
  sleep,
} from "@mote/core";

export type AggregateRequest = Parameters<ChainData["aggregateAttestation"]>[0];
export type ContributionRequest = Parameters<ChainData["syncCommitteeContribution"]>[0];
export type PayloadAttestationDataRequest = Parameters<ChainData["payloadAttestationData"]>[0];

/** Between two looks at what the beacon nodes have by now. */
const POLL_INTERVAL_MS = 50;

const NO_ANSWER: DataFailure = {kind: "failed", reason: "NO_BEACON_NODE", detail: "bn0: no answer"};

/**
 * One beacon node's data, in memory. What it answers can be changed at any time, also while calls wait; null means: nothing yet. Answers of
 * its own are judged by the request's check, as a set of beacon nodes does.
 */
export class FakeChainData implements ChainData {
  /** Each list is in the order of the calls. */
  readonly requests: AttestationDataRequest[] = [];
  readonly blockRequests: BlockRequest[] = [];
  readonly headRootRequests: HeadRootRequest[] = [];
  readonly contributionRequests: ContributionRequest[] = [];
  readonly payloadRequests: PayloadAttestationDataRequest[] = [];
  answer: (request: AttestationDataRequest) => AttestationDataOutcome | null;
  aggregate: (request: AggregateRequest) => Attestation | null = () => null;
  produce: (request: BlockRequest) => BlockOutcome | null = () => null;
  headOf: (request: HeadRootRequest) => HeadRootOutcome | null;
  contribution: (request: ContributionRequest) => altair.SyncCommitteeContribution | null = () => null;
  payload: (request: PayloadAttestationDataRequest) => PayloadAttestationDataOutcome | null;
  readonly #clock: Clock;

  /** By default the head of every slot is the block that `dataOf` votes for, and its payload is there. */
  constructor(init: {readonly dataOf: (slot: Slot) => AttestationData}, components: {readonly clock: Clock}) {
    this.answer = ({slot, head}) => {
      const data = init.dataOf(slot);
      return isHead(head, data) ? {kind: "data", data, beaconNodes: ["bn0"]} : OTHER_HEAD;
    };
    this.headOf = ({slot, head}) => {
      const data = init.dataOf(slot);
      return isHead(head, data) ? {kind: "root", root: data.beaconBlockRoot} : OTHER_HEAD;
    };
    this.payload = ({slot}) => {
      const beaconBlockRoot = hexToBytes(init.dataOf(slot).beaconBlockRoot);
      return {kind: "data", data: {beaconBlockRoot, slot, payloadPresent: true, blobDataAvailable: true}};
    };
    this.#clock = components.clock;
  }

  async attestationData(request: AttestationDataRequest): Promise<AttestationDataOutcome> {
    this.requests.push(request);
    const outcome = await this.#askHead(request, () => this.answer(request));
    return outcome.kind === "data" ? judged(outcome, outcome.data, request.check) : outcome;
  }

  async aggregateAttestation(request: AggregateRequest): Promise<Attestation> {
    const aggregate = await this.#poll(() => this.aggregate(request), request.untilMs);
    if (aggregate === null) throw new Error("no aggregate");
    return aggregate;
  }

  async block(request: BlockRequest): Promise<BlockOutcome> {
    this.blockRequests.push(request);
    const outcome = await this.#poll(() => this.produce(request), request.untilMs);
    if (outcome === null) return NO_ANSWER;
    return outcome.kind === "block" ? judged(outcome, outcome.produced, request.check) : outcome;
  }

  async headRoot(request: HeadRootRequest): Promise<HeadRootOutcome> {
    this.headRootRequests.push(request);
    return this.#askHead(request, () => this.headOf(request));
  }

  async syncCommitteeContribution(request: ContributionRequest): Promise<altair.SyncCommitteeContribution> {
    this.contributionRequests.push(request);
    const contribution = await this.#poll(() => this.contribution(request), request.untilMs);
    if (contribution === null) throw new Error("no contribution");
    return contribution;
  }

  async payloadAttestationData(request: PayloadAttestationDataRequest): Promise<PayloadAttestationDataOutcome> {
    this.payloadRequests.push(request);
    const outcome = await this.#poll(() => this.payload(request), request.untilMs);
    if (outcome === null) return NO_ANSWER;
    return outcome.kind === "data" ? judged(outcome, outcome.data, request.check) : outcome;
  }

  /** A request that names a head is answered at once, any other as soon as there is something. */
  async #askHead<T>(request: HeadRootRequest, look: () => T | null): Promise<T | DataFailure> {
    if (request.head !== undefined) {
      return look() ?? {kind: "failed", reason: "HEAD_NOT_AGREED", detail: "bn0: no answer"};
    }
    return (await this.#poll(look, request.untilMs)) ?? NO_ANSWER;
  }

  async #poll<T>(look: () => T | null, untilMs: number): Promise<T | null> {
    for (;;) {
      const found = look();
      const leftMs = untilMs - this.#clock.nowMs();
      if (found !== null || leftMs <= 0) return found;
      await sleep(this.#clock, Math.min(leftMs, POLL_INTERVAL_MS));
    }
  }
}

const OTHER_HEAD: DataFailure = {kind: "failed", reason: "HEAD_NOT_AGREED", detail: "bn0: another head"};

const isHead = (head: string | undefined, data: AttestationData): boolean =>
  head === undefined || head === data.beaconBlockRoot;

function judged<Outcome, T>(outcome: Outcome, answer: T, check: AnswerCheck<T>): Outcome | DataFailure {
  const wrong = check(answer, "bn0");
  return wrong === null ? outcome : {kind: "failed", ...wrong};
}
