import {attestationToSsz, ssz} from "@mote/consensus";
import {type Cancel, type Clock, hexToBytes, type Root, type Slot} from "@mote/core";
import {error, type FakeAnswer, type FakeRequest} from "../beacon-nodes/fake-answers.ts";
import {
  type FakeBlockParts,
  type FakeBlockRequest,
  type FakeProposal,
  fakeBidBlock,
  fakeFullBlock,
} from "../beacon-nodes/fake-blocks.ts";
import {type FakeChain, fakeChain} from "../beacon-nodes/fake-chain.ts";
import {FAKE_OPERATIONS} from "../beacon-nodes/fake-operations.ts";
import type {SeededRandom} from "./seeded-random.ts";
import type {SentMessage} from "./sent-messages.ts";
import type {SimulatedBlock, SimulatedChain} from "./simulated-chain.ts";

export interface NodeEvent {
  readonly topic: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What becomes of a request. */
export type Reception =
  | {readonly kind: "answer"; readonly afterMs: number; readonly answer: () => FakeAnswer}
  /** No connection. */
  | {readonly kind: "refuse"}
  | {readonly kind: "hang"};

/** How a node behaves where it is not honest; faults write here and into its view. */
export interface Conduct {
  /** What it does with every request, its event stream's too. */
  reception: "answer" | "refuse" | "hang";
  /** Beside its usual latency. */
  delayMs: number;
  /** Of every answer, instead of the right one. */
  status: number | null;
  /** Answers of these operations, changed. They are JSON then. */
  readonly changes: Map<string, (json: never) => unknown>;
  /** Blocks of the chain do not reach it. */
  isStuck: boolean;
  /** What it says instead of an event of its own. */
  events: (event: NodeEvent) => readonly NodeEvent[];
}

const honestConduct = (): Conduct => ({
  reception: "answer",
  delayMs: 0,
  status: null,
  changes: new Map(),
  isStuck: false,
  events: (event) => [event],
});

export interface SimulatedBeaconNodeInit {
  readonly name: string;
  /** To whom its blocks pay: what clients told it. */
  readonly feeRecipient: string;
}

export interface SimulatedBeaconNodeComponents {
  readonly chain: SimulatedChain;
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Called with what it took in, before it answers. */
  readonly onMessage: (message: SentMessage) => string | null;
}

const LATENCY_MS = {lowest: 4, highest: 20} as const;
const HEARING_MS = {lowest: 20, highest: 120} as const;

/**
 * A beacon node without sockets: the answers of the fake beacon node (which the OpenAPI and the contract suites hold), told from its view of a
 * {@link SimulatedChain}. Honest until a fault is put into `conduct` or `view`.
 */
export class SimulatedBeaconNode {
  readonly name: string;
  /** What it answers from. */
  readonly view: FakeChain = fakeChain();
  conduct = honestConduct();
  /** How often somebody met a fault of it: one that nobody meets shows nothing. Faults of its view count for themselves. */
  faultsMet = 0;
  readonly #init: SimulatedBeaconNodeInit;
  readonly #c: SimulatedBeaconNodeComponents;
  readonly #streams = new Set<{readonly onEvent: (event: NodeEvent) => void; readonly onEnd: () => void}>();
  #head: SimulatedBlock;
  readonly #payloads = new Set<Root>();

