import {type NetworkConfig, payloadAttestationSigningRoot} from "@mote/consensus";
import type {Signature, Slot, ValidatorIndex} from "@mote/core";
import type {GossipObserver} from "../../gossip-observer.ts";
import type {Received} from "../../network.ts";
import type {GossipChainView} from "../chain-view.ts";
import {ignore, type Judgement} from "./judgement.ts";
import {OnePerPeriod} from "./one-per-period.ts";
import type {SameMessageBatches} from "./same-message-batches.ts";
import type {SlotWindows} from "./slot-windows.ts";

/** Two slots are taken while clocks differ. */
const SLOTS_KEPT = 3;

export interface PayloadAttestationValidatorComponents {
  readonly batches: SameMessageBatches;
  readonly chainView: GossipChainView;
  readonly observer: GossipObserver;
  readonly windows: SlotWindows;
}

/**
 * `payload_attestation_message` (gloas/p2p-interface.md). Who sits in the committee is not known here, so that none travels on; signatures are
 * verified where the key is known, as it is for validators of ours.
 */
export class PayloadAttestationValidator {
  readonly #config: NetworkConfig;
  readonly #components: PayloadAttestationValidatorComponents;
  readonly #messages: OnePerPeriod;

  constructor(init: {readonly config: NetworkConfig}, components: PayloadAttestationValidatorComponents) {
    this.#config = init.config;
    this.#components = components;
    this.#messages = new OnePerPeriod({periodsMax: SLOTS_KEPT}, components);
  }

  async judge({value, peer, receivedMs}: Received<"payload_attestation_message">): Promise<Judgement> {
    const {windows, observer} = this.#components;
    const {data} = value;
    const slot = data.slot as Slot;
    const validatorIndex = value.validatorIndex as ValidatorIndex;
    if (windows.isFuture(slot, receivedMs)) return ignore("future_slot");
    if (!windows.isCurrent(slot, receivedMs)) return ignore("old_slot");
    const look = await this.#messages.look({
      peer,
      period: slot,
      key: validatorIndex,
      validatorIndex,
      signingRoot: payloadAttestationSigningRoot(this.#config, data),
      signature: value.signature as Signature,
    });
    if (typeof look === "object") return look;
    observer.emit({kind: "payload_attestation", validatorIndex, data, receivedMs});
    return ignore(look === "another" ? "another_of_one" : "unknown_committee");
  }
}
