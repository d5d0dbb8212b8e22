import type {
  AttesterDuties,
  ChainWitness,
  ChainWitnesses,
  Clock,
  DistributedSelections,
  DutiesSource,
  InclusionSource,
  Liveness,
  SlotTiming,
  ValidatorInfo,
  ValidatorLiveness,
  ValidatorStatuses,
} from "@mote/core";
import type {BeaconNode} from "../beacon-node.ts";
import {noAnswer} from "../strategies/best.ts";
import {first} from "../strategies/first.ts";
import {gatherLiveness} from "../strategies/liveness.ts";
import {type HedgeBounds, PATIENT_HEDGE} from "../strategies/timing.ts";
import type {Members} from "./members.ts";

/** What is looked up beside the signing of messages: duties, validators, blocks. Of one healthy node, but for what no single one may decide. */
export class Lookups
  implements DutiesSource, ValidatorStatuses, ValidatorLiveness, InclusionSource, ChainWitnesses, DistributedSelections
{
  readonly #timing: SlotTiming;
  readonly #members: Members;
  readonly #clock: Clock;

  constructor(init: {readonly timing: SlotTiming}, components: {readonly members: Members; readonly clock: Clock}) {
    this.#timing = init.timing;
    this.#members = components.members;
    this.#clock = components.clock;
  }

  attesterDuties: DutiesSource["attesterDuties"] = (epoch, indices): Promise<AttesterDuties> => {
    const {slotsPerEpoch} = this.#timing;
    return this.#first("attester duties", (node, signal) =>
      node.attesterDuties({epoch, indices, slotsPerEpoch}, signal),
    );
  };

  proposerDuties: DutiesSource["proposerDuties"] = (epoch) => {
    const {slotsPerEpoch} = this.#timing;
    return this.#first("proposer duties", (node, signal) => node.proposerDuties({epoch, slotsPerEpoch}, signal));
  };

  syncDuties: DutiesSource["syncDuties"] = async (epoch, indices) => {
    if (indices.length === 0) return [];
    return this.#first("sync committee duties", (node, signal) => node.syncDuties({epoch, indices}, signal));
  };

  ptcDuties: DutiesSource["ptcDuties"] = (epoch, indices) => {
    const {slotsPerEpoch} = this.#timing;
    return this.#first("PTC duties", (node, signal) => node.ptcDuties({epoch, indices, slotsPerEpoch}, signal));
  };

  validators: ValidatorStatuses["validators"] = async (pubkeys): Promise<readonly ValidatorInfo[]> => {
    if (pubkeys.length === 0) return [];
    return this.#first("validators", (node, signal) => node.validators(pubkeys, signal));
  };

  liveness: ValidatorLiveness["liveness"] = async (epoch, indices): Promise<readonly Liveness[]> => {
    if (indices.length === 0) return [];
    const members = this.#members;
    const ask = (node: BeaconNode, signal: AbortSignal) => node.liveness({epoch, indices}, signal);
    const askers = members
      .askable()
      .map((member) => members.asker(member, {what: "liveness", ask, needs: "soundness"}));
    const init = {indices, threshold: members.majority, signal: members.stopping};
    return gatherLiveness(init, {clock: this.#clock, askers});
  };

  blockAttestations: InclusionSource["blockAttestations"] = (blockRoot) =>
    this.#first("attestations of a block", (node, signal) => node.blockAttestations(blockRoot, signal));

  blockHeader: InclusionSource["blockHeader"] = (blockRoot) =>
    this.#first("block header", (node, signal) => node.blockHeader(blockRoot, signal));

  committeeLengths: InclusionSource["committeeLengths"] = (slot) => {
    const {slotsPerEpoch} = this.#timing;
    return this.#first("committees", (node, signal) => node.committeeLengths({slot, slotsPerEpoch}, signal));
  };

  get witnessThreshold(): number {
    return this.#members.majority;
  }

  witnesses(): readonly ChainWitness[] {
    const {stopping: signal} = this.#members;
    const {slotsPerEpoch} = this.#timing;
    return this.#members.askable().map((member): ChainWitness => {
      const told = <T>(what: string, ask: (node: BeaconNode, signal: AbortSignal) => Promise<T>) =>
        this.#members.asker(member, {what, ask, needs: "soundness"}).ask(signal);
      return {
        attesterDuties: (epoch, indices) =>
          told("attester duties", (node, until) => node.attesterDuties({epoch, indices, slotsPerEpoch}, until)),
        head: () => told("head", (node, until) => node.head(until)),
        blockHeader: (root) => member.node.blockHeader(root, signal),
        blockAttestations: (root) => member.node.blockAttestations(root, signal),
        committeeLengths: (slot) =>
          told("committees", (node, until) => node.committeeLengths({slot, slotsPerEpoch}, until)),
      };
    });
  }

  // The middleware answers when enough shares came, so nothing is asked beside it.

  committeeSelections: DistributedSelections["committeeSelections"] = async (partial) => {
    if (partial.length === 0) return [];
    return this.#first("committee selections", (node, signal) => node.committeeSelections(partial, signal), null);
  };

  syncCommitteeSelections: DistributedSelections["syncCommitteeSelections"] = async (partial) => {
    if (partial.length === 0) return [];
    const ask = (node: BeaconNode, signal: AbortSignal) => node.syncCommitteeSelections(partial, signal);
    return this.#first("sync committee selections", ask, null);
  };

  async #first<T>(
    what: string,
    ask: (node: BeaconNode, signal: AbortSignal) => Promise<T>,
    hedge: HedgeBounds | null = PATIENT_HEDGE,
  ): Promise<T> {
    const members = this.#members;
    const askers = members.readyByCost().map((member) => members.asker(member, {what, ask, hedge}));
    const outcome = await first(
      askers,
      {untilMs: null, asksAgain: false, signal: members.stopping},
      {clock: this.#clock},
    );
    if (outcome.kind === "none") throw noAnswer(what, outcome.answers);
    return outcome.value;
  }
}
