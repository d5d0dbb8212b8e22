import type {NetworkConfig} from "@mote/consensus";
import {
  type Attestation,
  type AttestationDataOutcome,
  abbreviate,
  type BlockOutcome,
  type ChainData,
  type Clock,
  type HeadRootOutcome,
  type PayloadAttestationDataOutcome,
  type Root,
  rootToHex,
} from "@mote/core";
import type {BeaconNode} from "../beacon-node.ts";
import {BeaconNodeError} from "../beacon-node-error.ts";
import type {MonitoredNode} from "../monitored-node.ts";
import {freshest, mostValuable, mostVotes, noAnswer, type Produced} from "../strategies/best.ts";
import {first} from "../strategies/first.ts";
import {type AnswerView, describe, failureOf, type SlotOf} from "../strategies/tally.ts";
import {type Agreement, agree} from "../strategies/threshold.ts";
import {
  BLOCK_HEDGE,
  EARLY_VOTE_TIMEOUT_MS,
  PROPOSER_NODES_TIME_FRACTION,
  PROPOSER_NODES_TIMEOUT_MS,
  URGENT_HEDGE,
} from "../strategies/timing.ts";
import {ATTESTATION_DATA_VIEW, HEAD_ROOT_VIEW, PAYLOAD_VIEW} from "../strategies/views.ts";
import type {ChosenStrategies, Strategy} from "./choices.ts";
import type {Members, Question} from "./members.ts";

type BlockRequest = Parameters<ChainData["block"]>[0];
type Proposal = Awaited<ReturnType<BeaconNode["block"]>>;

export interface SigningDataInit {
  readonly strategies: ChosenStrategies;
  /** Data and blocks come when a cluster has agreed: nothing is asked beside them, nothing is cut short. */
  readonly distributed: boolean;
}

export interface SigningDataComponents {
  readonly members: Members;
  readonly clock: Clock;
  readonly config: NetworkConfig;
  readonly slotOf: SlotOf;
}

interface Moment {
  readonly head?: Root | undefined;
  readonly untilMs: number;
}

/** What duties sign, asked for by the strategy of its kind. */
export class SigningData implements ChainData {
  readonly #init: SigningDataInit;
  readonly #components: SigningDataComponents;

  constructor(init: SigningDataInit, components: SigningDataComponents) {
    this.#init = init;
    this.#components = components;
  }

