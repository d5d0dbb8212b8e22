import {
  type Attestation,
  type AttestationData,
  type AttestationDataOutcome,
  type AttestationDataRequest,
  type ChainData,
  type Clock,
  type Slot,
  sleep,
} from "@mote/core";

export type AggregateRequest = Parameters<ChainData["aggregateAttestation"]>[0];

/** Between two looks at what the beacon nodes have by now. */
const POLL_INTERVAL_MS = 50;

/** One beacon node's data, in memory. What it answers can be changed at any time, also while calls wait. */
export class FakeChainData implements ChainData {
  /** In the order of the calls. */
  readonly requests: AttestationDataRequest[] = [];
  /** Null: no answer yet. */
  answer: (request: AttestationDataRequest) => AttestationDataOutcome | null;
  /** Null: there is none yet. */
  aggregate: (request: AggregateRequest) => Attestation | null = () => null;
  readonly #clock: Clock;

  constructor(init: {readonly dataOf: (slot: Slot) => AttestationData}, components: {readonly clock: Clock}) {
    this.answer = ({slot, head}) => {
      const data = init.dataOf(slot);
      if (head === undefined || head === data.beaconBlockRoot) return {kind: "data", data, beaconNodes: ["bn0"]};
      return {kind: "failed", reason: "HEAD_NOT_AGREED", detail: "bn0: another head"};
    };
    this.#clock = components.clock;
  }

  async attestationData(request: AttestationDataRequest): Promise<AttestationDataOutcome> {
    this.requests.push(request);
    if (request.head !== undefined) {
      return this.answer(request) ?? {kind: "failed", reason: "HEAD_NOT_AGREED", detail: "bn0: no answer"};
    }
    const outcome = await this.#poll(() => this.answer(request), request.untilMs);
    return outcome ?? {kind: "failed", reason: "NO_BEACON_NODE", detail: "bn0: no answer"};
  }

  async aggregateAttestation(request: AggregateRequest): Promise<Attestation> {
    const aggregate = await this.#poll(() => this.aggregate(request), request.untilMs);
    if (aggregate === null) throw new Error("no aggregate");
    return aggregate;
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
