import type {NetworkConfig} from "@mote/consensus";
import type {Pubkey, SelfBuiltPayload, SignOutcome, SlotClock} from "@mote/core";
import type {AttemptLog} from "../attempt-log.ts";
import {executionPayloadEnvelopeToSign} from "../signers/signable-message.ts";
import {checkEnvelope, type PromisedPayload} from "./bid-checks.ts";
import type {PaymentGuard} from "./payment-guard.ts";
import {contained, refused} from "./refused.ts";
import type {SigningRoad} from "./signing-road.ts";
import {checkRecent} from "./time-checks.ts";

export interface EnvelopeSigningComponents {
  readonly slotClock: SlotClock;
  readonly attempts: AttemptLog;
  readonly road: SigningRoad;
  readonly payments: PaymentGuard;
}

/** Gloas: payloads that the proposer built itself. */
export class EnvelopeSigning {
  readonly #config: NetworkConfig;
  readonly #components: EnvelopeSigningComponents;
  /** By the newest block that each key has signed. */
  readonly #promised = new Map<Pubkey, PromisedPayload>();

  constructor(init: {readonly config: NetworkConfig}, components: EnvelopeSigningComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  /** The key has signed a block with this promise: from here on the envelope that keeps it may be signed, and no other. */
  expect(pubkey: Pubkey, promised: PromisedPayload): void {
    this.#promised.set(pubkey, promised);
  }

  signEnvelope(pubkey: Pubkey, payload: SelfBuiltPayload): Promise<SignOutcome> {
    return contained(() => {
      const {slotClock, attempts, road, payments} = this.#components;
      const promised = this.#promised.get(pubkey);
      if (promised === undefined) {
        return refused("BEACON_DATA_INVALID", "this key has signed no block that promises a payload of its own");
      }
      const {slot} = promised;
      const refusal =
        checkRecent(slotClock, slot) ??
        checkEnvelope(promised, payload) ??
        road.checkKey(pubkey, "propose") ??
        payments.checkEnvelope(pubkey, slot, payload);
      if (refusal) return refusal;
      if (!attempts.begin("envelope", slot, pubkey)) {
        return refused("ALREADY_ATTEMPTED", `a payload of slot ${slot} was begun before`);
      }
      const message = executionPayloadEnvelopeToSign(this.#config, payload.envelope);
      return road.sign({pubkey, purpose: "propose", message});
    });
  }
}