  attestationData: ChainData["attestationData"] = async (request): Promise<AttestationDataOutcome> => {
    const {slot, committeeIndex, check} = request;
    const {strategies, distributed} = this.#init;
    const outcome = await this.#choose(strategies.attestation, request, ATTESTATION_DATA_VIEW, {
      what: "attestation data",
      ask: (node, signal) => node.attestationData(this.#components.config, {slot, committeeIndex}, signal),
      needs: "soundness",
      check,
      hedge: distributed ? null : URGENT_HEDGE,
    });
    if (outcome.kind === "failed") return outcome;
    return {kind: "data", data: outcome.value, beaconNodes: outcome.beaconNodes};
  };

  headRoot: ChainData["headRoot"] = async (request): Promise<HeadRootOutcome> => {
    const outcome = await this.#choose(this.#init.strategies.sync_message, request, HEAD_ROOT_VIEW, {
      what: "head root",
      ask: async (node, signal) => (await node.headRoot(signal)).root,
      needs: "soundness",
      hedge: URGENT_HEDGE,
    });
    return outcome.kind === "failed" ? outcome : {kind: "root", root: outcome.value};
  };

  payloadAttestationData: ChainData["payloadAttestationData"] = async ({
    slot,
    untilMs,
    check,
  }): Promise<PayloadAttestationDataOutcome> => {
    const outcome = await this.#choose(this.#init.strategies.payload_attestation, {untilMs}, PAYLOAD_VIEW, {
      what: "payload attestation data",
      ask: (node, signal) => node.payloadAttestationData(this.#components.config, {slot}, signal),
      needs: "soundness",
      check: (data, beaconNode) => (data === null ? null : check(data, beaconNode)),
      hedge: URGENT_HEDGE,
    });
    if (outcome.kind === "failed") return outcome;
    return outcome.value === null ? {kind: "nothing"} : {kind: "data", data: outcome.value};
  };

  aggregateAttestation: ChainData["aggregateAttestation"] = (request): Promise<Attestation> => {
    const {config} = this.#components;
    return this.#votes(this.#init.strategies.aggregate, request.untilMs, {
      question: {
        what: "aggregate",
        ask: (node, signal) => node.aggregateAttestation(config, request, signal),
        needs: "our_chain",
        hedge: URGENT_HEDGE,
      },
      bitsOf: ({aggregationBits}) => aggregationBits.bits,
    });
  };

  syncCommitteeContribution: ChainData["syncCommitteeContribution"] = (request) =>
    this.#votes(this.#init.strategies.contribution, request.untilMs, {
      question: {
        what: "sync committee contribution",
        ask: (node, signal) => node.syncCommitteeContribution(request, signal),
        needs: "our_chain",
        hedge: URGENT_HEDGE,
      },
      bitsOf: ({aggregationBits}) => aggregationBits.uint8Array,
    });

  block: ChainData["block"] = async (request): Promise<BlockOutcome> => {
    const {members, clock} = this.#components;
    const proposerNodes = members.askableProposerNodes();
    if (proposerNodes.length > 0) {
      const nowMs = clock.nowMs();
      const shareMs = (request.untilMs - nowMs) * PROPOSER_NODES_TIME_FRACTION;
      const patienceMs = this.#init.distributed ? shareMs : Math.min(shareMs, PROPOSER_NODES_TIMEOUT_MS);
      const outcome = await this.#produce(proposerNodes, request, {untilMs: nowMs + patienceMs, asksAgain: false});
      if (outcome.kind === "block") return outcome;
    }
    return this.#produce(members.askableByCost(), request, {untilMs: request.untilMs, asksAgain: true});
  };

  async #choose<T>(
    strategy: Strategy,
    {head, untilMs}: Moment,
    view: AnswerView<T>,
    question: Question<T>,
  ): Promise<Agreement<T>> {
    const {members, clock, slotOf} = this.#components;
    if (strategy === "first") return this.#firstOf({head, untilMs}, view, question);
    const askers = members.askable().map((member) => members.asker(member, question));
    const init = {head, untilMs, signal: members.stopping};
    if (strategy === "best") return freshest(init, {clock, askers, slotOf}, view);
    return agree({...init, threshold: members.threshold}, {clock, askers, slotOf}, view);
  }

  /** On a head event each node is asked once, and one with another head is passed over. */
  async #firstOf<T>({head, untilMs}: Moment, view: AnswerView<T>, question: Question<T>): Promise<Agreement<T>> {
    const {members, clock} = this.#components;
    const signal = members.stopping;
    const onHead: Question<T> = {
      ...question,
      ask: async (node, until) => {
        const value = await question.ask(node, until);
        const other = view.headOf(value);
        if (head === undefined || other === head) return value;
        const detail = `its head is ${other === null ? "none" : abbreviate(other)}`;
        throw new BeaconNodeError({reason: "NOT_READY", beaconNode: node.name, route: question.what, detail});
      },
    };
    const askers = members.askableByCost().map((member) => members.asker(member, onHead));
    if (head === undefined) {
      const outcome = await first(askers, {untilMs, asksAgain: true, signal}, {clock});
      return outcome.kind === "none" ? failureOf(outcome.answers, 1, view) : agreedAlone(outcome);
    }
    const earlyUntilMs = this.#init.distributed ? untilMs : Math.min(untilMs, clock.nowMs() + EARLY_VOTE_TIMEOUT_MS);
    const outcome = await first(askers, {untilMs: earlyUntilMs, asksAgain: false, signal}, {clock});
    if (outcome.kind === "answered") return agreedAlone(outcome);
    return {kind: "failed", reason: "HEAD_NOT_AGREED", detail: describe(outcome.answers, view.describe)};
  }

  async #votes<T>(
    strategy: Strategy,
    untilMs: number,
    {question, bitsOf}: {readonly question: Question<T>; readonly bitsOf: (value: T) => Uint8Array},
  ): Promise<T> {
    const {members, clock} = this.#components;
    const {what} = question;
    const askersOf = (nodes: readonly MonitoredNode[]) => nodes.map((member) => members.asker(member, question));
    const signal = members.stopping;
    if (strategy === "best") {
      return mostVotes({what, untilMs, signal}, {clock, askers: askersOf(members.askable()), bitsOf});
    }
    const outcome = await first(askersOf(members.askableByCost()), {untilMs, asksAgain: true, signal}, {clock});
    if (outcome.kind === "none") throw noAnswer(what, outcome.answers);
    return outcome.value;
  }

  async #produce(
    nodes: readonly MonitoredNode[],
    request: BlockRequest,
    {untilMs, asksAgain}: {readonly untilMs: number; readonly asksAgain: boolean},
  ): Promise<BlockOutcome> {
    const {members, clock, config, slotOf} = this.#components;
    const {strategies, distributed} = this.#init;
    const question: Question<Proposal> = {
      what: "block",
      ask: (node, signal) => node.block(config, request, signal),
      needs: "soundness",
      check: ({produced}, beaconNode) => request.check(produced, beaconNode),
      hedge: distributed ? null : BLOCK_HEDGE,
    };
    const askers = nodes.map((member) => members.asker(member, question));
    const signal = members.stopping;
    if (strategies.block === "best") {
      const produced = await mostValuable({untilMs, asksAgain, signal}, {clock, askers, weiOf, slotOf}, PROPOSAL_VIEW);
      return produced.kind === "failed" ? produced : blockOf(produced);
    }
    const outcome = await first(askers, {untilMs, asksAgain, signal}, {clock});
    if (outcome.kind === "none") return failureOf(outcome.answers, 1, PROPOSAL_VIEW);
    return blockOf({beaconNode: outcome.beaconNode, proposal: outcome.value});
  }
}

const agreedAlone = <T>({value, beaconNode}: {readonly value: T; readonly beaconNode: string}): Agreement<T> => ({
  kind: "agreed",
  value,
  beaconNodes: [beaconNode],
});

const blockOf = ({beaconNode, proposal}: Produced<Proposal>): BlockOutcome => ({
  kind: "block",
  produced: proposal.produced,
  beaconNode,
});

/** From Gloas on a node says the first alone, and weighs the bids by itself. */
const weiOf = ({consensusValueWei, executionValueWei}: Proposal): bigint => consensusValueWei + executionValueWei;

const PROPOSAL_VIEW: AnswerView<Proposal> = {
  agreementOf: () => "",
  headOf: ({produced}) => rootToHex(produced.block.parentRoot),
  restOf: () => "",
  describe: ({produced}) => `a ${produced.kind} block`,
};
