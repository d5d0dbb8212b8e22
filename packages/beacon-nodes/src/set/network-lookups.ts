import type {NetworkConfig} from "@mote/consensus";
import type {Clock, CommitteeIndex, Epoch, LightClientSource, Root, Slot, SlotTiming, ValidatorIndex} from "@mote/core";
import type {BeaconNode} from "../beacon-node.ts";
import type {ValidatorIdentity} from "../routes/validator-identities.ts";
import {noAnswer} from "../strategies/best.ts";
import {first} from "../strategies/first.ts";
import {PATIENT_HEDGE} from "../strategies/timing.ts";
import type {Members} from "./members.ts";

/** What a light node on the network asks beacon nodes for; never on the way of a message that is to be signed. */
export interface NetworkLookups {
  /** Members of a committee of this epoch or the next, in its order. Rejects when no synced beacon node answers; so do the others. */
  committee(slot: Slot, index: CommitteeIndex): Promise<readonly ValidatorIndex[]>;
  /** The seats of the sync committee of a period, this one or the next, in their order. @param epoch any of that period */
  syncCommittee(epoch: Epoch, size: number): Promise<readonly ValidatorIndex[]>;
  /**
   * Keys as more than half of all beacon nodes name them, the others left out; never rejects. Who could choose the key of one validator could make
   * a proof against others: signatures over one message are verified together.
   */
  agreedValidatorIdentities(indices: readonly ValidatorIndex[]): Promise<readonly ValidatorIdentity[]>;
  genesisBlockRoot(): Promise<Root>;
  /** The block that more than half of all beacon nodes call final at this moment; null when they do not. Never rejects. */
  agreedFinalizedRoot(): Promise<Root | null>;
  /** Each beacon node by itself. */
  lightClientSources(): readonly LightClientSource[];
}

export interface NetworkLookupsComponents {
  readonly members: Members;
  readonly clock: Clock;
  readonly config: NetworkConfig;
}

export class BeaconNetworkLookups implements NetworkLookups {
  readonly #timing: SlotTiming;
  readonly #c: NetworkLookupsComponents;

  constructor(init: {readonly timing: SlotTiming}, components: NetworkLookupsComponents) {
    this.#timing = init.timing;
    this.#c = components;
  }

  committee: NetworkLookups["committee"] = (slot, index) => {
    const {slotsPerEpoch} = this.#timing;
    return this.#first("a committee", (node, signal) => node.committee({slot, index, slotsPerEpoch}, signal));
  };

  syncCommittee: NetworkLookups["syncCommittee"] = (epoch, size) =>
    this.#first("the sync committee", (node, signal) => node.syncCommittee({epoch, size}, signal));

  agreedValidatorIdentities: NetworkLookups["agreedValidatorIdentities"] = async (indices) => {
    if (indices.length === 0) return [];
    const answers = await this.#all("validator identities", (node, signal) =>
      node.validatorIdentities(indices, signal),
    );
    const named = answers.flat().map((identity) => ({name: `${identity.index} ${identity.pubkey}`, identity}));
    const voices = Map.groupBy(named, ({name}) => name);
    return [...voices.values()].flatMap((alike) => {
      const [first] = alike;
      return first !== undefined && alike.length >= this.#c.members.majority ? [first.identity] : [];
    });
  };

  genesisBlockRoot: NetworkLookups["genesisBlockRoot"] = async () =>
    (await this.#first("the genesis block", (node, signal) => node.header("genesis", signal))).root;

  agreedFinalizedRoot: NetworkLookups["agreedFinalizedRoot"] = async () => {
    const answers = await this.#all("the finalized block", (node, signal) => node.header("finalized", signal));
    const voices = Map.groupBy(answers, ({root}) => root);
    const agreed = [...voices].find(([, alike]) => alike.length >= this.#c.members.majority);
    return agreed === undefined ? null : agreed[0];
  };

  lightClientSources: NetworkLookups["lightClientSources"] = () => {
    const {members, config} = this.#c;
    const signal = members.stopping;
    return members.askableByCost().map(({node, health}) => ({
      name: node.name,
      bootstrap: (blockRoot) => node.lightClientBootstrap(blockRoot, signal),
      updates: (startPeriod, count) => node.lightClientUpdates(config, {startPeriod, count}, signal),
      finalityUpdate: () => node.lightClientFinalityUpdate(signal),
      optimisticUpdate: () => node.lightClientOptimisticUpdate(signal),
      blame: () => health.answeredWrong(),
    }));
  };

  /** One answer of each node that gives one. */
  async #all<T>(what: string, ask: (node: BeaconNode, signal: AbortSignal) => Promise<T>): Promise<readonly T[]> {
    const {members} = this.#c;
    const askers = members.askable().map((member) => members.asker(member, {what, ask, needs: "soundness"}));
    const answers = await Promise.allSettled(askers.map((asker) => asker.ask(members.stopping)));
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  }

  async #first<T>(what: string, ask: (node: BeaconNode, signal: AbortSignal) => Promise<T>): Promise<T> {
    const {members, clock} = this.#c;
    const askers = members.readyByCost().map((member) => members.asker(member, {what, ask, hedge: PATIENT_HEDGE}));
    const outcome = await first(askers, {untilMs: null, asksAgain: false, signal: members.stopping}, {clock});
    if (outcome.kind === "none") throw noAnswer(what, outcome.answers);
    return outcome.value;
  }
}
