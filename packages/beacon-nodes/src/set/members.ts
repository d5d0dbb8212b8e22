import type {AnswerCheck} from "@mote/core";
import type {BeaconNode} from "../beacon-node.ts";
import {BeaconNodeError} from "../beacon-node-error.ts";
import type {MonitoredNode} from "../monitored-node.ts";
import {checked} from "../strategies/answer-check.ts";
import type {RankedAsker} from "../strategies/first.ts";
import {type HedgeBounds, PATIENT_HEDGE} from "../strategies/timing.ts";

export interface MembersInit {
  readonly nodes: readonly MonitoredNode[];
  /** Asked for blocks, told of proposers, and not counted for anything else. */
  readonly proposerNodes: readonly MonitoredNode[];
  /** So many of `nodes` must agree. */
  readonly threshold: number;
  /** More than half of `nodes`. */
  readonly majority: number;
}

export interface Question<T> {
  /** Names the kind of call: latencies are compared within it. One of a few. */
  readonly what: string;
  readonly ask: (node: BeaconNode, signal: AbortSignal) => Promise<T>;
  /**
   * What must be known of the node before its answer counts: that it is on our chain, or beside that, by its own word at this moment, that it
   * is sound. Absent where only nodes are asked that were ready when they were looked at last.
   */
  readonly needs?: "our_chain" | "soundness";
  readonly check?: AnswerCheck<T>;
  /** Null: never another node beside it. */
  readonly hedge?: HedgeBounds | null;
}

/** Costs that differ by less are noise, and the order of configuration stands. */
const COST_STEP_MS = 25;

/** The nodes of a set: who may be asked, in which order, and who is told. */
export class Members {
  readonly threshold: number;
  readonly majority: number;
  readonly #nodes: readonly MonitoredNode[];
  readonly #proposerNodes: readonly MonitoredNode[];
  readonly #stopping = new AbortController();

  constructor(init: MembersInit) {
    this.threshold = init.threshold;
    this.majority = init.majority;
    this.#nodes = init.nodes;
    this.#proposerNodes = init.proposerNodes;
  }

  get all(): readonly MonitoredNode[] {
    return [...this.#nodes, ...this.#proposerNodes];
  }

  /** Aborted when the set stops. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  get newestHeadSlot(): number {
    return Math.max(-1, ...this.all.map(({health}) => health.headSlot ?? -1));
  }

  stop(): void {
    this.#stopping.abort();
  }

  isProposerNode(name: string): boolean {
    return this.#proposerNodes.some(({node}) => node.name === name);
  }

  find(name: string): MonitoredNode | null {
    return this.all.find(({node}) => node.name === name) ?? null;
  }

  /** Every node on our chain, also those that did not answer lately: they may have come back this moment, and asking costs nothing. */
  askable(): MonitoredNode[] {
    return this.#nodes.filter(isOnOurChain);
  }

  /** The same, those that may answer best first. */
  askableByCost(): MonitoredNode[] {
    return this.#byCost(this.askable());
  }

  askableProposerNodes(): MonitoredNode[] {
    return this.#byCost(this.#proposerNodes.filter(isOnOurChain));
  }

  readyByCost(): MonitoredNode[] {
    return this.#byCost(this.#nodes).filter(isReady);
  }

  /** Nodes that messages go to, best first: syncing ones too, they have peers. */
  receivers(): MonitoredNode[] {
    return reachable(this.askableByCost());
  }

  proposerReceivers(): MonitoredNode[] {
    return reachable(this.askableProposerNodes());
  }

  asker<T>(member: MonitoredNode, question: Question<T>): RankedAsker<T> {
    const {what, ask, needs, check, hedge = PATIENT_HEDGE} = question;
    const {node, health} = member;
    const answerOf = async (signal: AbortSignal): Promise<T> => {
      if (needs !== undefined) await member.ensureOurChain();
      const asked = member.timed(what, () => ask(node, signal));
      if (needs !== "soundness") return asked;
      const [answer] = await Promise.all([asked, ensureSound(member, asked, signal)]);
      return answer;
    };
    const judged =
      check === undefined
        ? answerOf
        : checked(answerOf, {beaconNode: node.name, what, check}, () => health.answeredWrong());
    return {
      name: node.name,
      ask: (signal) => judged(AbortSignal.any([signal, this.stopping])),
      hedgeDelayMs: hedge === null ? null : member.hedgeDelayMs(what, hedge),
      onOvertaken: () => health.overtaken(),
    };
  }

  /** Those that are ready first, each kind by cost. */
  #byCost(members: readonly MonitoredNode[]): MonitoredNode[] {
    const {newestHeadSlot} = this;
    const step = ({health}: MonitoredNode) => Math.floor(health.costMs(newestHeadSlot) / COST_STEP_MS);
    return members.toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)) || step(a) - step(b));
  }
}

/** A node that was too busy to speak of its state in time may still have answered: its work is not thrown away before it was asked once more. */
async function ensureSound(member: MonitoredNode, asked: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await member.ensureReady(signal);
  } catch (error) {
    if (!(error instanceof BeaconNodeError) || error.reason !== "TIMED_OUT") throw error;
    await asked;
    await member.ensureReady(signal);
  }
}

const isReady = ({state}: MonitoredNode): boolean => state === "ready";
const isOnOurChain = ({state}: MonitoredNode): boolean => state !== "wrong_chain";

function reachable(members: readonly MonitoredNode[]): MonitoredNode[] {
  const some = members.filter(({state}) => state !== "unreachable");
  return some.length > 0 ? some : [...members];
}
