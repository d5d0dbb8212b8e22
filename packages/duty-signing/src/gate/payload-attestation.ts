import type {gloas} from "@lodestar/types";
import {blockCommitsToBid, type NetworkConfig} from "@mote/consensus";
import type {PtcDuty, SignOutcome, SignOutcomes, Slot, SlotClock} from "@mote/core";
import type {AttemptLog} from "../attempt-log.ts";
import {payloadAttestationToSign, type SignableMessage} from "../signers/signable-message.ts";
import {type Refused, refused, signForEach} from "./refused.ts";
import type {SigningRoad} from "./signing-road.ts";
import {checkNotAhead} from "./time-checks.ts";

export interface PayloadAttestationSigningComponents {
  readonly slotClock: SlotClock;
  readonly attempts: AttemptLog;
  readonly road: SigningRoad;
}

interface SoundData {
  readonly kind: "sound";
  readonly slot: Slot;
  /** One for all members. */
  readonly message: SignableMessage;
}

/** Gloas: votes of the payload timeliness committee. Two that contradict each other are not slashable, but nobody believes either. */
export class PayloadAttestationSigning {
  readonly #config: NetworkConfig;
  readonly #components: PayloadAttestationSigningComponents;

  constructor(init: {readonly config: NetworkConfig}, components: PayloadAttestationSigningComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  signVotes(data: gloas.PayloadAttestationData, duties: readonly PtcDuty[]): Promise<SignOutcomes<PtcDuty>> {
    return signForEach(
      duties,
      () => this.#checkData(data),
      (sound, duty) => this.#signVote(sound, duty),
    );
  }

  /** What holds for all members of the committee. */
  #checkData(data: gloas.PayloadAttestationData): SoundData | Refused {
    const {slotClock} = this.#components;
    const slot = data.slot as Slot;
    const ahead = checkNotAhead(slotClock, slot);
    if (ahead) return ahead;
    const currentSlot = slotClock.currentSlot();
    // Gossip takes these votes within their own slot only. gloas/p2p-interface.md#payload_attestation_message
    if (slot < currentSlot) return refused("SLOT_PASSED_BY", `slot ${slot} is over: the clock's is ${currentSlot}`);
    if (!blockCommitsToBid(this.#config, slot)) {
      return refused(
        "BEACON_DATA_INVALID",
        `slot ${slot} lies in ${this.#config.getForkName(slot)}, which has no such votes`,
      );
    }
    return {kind: "sound", slot, message: payloadAttestationToSign(this.#config, data)};
  }

  async #signVote(sound: SoundData, {pubkey, slot}: PtcDuty): Promise<SignOutcome> {
    const {attempts, road} = this.#components;
    if (slot !== sound.slot) {
      return refused("BEACON_DATA_INVALID", `the duty's slot is ${slot}, the data's ${sound.slot}`);
    }
    const refusal = road.checkKey(pubkey, "attest");
    if (refusal) return refusal;
    if (!attempts.begin("payload_attestation", slot, pubkey)) {
      return refused("ALREADY_ATTEMPTED", `a payload attestation of slot ${slot} was begun before`);
    }
    const {message} = sound;
    return road.sign({pubkey, purpose: "attest", message});
  }
}
