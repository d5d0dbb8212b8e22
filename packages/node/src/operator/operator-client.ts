import type {BeaconNode, ItemOutcome, NodeAddress, ValidatorDetails} from "@mote/beacon-nodes";
import {type NetworkConfig, ssz} from "@mote/consensus";
import type {Clock, Epoch, Log, Pubkey, Random, ValidatorIndex} from "@mote/core";
import {expectedChain} from "../chain/expected-chain.ts";
import {type Joined, join} from "../chain/join.ts";
import type {NetworkChoice} from "../config/index.ts";
import {EXIT_ERROR, ExitError} from "../exit-error.ts";
import {NodeStateLog} from "../log/node-state-log.ts";
import {describeNodeError, type NodeFault, readyNodes} from "./ready-nodes.ts";

/** A person waits: who has not answered by then is not there. */
const CONNECT_TIMEOUT_MS = 15_000;

export interface OperatorClientInit {
  readonly network: NetworkChoice;
  /** At least one. */
  readonly nodes: readonly NodeAddress[];
  readonly signal: AbortSignal;
}

export interface OperatorClientComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What became of one message; `refused` only when every node that answered refused it. */
export type SubmitOutcome =
  | {readonly kind: "accepted"; readonly by: readonly string[]}
  | {readonly kind: "refused"; readonly detail: string}
  /** No node gave an answer: nobody knows whether it was taken, and sending it again does no harm. */
  | {readonly kind: "unanswered"; readonly detail: string};

/** A signed message as JSON of the Beacon API has it. */
export type SignedJson = Readonly<Record<string, unknown>>;

/** Beacon nodes as a command that a person gives needs them: found to be on the right chain and up to date, asked once, and left. */
export class OperatorClient {
  readonly config: NetworkConfig;
  /** Nodes that are left out, and why. */
  readonly faults: readonly NodeFault[];
  readonly #joined: Joined;
  readonly #nodes: readonly BeaconNode[];
  readonly #signal: AbortSignal;

  private constructor(
    {faults, signal}: {readonly faults: readonly NodeFault[]; readonly signal: AbortSignal},
    {joined, nodes}: {readonly joined: Joined; readonly nodes: readonly BeaconNode[]},
  ) {
    this.config = joined.config;
    this.faults = faults;
    this.#joined = joined;
    this.#nodes = nodes;
    this.#signal = signal;
  }

  /** @throws {ExitError} when no node is there that is on the network's chain and up to date, with the reason of each */
  static async open(
    {network, nodes, signal}: OperatorClientInit,
    {clock, random, log}: OperatorClientComponents,
  ): Promise<OperatorClient> {
    const expected = expectedChain(network);
    const timeout = new AbortController();
    const cancel = clock.after(CONNECT_TIMEOUT_MS, () => timeout.abort());
    try {
      const either = AbortSignal.any([signal, timeout.signal]);
      const components = {clock, random, log, nodeStates: new NodeStateLog({log})};
      const joined = await join({nodes, expected, signal: either}, components);
      if (joined === null) throw notReached(signal, nodes);
      const {ready, faults} = await readyNodes(
        {nodes, signal: either},
        {clock, checkChain: (identity) => joined.checkChain(identity)},
      );
      if (ready.length > 0) return new OperatorClient({faults, signal}, {joined, nodes: ready});
      const reasons = faults.map(({name, detail}) => `${name} ${detail}`).join("; ");
      throw new ExitError(`no beacon node is ready: ${reasons}; try again when one is`, EXIT_ERROR);
    } finally {
      cancel();
    }
  }

  get currentEpoch(): Epoch {
    return this.#joined.slotClock.currentEpoch();
  }

  /** The chain's own word, by the first node that answers; who is not in its state is left out. @throws {ExitError} when none does */
  validators(pubkeys: readonly Pubkey[]): Promise<readonly ValidatorDetails[]> {
    return this.#ask((node) => node.validatorDetails(pubkeys, this.#signal));
  }

  /** As {@link OperatorClient.validators}. */
  validatorsByIndex(indices: readonly ValidatorIndex[]): Promise<readonly ValidatorDetails[]> {
    return this.#ask((node) => node.validatorDetailsByIndex(indices, this.#signal));
  }

  /** Hands the exit to every node. @param exit of the API's form, checked before */
  publishExit(exit: SignedJson): Promise<SubmitOutcome> {
    const signed = ssz.phase0.SignedVoluntaryExit.fromJson(exit);
    return this.#publish((node) => node.publishVoluntaryExit(signed, this.#signal));
  }

  /** As {@link OperatorClient.publishExit}. */
  publishBlsToExecutionChange(change: SignedJson): Promise<SubmitOutcome> {
    const signed = ssz.capella.SignedBLSToExecutionChange.fromJson(change);
    return this.#publish((node) => node.publishBlsToExecutionChanges([signed], this.#signal));
  }

  close(): void {
    for (const node of this.#nodes) node.close();
  }

  async #ask<T>(question: (node: BeaconNode) => Promise<T>): Promise<T> {
    const faults: string[] = [];
    for (const node of this.#nodes) {
      try {
        return await question(node);
      } catch (error) {
        faults.push(`${node.name} ${describeNodeError(error)}`);
      }
    }
    throw new ExitError(`no beacon node answered: ${faults.join("; ")}`, EXIT_ERROR);
  }

  async #publish(send: (node: BeaconNode) => Promise<readonly ItemOutcome[]>): Promise<SubmitOutcome> {
    const answers = await Promise.all(this.#nodes.map((node) => answerOf(node, send)));
    const accepted = answers.filter(({kind}) => kind === "accepted");
    if (accepted.length > 0) return {kind: "accepted", by: accepted.map(({name}) => name)};
    const refused = answers.filter(({kind}) => kind === "refused");
    const said = refused.length > 0 ? refused : answers;
    const detail = [...new Set(said.map((answer) => `${answer.name}: ${answer.detail}`))].join("; ");
    return {kind: refused.length > 0 ? "refused" : "unanswered", detail};
  }
}

interface Answer {
  readonly name: string;
  readonly kind: SubmitOutcome["kind"];
  readonly detail: string;
}

/** 4xx is the node's judgement on the message; any other failure says nothing about it. */
async function answerOf(
  node: BeaconNode,
  send: (node: BeaconNode) => Promise<readonly ItemOutcome[]>,
): Promise<Answer> {
  const {name} = node;
  try {
    const [outcome] = await send(node);
    return outcome?.kind === "refused"
      ? {name, kind: "refused", detail: outcome.detail}
      : {name, kind: "accepted", detail: ""};
  } catch (error) {
    const detail = describeNodeError(error);
    const {status = 0} = error as {readonly status?: number};
    const isRefusal = status >= 400 && status < 500;
    // What the node said is enough then.
    return isRefusal
      ? {name, kind: "refused", detail: detail.replace(/^HTTP_STATUS status \d+ /, "")}
      : {name, kind: "unanswered", detail};
  }
}

function notReached(signal: AbortSignal, nodes: readonly NodeAddress[]): ExitError {
  if (signal.aborted) return new ExitError("stopped", EXIT_ERROR);
  const who =
    nodes.length === 1 ? "the beacon node did not answer" : `none of the ${nodes.length} beacon nodes answered`;
  return new ExitError(
    `${who} within ${CONNECT_TIMEOUT_MS / 1000} s: check --beacon-nodes, and that it runs`,
    EXIT_ERROR,
  );
}
