import type {bellatrix, gloas, phase0} from "@lodestar/types";
import {blockCommitsToBid, type NetworkConfig} from "@mote/consensus";
import {
  type Epoch,
  executionAddressToHex,
  type ProposerSettingsSource,
  type Pubkey,
  pubkeyToHex,
  type SignOutcome,
  type Slot,
  type SlotClock,
} from "@mote/core";
import {
  proposerPreferencesToSign,
  type SignableMessage,
  validatorRegistrationToSign,
  voluntaryExitToSign,
} from "../signers/signable-message.ts";
import type {PaymentGuard} from "./payment-guard.ts";
import {contained, type Refused, refused} from "./refused.ts";
import type {SigningRoad} from "./signing-road.ts";
import {checkAheadAtMost, checkUint} from "./time-checks.ts";
import {withoutKeptRoot} from "./without-kept-root.ts";

/** Proposers are known to the end of the next epoch; one more for a client that is asked just before an epoch begins. */
const PREFERENCES_EPOCHS_AHEAD_MAX = 2;
/** What builders allow. builder-specs bellatrix/builder.md#validate_registration */
const REGISTRATION_AHEAD_SEC_MAX = 10;

export interface AdministrationSigningComponents {
  readonly slotClock: SlotClock;
  readonly road: SigningRoad;
  readonly proposerSettings: ProposerSettingsSource;
  readonly payments: PaymentGuard;
}

/** What Mote says in a key's name of its own accord. It has to be what the operator's settings say, to the letter. */
export class AdministrationSigning {
  readonly #config: NetworkConfig;
  readonly #components: AdministrationSigningComponents;

  constructor(init: {readonly config: NetworkConfig}, components: AdministrationSigningComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  signProposerPreferences(pubkey: Pubkey, preferences: gloas.ProposerPreferences): Promise<SignOutcome> {
    return contained(() => {
      const {feeRecipient, targetGasLimit} = preferences;
      const refusal =
        this.#checkProposalSlot(preferences.proposalSlot as Slot) ??
        this.#checkSettings(pubkey, {feeRecipient, gasLimit: targetGasLimit}) ??
        this.#components.road.checkKey(pubkey, "administer");
      return refusal ?? this.#sign(pubkey, proposerPreferencesToSign(this.#config, preferences));
    });
  }

  signValidatorRegistration(pubkey: Pubkey, registration: bellatrix.ValidatorRegistrationV1): Promise<SignOutcome> {
    return contained(async () => {
      const {road, payments} = this.#components;
      const {feeRecipient, gasLimit} = registration;
      const refusal =
        this.#checkRegistration(pubkey, registration) ??
        this.#checkSettings(pubkey, {feeRecipient, gasLimit: BigInt(gasLimit)}) ??
        road.checkKey(pubkey, "administer");
      if (refusal) return refusal;
      const address = executionAddressToHex(feeRecipient);
      const outcome = await this.#sign(pubkey, validatorRegistrationToSign(this.#config, registration));
      if (outcome.kind === "signed") payments.noteRegistration(pubkey, address);
      return outcome;
    });
  }

  signVoluntaryExit(pubkey: Pubkey, given: phase0.VoluntaryExit): Promise<SignOutcome> {
    return contained(() => {
      const exit = withoutKeptRoot(given);
      const refusal = this.#checkExit(exit) ?? this.#components.road.checkKey(pubkey, "administer");
      return refusal ?? this.#sign(pubkey, voluntaryExitToSign(this.#config, exit));
    });
  }

  #checkProposalSlot(slot: Slot): Refused | null {
    const {slotClock} = this.#components;
    const ahead = checkAheadAtMost(slotClock, slot, PREFERENCES_EPOCHS_AHEAD_MAX);
    if (ahead) return ahead;
    const currentSlot = slotClock.currentSlot();
    if (slot < currentSlot) return refused("SLOT_PASSED_BY", `slot ${slot} is over: the clock's is ${currentSlot}`);
    if (blockCommitsToBid(this.#config, slot)) return null;
    const fork = this.#config.getForkName(slot);
    return refused("BEACON_DATA_INVALID", `slot ${slot} lies in ${fork}, which has no proposer preferences`);
  }

  #checkSettings(pubkey: Pubkey, said: {readonly feeRecipient: Uint8Array; readonly gasLimit: bigint}): Refused | null {
    const settings = this.#components.proposerSettings.settingsOf(pubkey);
    const feeRecipient = executionAddressToHex(said.feeRecipient);
    // Unlike a block's, which the beacon node filled in, this one would be an address out of nowhere when the operator named none.
    if (feeRecipient !== settings.feeRecipient) {
      return refused(
        "FEE_RECIPIENT_MISMATCH",
        `the message names ${feeRecipient}, the settings name ${settings.feeRecipient ?? "nobody"}`,
      );
    }
    if (said.gasLimit === BigInt(settings.gasLimit)) return null;
    return refused("INTERNAL_ERROR", `the message's gas limit is ${said.gasLimit}, the settings' ${settings.gasLimit}`);
  }

  #checkRegistration(pubkey: Pubkey, registration: bellatrix.ValidatorRegistrationV1): Refused | null {
    const {slotClock, proposerSettings} = this.#components;
    const {timestamp} = registration;
    const named = pubkeyToHex(registration.pubkey);
    if (named !== pubkey) return refused("INTERNAL_ERROR", `the registration is of key ${named}`);
    if (!proposerSettings.settingsOf(pubkey).builder.isEnabled) {
      return refused("BUILDER_NOT_ALLOWED", "a registration for builders, but the builder is off for this key");
    }
    // Builders keep the newest: one of the far future would stand against all that come after it.
    const latestSec = Math.floor(slotClock.nowMs() / 1000) + REGISTRATION_AHEAD_SEC_MAX;
    if (Number.isSafeInteger(timestamp) && timestamp >= 0 && timestamp <= latestSec) return null;
    return refused("INTERNAL_ERROR", `the registration's time ${timestamp} is not one up to ${latestSec}`);
  }

  #checkExit({epoch}: phase0.VoluntaryExit): Refused | null {
    const range = checkUint(epoch, "epoch");
    if (range) return range;
    const currentEpoch: Epoch = this.#components.slotClock.currentEpoch();
    if (epoch <= currentEpoch) return null;
    return refused(
      "SLOT_IN_FUTURE",
      `an exit for epoch ${epoch}, but it is epoch ${currentEpoch}: the chain would not take it yet, and once signed it is good for ever`,
    );
  }

  #sign(pubkey: Pubkey, message: SignableMessage): Promise<SignOutcome> {
    return this.#components.road.sign({pubkey, purpose: "administer", message});
  }
}
