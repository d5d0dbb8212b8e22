import {attestationIndexNamesPayload, type NetworkConfig} from "@mote/consensus";
import type {
  AggregateAndProof,
  AttestationData,
  AttesterDuty,
  Epoch,
  Pubkey,
  SignOutcome,
  SignOutcomes,
  SlashingProtection,
  Slot,
  SlotClock,
} from "@mote/core";
import type {AttemptLog} from "../attempt-log.ts";
import {
  aggregateAndProofToSign,
  attestationToSign,
  type SignableMessage,
  selectionProofToSign,
} from "../signers/signable-message.ts";
import {contained, type Refused, refused, signForEach} from "./refused.ts";
import type {SigningRoad} from "./signing-road.ts";
import {checkAheadAtMost, checkNotAhead, checkUint} from "./time-checks.ts";

export interface AttestationSigningComponents {
  readonly slotClock: SlotClock;
  readonly protection: SlashingProtection;
  readonly attempts: AttemptLog;
  readonly road: SigningRoad;
}

interface SoundVote {
  readonly kind: "sound";
  readonly slot: Slot;
  readonly sourceEpoch: Epoch;
  readonly targetEpoch: Epoch;
  /** One for all duties. */
  readonly message: SignableMessage;
}

/** Votes, and what belongs to aggregating them. */
export class AttestationSigning {
  readonly #config: NetworkConfig;
  readonly #components: AttestationSigningComponents;

  constructor(init: {readonly config: NetworkConfig}, components: AttestationSigningComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  signVotes(data: AttestationData, duties: readonly AttesterDuty[]): Promise<SignOutcomes<AttesterDuty>> {
    return signForEach(
      duties,
      () => this.#checkData(data),
      (sound, duty) => this.#signVote(sound, duty),
    );
  }

  signSelectionProof(pubkey: Pubkey, slot: Slot): Promise<SignOutcome> {
    return contained(() => {
      const {slotClock, road} = this.#components;
      const refusal = checkAheadAtMost(slotClock, slot, 1) ?? road.checkKey(pubkey, "attest");
      if (refusal) return refusal;
      const message = selectionProofToSign(this.#config, slot);
      return road.sign({pubkey, purpose: "attest", message});
    });
  }

  signAggregateAndProof(pubkey: Pubkey, given: AggregateAndProof): Promise<SignOutcome> {
    return contained(() => {
      const {slotClock, road} = this.#components;
      const refusal = checkNotAhead(slotClock, given.aggregate.data.slot) ?? road.checkKey(pubkey, "attest");
      if (refusal) return refusal;
      const message = aggregateAndProofToSign(this.#config, given);
      return road.sign({pubkey, purpose: "attest", message});
    });
  }

  /** What holds for all duties of this data. */
  #checkData(data: AttestationData): SoundVote | Refused {
    const {slot, index, source, target} = data;
    const {slotClock} = this.#components;
    const range =
      checkUint(slot, "slot") ?? checkUint(source.epoch, "source epoch") ?? checkUint(target.epoch, "target epoch");
    if (range) return range;
    // In the index of such a vote nobody would find sense, and it has cost the target all the same.
    if (index !== 0 && !(index === 1 && attestationIndexNamesPayload(this.#config, slot))) {
      return refused("BEACON_DATA_INVALID", `index ${index} is out of range for slot ${slot}`);
    }
    const epoch = slotClock.epochOf(slot);
    if (target.epoch !== epoch) {
      return refused(
        "BEACON_DATA_INVALID",
        `the target is epoch ${target.epoch}, but slot ${slot} lies in epoch ${epoch}`,
      );
    }
    if (source.epoch > target.epoch) {
      return refused("SOURCE_AFTER_TARGET", `source ${source.epoch} is above target ${target.epoch}`);
    }
    const currentEpoch: Epoch = slotClock.currentEpoch();
    if (target.epoch > currentEpoch) {
      return refused("TARGET_IN_FUTURE", `target ${target.epoch} is above the clock's epoch ${currentEpoch}`);
    }
    const message = attestationToSign(this.#config, data);
    return {kind: "sound", slot, sourceEpoch: source.epoch, targetEpoch: target.epoch, message};
  }

  async #signVote(sound: SoundVote, {pubkey, slot}: AttesterDuty): Promise<SignOutcome> {
    const {protection, attempts, road} = this.#components;
    if (slot !== sound.slot) {
      return refused("BEACON_DATA_INVALID", `the duty's slot is ${slot}, the data's ${sound.slot}`);
    }
    const refusal = road.checkKey(pubkey, "attest");
    if (refusal) return refusal;
    if (!attempts.begin("vote", slot, pubkey)) {
      return refused("ALREADY_ATTEMPTED", `a vote of slot ${slot} was begun before`);
    }
    const {message, sourceEpoch, targetEpoch} = sound;
    return road.recordAndSign({pubkey, purpose: "attest", message}, () =>
      protection.recordAttestation(pubkey, {sourceEpoch, targetEpoch, signingRoot: message.signingRoot}),
    );
  }
}
