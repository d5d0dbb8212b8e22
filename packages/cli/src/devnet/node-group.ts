import type {NodeStatus} from "../screen/screen-model.ts";
import type {MicroNode, MicroNodeExit} from "./micro-node.ts";
import {joinP2pFigures, type NodeP2pFigures} from "./p2p-figures.ts";

export type RunningNode = Pick<MicroNode, "ready" | "exited" | "exit" | "rssBytes" | "p2p" | "lastWords" | "stop">;

/** Starts a micro-node with these words after `mote`; its warnings come line by line. */
export type StartNode = (argv: readonly string[], onWarning: (line: string) => void) => RunningNode;

export interface NodePlan {
  readonly name: string;
  /** The words after `mote`, the first time. */
  readonly argv: readonly string[];
  /** When its datadir has been begun. */
  readonly argvAgain: readonly string[];
}

/** A node that ended, and not because it was asked to. */
export interface EndedNode {
  readonly name: string;
  readonly exit: MicroNodeExit;
  readonly lastWords: readonly string[];
}

interface Member {
  readonly plan: NodePlan;
  node: RunningNode;
  isStopping: boolean;
}

/** The micro-nodes of a run: one with all keys, or the nodes of a cluster. */
export class NodeGroup {
  /** Resolves when all have said that they are ready. */
  readonly ready: Promise<unknown>;
  /** Resolves with the first that ends without having been asked to. */
  readonly ended: Promise<EndedNode>;
  readonly #components: {readonly startNode: StartNode; readonly notice: (line: string) => void};
  readonly #isCluster: boolean;
  readonly #members: readonly Member[];
  readonly #ended = Promise.withResolvers<EndedNode>();
  readonly #endings: EndedNode[] = [];
  readonly #restarts = new Set<Promise<void>>();
  #isStopped = false;

  constructor(
    init: {readonly plans: readonly NodePlan[]},
    components: {readonly startNode: StartNode; readonly notice: (line: string) => void},
  ) {
    this.#components = components;
    this.#isCluster = init.plans.length > 1;
    this.#members = init.plans.map((plan) => ({plan, node: this.#start(plan, plan.argv), isStopping: false}));
    for (const member of this.#members) this.#watch(member);
    this.ready = Promise.all(this.#members.map(({node}) => node.ready));
    this.ended = this.#ended.promise;
  }

  status(): readonly NodeStatus[] {
    return this.#members.map(({plan, node}) => {
      return {name: plan.name, isRunning: node.exit === null, rssBytes: node.rssBytes, p2p: node.p2p};
    });
  }

  /** Of all of them. */
  get lastWords(): readonly string[] {
    return this.#members.flatMap(({node}) => node.lastWords);
  }

  /** Of the largest. */
  get rssBytes(): number | null {
    const known = this.#members.flatMap(({node}) => node.rssBytes ?? []);
    return known.length === 0 ? null : Math.max(...known);
  }

  /** Of all of them. */
  get p2p(): NodeP2pFigures {
    return joinP2pFigures(this.#members.flatMap(({node}) => node.p2p ?? []));
  }

  /** Stops a node and starts it again. */
  restart(at: number): void {
    const member = this.#members[at];
    if (member === undefined || member.isStopping || this.#isStopped) return;
    const restart = this.#restart(member).finally(() => this.#restarts.delete(restart));
    this.#restarts.add(restart);
  }

  /** Stops them all. @returns those that did not end well, at any time of the run */
  async stop(): Promise<readonly EndedNode[]> {
    this.#isStopped = true;
    await Promise.all(this.#restarts);
    await Promise.all(this.#members.map((member) => this.#stop(member)));
    return this.#endings;
  }

  #start({name}: NodePlan, argv: readonly string[]): RunningNode {
    const {startNode, notice} = this.#components;
    return startNode(argv, (line) => notice(this.#isCluster ? `${name}: ${line}` : line));
  }

  #watch(member: Member): void {
    const {node} = member;
    node.exited.then((exit) => {
      if (!member.isStopping) this.#ended.resolve({name: member.plan.name, exit, lastWords: node.lastWords});
    });
  }

  async #restart(member: Member): Promise<void> {
    const {plan} = member;
    this.#components.notice(`${plan.name} is restarted`);
    await this.#stop(member);
    if (this.#isStopped) return;
    member.node = this.#start(plan, plan.argvAgain);
    member.isStopping = false;
    this.#watch(member);
    member.node.ready.then(() => this.#components.notice(`${plan.name} is ready again`));
  }

  async #stop(member: Member): Promise<void> {
    member.isStopping = true;
    const {node, plan} = member;
    const exit = await node.stop();
    if (exit.code !== 0) this.#endings.push({name: plan.name, exit, lastWords: node.lastWords});
  }
}