  constructor(init: SimulatedBeaconNodeInit, components: SimulatedBeaconNodeComponents) {
    this.name = init.name;
    this.#init = init;
    this.#c = components;
    const {chain} = components;
    this.#head = chain.head;
    this.heal();
    chain.onBlock((block) => this.#later(() => this.#hear(block)));
    chain.onPayload((block) => this.#later(() => this.#hearPayload(block)));
  }

  get head(): SimulatedBlock {
    return this.#head;
  }

  /** Honest from now on, and on the head of the chain. */
  heal(): void {
    const {chain} = this.#c;
    this.conduct = honestConduct();
    Object.assign(this.view, fakeChain(), {
      slotsPerEpoch: chain.timing.slotsPerEpoch,
      gloasSlot: chain.gloasSlot,
      validatorCount: chain.validatorCount,
      blocks: chain.blocks,
      proposerIndexAt: (slot: Slot) => chain.proposerAt(slot),
      attestationData: (slot: Slot) => chain.voteData(slot, this.#head.root),
      proposal: (request: FakeBlockRequest) => this.propose(request),
      propose: (request: FakeRequest) => this.#answerProposal(request),
      payloadAttestationData: (slot: Slot) => this.#payloadVote(slot),
    } satisfies Partial<FakeChain>);
    this.setHead(chain.head);
  }

  /** As if it had imported this block; it says so to its listeners. */
  setHead(block: SimulatedBlock): void {
    const isNews = block.root !== this.#head.root;
    this.#head = block;
    this.view.headRoot = block.root;
    this.view.syncing = {...this.view.syncing, headSlot: block.slot};
    if (isNews) this.#emit(headEvent(block, this.view.dependentRoot));
  }

  /** @param messages what the request carries */
  receive(request: FakeRequest, messages: readonly SentMessage[]): Reception {
    const {reception, delayMs, status} = this.conduct;
    const {isSyncing, isOptimistic} = this.view.syncing;
    if (reception !== "answer" || delayMs > 0 || status !== null || isSyncing || isOptimistic) this.faultsMet++;
    if (reception !== "answer") return {kind: reception};
    const {random} = this.#c;
    const afterMs = delayMs + random.between(LATENCY_MS.lowest, LATENCY_MS.highest);
    return {kind: "answer", afterMs, answer: () => this.#answer(request, messages)};
  }

  /** Null: it takes no listener now. */
  listen(onEvent: (event: NodeEvent) => void, onEnd: () => void): Cancel | null {
    if (this.conduct.reception !== "answer" || this.conduct.status !== null) return null;
    const stream = {onEvent, onEnd};
    this.#streams.add(stream);
    return () => this.#streams.delete(stream);
  }

  /** All of them break off; whoever listened may come again. */
  endStreams(): void {
    for (const {onEnd} of [...this.#streams]) onEnd();
  }

  #answer(request: FakeRequest, messages: readonly SentMessage[]): FakeAnswer {
    const {status, changes} = this.conduct;
    if (status !== null) return error(status, "out of order");
    const answer = this.#rightAnswer(request, messages);
    const change = changes.get(request.operation);
    if (change === undefined || answer.json === undefined) return answer;
    this.faultsMet++;
    const {ssz: _, ...inJson} = answer;
    return {...inJson, json: change(answer.json as never)};
  }

  #rightAnswer(request: FakeRequest, messages: readonly SentMessage[]): FakeAnswer {
    const refusals = messages.map((message) => this.#c.onMessage(message));
    this.view.judge = (index) => refusals[index] ?? null;
    if (request.operation === AGGREGATE) return this.#aggregate(request);
    if (request.operation === SYNC_DUTIES) return this.#syncDuties(request);
    return FAKE_OPERATIONS[request.operation]?.(this.view, request) ?? error(404, "no such route");
  }

  #syncDuties(request: FakeRequest): FakeAnswer {
    const seated = (JSON.parse(request.body.toString()) as string[]).filter(
      (index) => Number(index) < SEATED_VALIDATORS,
    );
    const body = Buffer.from(JSON.stringify(seated));
    return FAKE_OPERATIONS[SYNC_DUTIES]?.(this.view, {...request, body}) ?? error(404, "no such route");
  }

  #aggregate({query}: FakeRequest): FakeAnswer {
    const aggregate = this.#c.chain.aggregate(query.get("attestation_data_root") as Root);
    if (aggregate === null) return error(404, "no aggregate");
    const value = attestationToSsz(aggregate);
    const type = ssz.electra.Attestation;
    return {
      status: 200,
      json: {version: "fulu", data: type.toJson(value)},
      ssz: type.serialize(value),
    };
  }

  /** A block on its head, or with parts that are not as they should be. */
  propose(request: FakeBlockRequest, parts: Partial<FakeBlockParts> = {}): FakeProposal {
    const {chain, random} = this.#c;
    const all = {parentRoot: this.#head.root, feeRecipient: this.#init.feeRecipient, blobCount: 0, ...parts};
    const produced = request.slot < chain.gloasSlot ? fakeFullBlock(request, all) : fakeBidBlock(request, all, true);
    const {genesisTimeSec, slotDurationMs} = chain.timing;
    const timestamp = genesisTimeSec + (request.slot * slotDurationMs) / 1000;
    if (produced.kind === "full") produced.block.body.executionPayload.timestamp = timestamp;
    else if (produced.payload !== null) produced.payload.envelope.payload.timestamp = timestamp;
    return {
      produced,
      consensusValueWei: BigInt(Math.floor(random.between(1_000, 2_000))),
      executionValueWei: 2_000n,
      isPayloadIncluded: true,
    };
  }

  #answerProposal({params, query}: FakeRequest): ReturnType<FakeChain["propose"]> {
    const slot = Number(params[0]) as Slot;
    const randaoReveal = hexToBytes(query.get("randao_reveal") ?? "0x") as never;
    const proposal = this.view.proposal({slot, proposerIndex: this.view.proposerIndexAt(slot), randaoReveal});
    this.view.keptPayload = proposal.produced.kind === "bid" ? proposal.produced.payload : null;
    return proposal;
  }

  #payloadVote(slot: Slot): ReturnType<FakeChain["payloadAttestationData"]> {
    if (this.#head.slot !== slot) return null;
    const isThere = this.#payloads.has(this.#head.root);
    return {
      beaconBlockRoot: hexToBytes(this.#head.root),
      slot,
      payloadPresent: isThere,
      blobDataAvailable: isThere,
    };
  }

  #hear(block: SimulatedBlock): void {
    if (this.conduct.isStuck) this.faultsMet++;
    else if (block.slot > this.#head.slot) this.setHead(block);
  }

  #hearPayload(block: SimulatedBlock): void {
    if (this.conduct.isStuck) return;
    this.#payloads.add(block.root);
    this.#emit({topic: "execution_payload_available", data: {slot: String(block.slot), block_root: block.root}});
  }

  #emit(event: NodeEvent): void {
    if (this.conduct.reception !== "answer") return;
    const said = this.conduct.events(event);
    if (said.length !== 1) this.faultsMet++;
    for (const {onEvent} of [...this.#streams]) for (const one of said) onEvent(one);
  }

  #later(run: () => void): void {
    const {clock, random} = this.#c;
    clock.after(this.conduct.delayMs + random.between(HEARING_MS.lowest, HEARING_MS.highest), run);
  }
}

const AGGREGATE = "GET /eth/v2/validator/aggregate_attestation";
const SYNC_DUTIES = "POST /eth/v1/validator/duties/sync/{epoch}";

/** The first so many validators sit in the sync committee. */
export const SEATED_VALIDATORS = 4;

export const headEvent = ({root, slot}: Pick<SimulatedBlock, "root" | "slot">, dependentRoot: Root): NodeEvent => ({
  topic: "head",
  data: {
    slot: String(slot),
    block: root,
    state: root,
    epoch_transition: false,
    previous_duty_dependent_root: dependentRoot,
    current_duty_dependent_root: dependentRoot,
    execution_optimistic: false,
  },
});
