import type {Cancel, ChainEvent, Log, NetworkEvent, ValidatorIndex, ValidatorInfo} from "@mote/core";
import type {SlotService} from "../slot-service.ts";
import {namesOf} from "./names.ts";
import type {Refusal} from "./refusal.ts";

export interface Slashing {
  /** Ascending. */
  readonly validatorIndices: readonly ValidatorIndex[];
  /** Who said so, for people. */
  readonly evidence: string;
}

export interface SlashingStopInit {
  /** So many beacon nodes must tell of a slashing before its proof is in a block. */
  readonly beaconNodeThreshold: number;
  /** Called once. From then on no key attests, proposes or signs for a sync committee. */
  readonly onSlashed: (slashing: Slashing) => void;
}

export interface SlashingStopComponents {
  readonly registry: {
    validatorAt(index: ValidatorIndex): ValidatorInfo | null;
    onSlashed(listener: (validators: readonly ValidatorInfo[]) => void): Cancel;
  };
  readonly log: Log;
}

/**
 * One of our validators slashed means that something is wrong with all of them: a second signer, or records that were lost. So everything
 * stops, and starts again only when a person has looked.
 */
export class SlashingStop implements SlotService {
  /** Of our validators that events named: the beacon nodes that did. */
  readonly #named = new Map<ValidatorIndex, Set<string>>();
  readonly #init: SlashingStopInit;
  readonly #c: SlashingStopComponents;
  #refusal: Refusal | null = null;

  constructor(init: SlashingStopInit, components: SlashingStopComponents) {
    this.#init = init;
    this.#c = components;
    components.registry.onSlashed((slashed) =>
      this.#stop(
        slashed.map(({index}) => index),
        "the validators' statuses on the chain",
      ),
    );
  }

  onChainEvent(event: ChainEvent): void {
    if (event.kind !== "slashing" || this.#refusal !== null) return;
    const agreed: ValidatorIndex[] = [];
    const named: ValidatorInfo[] = [];
    for (const index of event.validatorIndices) {
      const validator = this.#c.registry.validatorAt(index);
      // What is known to be slashed was judged when it was learnt.
      if (validator === null || validator.slashed) continue;
      const isFirst = !this.#named.has(index);
      const beaconNodes = this.#named.get(index) ?? new Set();
      this.#named.set(index, beaconNodes.add(event.beaconNode));
      if (beaconNodes.size >= this.#init.beaconNodeThreshold) agreed.push(index);
      else if (isFirst) named.push(validator);
    }
    if (named.length > 0) this.#sayNamed(named, event.beaconNode);
    const {beaconNodeThreshold: count} = this.#init;
    if (agreed.length > 0) this.#stop(agreed, `proofs announced by ${count} beacon node${count === 1 ? "" : "s"}`);
  }

  /** Its signatures are verified, so that nobody else has to say it too. */
  onNetworkEvent(event: NetworkEvent): void {
    if (event.kind !== "slashing") return;
    // What is known to be slashed was judged when it was learnt.
    const ours = event.validatorIndices.filter((index) => this.#c.registry.validatorAt(index)?.slashed === false);
    if (ours.length > 0) this.#stop(ours, "a proof on the network, whose signatures hold");
  }

  /** Null while no validator of ours was slashed. */
  refusal(): Refusal | null {
    return this.#refusal;
  }

  #sayNamed(validators: readonly ValidatorInfo[], beaconNode: string): void {
    const verb = validators.length === 1 ? "is" : "are";
    this.#c.log.error(
      `${beaconNode} alone says that ${namesOf(validators)} ${verb} to be slashed; waiting for others to say so`,
    );
  }

  #stop(indices: readonly ValidatorIndex[], evidence: string): void {
    if (this.#refusal !== null) return;
    const validatorIndices = [...new Set(indices)].sort((a, b) => a - b);
    const names = namesOf(validatorIndices.map((index) => ({index})));
    this.#refusal = {reason: "VALIDATOR_SLASHED", detail: `${names} slashed: nothing is signed any more by any key`};
    this.#init.onSlashed({validatorIndices, evidence});
  }
}
