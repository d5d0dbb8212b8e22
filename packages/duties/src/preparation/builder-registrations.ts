import type {bellatrix} from "@lodestar/types";
import {
  type ChainEvent,
  type DutySigner,
  type Epoch,
  type ExecutionAddress,
  hexToBytes,
  type ProposerSettings,
  type ProposerSettingsSource,
  type Pubkey,
  type Publisher,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import {Complaint, type ComplaintComponents} from "../complaint.ts";
import type {SlotService} from "../slot-service.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";

export interface BuilderRegistrationsInit {
  /** From this epoch on builders read proposer preferences, and nobody takes registrations any more. */
  readonly gloasEpoch: Epoch;
}

export interface BuilderRegistrationsComponents extends ComplaintComponents {
  readonly registry: Pick<ValidatorRegistry, "withDuties">;
  readonly settings: ProposerSettingsSource;
  readonly signer: Pick<DutySigner, "signValidatorRegistration">;
  readonly publisher: Pick<Publisher, "registerValidators">;
  readonly slotClock: SlotClock;
}

interface Registration {
  /** What was signed, but for the time: signed again only when it changes. */
  readonly terms: string;
  readonly signed: bellatrix.SignedValidatorRegistrationV1;
  /** Some path took it. */
  isSent: boolean;
}

/** What builders allow; one from a later time, of a clock that was ahead, they refuse. builder-specs bellatrix/builder.md#validate_registration */
const AHEAD_SEC_MAX = 10;
/** Slots between two tries while no node takes them, doubled with each: one without a builder refuses them for good. */
const RETRY_SLOTS_MAX = 32;
/** In one request: about 200 KB of JSON. */
const REGISTRATIONS_PER_REQUEST_MAX = 500;

/** Registers the keys whose builder is on: signed once per change of settings, sent each epoch and when a node comes (back). */
export class BuilderRegistrations implements SlotService {
  readonly #registrations = new Map<Pubkey, Registration>();
  #isDue = true;
  #sentEpoch: Epoch | null = null;
  #failures = 0;
  #retrySlot = Number.NEGATIVE_INFINITY;
  readonly #notRegistered: Complaint;
  readonly #init: BuilderRegistrationsInit;
  readonly #c: BuilderRegistrationsComponents;

  constructor(init: BuilderRegistrationsInit, components: BuilderRegistrationsComponents) {
    this.#init = init;
    this.#c = components;
    this.#notRegistered = new Complaint({what: "validators not registered with builders"}, components);
  }

  /** Whether a registration with the present settings of the key was sent. */
  isRegistered(pubkey: Pubkey): boolean {
    const held = this.#registrations.get(pubkey);
    return held?.isSent === true && held.terms === termsOf(this.#c.settings.settingsOf(pubkey));
  }

  onChainEvent(event: ChainEvent): void {
    if (event.kind !== "connected") return;
    this.#isDue = true;
    this.#retrySlot = Number.NEGATIVE_INFINITY;
  }

  async lookAhead(slot: Slot, signal: AbortSignal): Promise<void> {
    const epoch = this.#c.slotClock.currentEpoch();
    if (epoch >= this.#init.gloasEpoch) return this.#registrations.clear();
    if (slot < this.#retrySlot) return;
    const isAll = this.#isDue || epoch !== this.#sentEpoch;
    const enabled = await this.#signed(signal);
    const outgoing = enabled.filter(({isSent}) => isAll || !isSent);
    if (signal.aborted) return;
    this.#isDue = false;
    this.#sentEpoch = epoch;
    let isTaken = true;
    for (let from = 0; from < outgoing.length; from += REGISTRATIONS_PER_REQUEST_MAX)
      isTaken = (await this.#send(outgoing.slice(from, from + REGISTRATIONS_PER_REQUEST_MAX))) && isTaken;
    this.#failures = isTaken ? 0 : this.#failures + 1;
    if (!isTaken) this.#retrySlot = slot + Math.min(2 ** (this.#failures - 1), RETRY_SLOTS_MAX);
  }

  /** Those of all keys whose builder is on. A breath before each signature: a vote that comes due meanwhile waits for one of them at most. */
  async #signed(signal: AbortSignal): Promise<Registration[]> {
    const {registry, settings, signer, slotClock} = this.#c;
    const enabled: Registration[] = [];
    const enabledKeys = new Set<Pubkey>();
    for (const {pubkey} of registry.withDuties()) {
      const wishes = settings.settingsOf(pubkey);
      if (!wishes.builder.isEnabled || wishes.feeRecipient === null) continue;
      enabledKeys.add(pubkey);
      const held = this.#registrations.get(pubkey);
      if (held?.terms === termsOf(wishes) && held.signed.message.timestamp <= this.#nowSec() + AHEAD_SEC_MAX) {
        enabled.push(held);
        continue;
      }
      await sleep(slotClock, 0, signal);
      if (signal.aborted) break;
      const message = this.#message(pubkey, wishes, wishes.feeRecipient);
      const outcome = await signer.signValidatorRegistration(pubkey, message);
      // A key that signs nothing yet is asked again in the next slot.
      if (outcome.kind === "refused") continue;
      const fresh = {terms: termsOf(wishes), signed: {message, signature: outcome.signature}, isSent: false};
      this.#registrations.set(pubkey, fresh);
      enabled.push(fresh);
    }
    for (const pubkey of this.#registrations.keys()) if (!enabledKeys.has(pubkey)) this.#registrations.delete(pubkey);
    return enabled;
  }

  #message(
    pubkey: Pubkey,
    {gasLimit}: ProposerSettings,
    feeRecipient: ExecutionAddress,
  ): bellatrix.ValidatorRegistrationV1 {
    return {
      feeRecipient: hexToBytes(feeRecipient),
      gasLimit,
      timestamp: this.#nowSec(),
      pubkey: hexToBytes(pubkey),
    };
  }

  #nowSec(): number {
    return Math.floor(this.#c.slotClock.nowMs() / 1000);
  }

  /** @returns whether some path took them */
  async #send(registrations: readonly Registration[]): Promise<boolean> {
    try {
      await this.#c.publisher.registerValidators(registrations.map(({signed}) => signed));
      for (const one of registrations) one.isSent = true;
      this.#notRegistered.succeeded();
      return true;
    } catch (error) {
      this.#isDue = true;
      this.#notRegistered.failed(error);
      return false;
    }
  }
}

const termsOf = ({feeRecipient, gasLimit}: ProposerSettings): string => `${feeRecipient} ${gasLimit}`;
