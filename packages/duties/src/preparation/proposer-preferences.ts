import type {gloas} from "@lodestar/types";
import {
  type DutySigner,
  type Epoch,
  type ExecutionAddress,
  executionAddressToHex,
  hexToBytes,
  type ProposerDuty,
  type ProposerSettings,
  type ProposerSettingsSource,
  type Publisher,
  type Root,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import {Complaint, type ComplaintComponents} from "../complaint.ts";
import type {EpochDuties} from "../epoch-duties.ts";
import type {SlotService} from "../slot-service.ts";

export interface ProposerPreferencesInit {
  readonly gloasEpoch: Epoch;
}

export interface ProposerPreferencesComponents extends ComplaintComponents {
  readonly duties: Pick<EpochDuties<ProposerDuty>, "dutiesOf">;
  readonly settings: ProposerSettingsSource;
  readonly signer: Pick<DutySigner, "signProposerPreferences">;
  readonly publisher: Pick<Publisher, "publishProposerPreferences">;
  readonly slotClock: SlotClock;
}

interface Preference {
  readonly slot: Slot;
  readonly signed: gloas.SignedProposerPreferences;
  isSent: boolean;
}

/**
 * Gloas: tells the builders how we want the payloads of our coming proposals. Gossip keeps the first message for a slot and the root that its
 * proposer rests on, so each is signed once, and a later change of settings does not travel.
 */
export class ProposerPreferences implements SlotService {
  /** By dependent root and slot. */
  readonly #preferences = new Map<string, Preference>();
  readonly #notTaken: Complaint;
  readonly #init: ProposerPreferencesInit;
  readonly #c: ProposerPreferencesComponents;

  constructor(init: ProposerPreferencesInit, components: ProposerPreferencesComponents) {
    this.#init = init;
    this.#c = components;
    this.#notTaken = new Complaint({what: "proposer preferences not taken"}, components);
  }

  /**
   * Whether builders may pay as the present settings say. Not when the operator named nobody; and not while they go by an earlier message, for
   * such a bid would be refused, and the block with it.
   */
  isUpToDate({pubkey, slot}: Pick<ProposerDuty, "pubkey" | "slot">): boolean {
    const {feeRecipient} = this.#c.settings.settingsOf(pubkey);
    const told = [...this.#preferences.values()].filter((held) => held.slot === slot);
    return feeRecipient !== null && told.every(({signed}) => isPaid(signed.message, feeRecipient));
  }

  async lookAhead(slot: Slot, signal: AbortSignal): Promise<void> {
    for (const [name, held] of this.#preferences) if (held.slot <= slot) this.#preferences.delete(name);
    const epoch = this.#c.slotClock.epochOf(slot);
    for (const each of [epoch, epoch + 1]) await this.#sign(each as Epoch, slot, signal);
    const outgoing = [...this.#preferences.values()].filter(({isSent}) => !isSent);
    if (outgoing.length > 0 && !signal.aborted) await this.#send(outgoing);
  }

  async #sign(epoch: Epoch, currentSlot: Slot, signal: AbortSignal): Promise<void> {
    const known = this.#c.duties.dutiesOf(epoch);
    // A root of the epoch's own start is not the one that the message has to name.
    if (epoch < this.#init.gloasEpoch || known === null || known.dependentEpoch >= epoch) return;
    for (const duty of known.duties) {
      const wishes = this.#c.settings.settingsOf(duty.pubkey);
      const name = `${known.dependentRoot}/${duty.slot}`;
      if (duty.slot <= currentSlot || wishes.feeRecipient === null || this.#preferences.has(name)) continue;
      await sleep(this.#c.slotClock, 0, signal);
      if (signal.aborted) return;
      const message = messageOf(duty, known.dependentRoot, wishes, wishes.feeRecipient);
      const outcome = await this.#c.signer.signProposerPreferences(duty.pubkey, message);
      if (outcome.kind === "refused") continue;
      const signed = {message, signature: outcome.signature};
      this.#preferences.set(name, {slot: duty.slot, signed, isSent: false});
    }
  }

  /** What no path answered is sent again in the next slot; what was refused is not. */
  async #send(outgoing: readonly Preference[]): Promise<void> {
    const outcomes = await this.#c.publisher.publishProposerPreferences(outgoing.map(({signed}) => signed));
    let failure: string | null = null;
    for (const [place, one] of outgoing.entries()) {
      const outcome = outcomes[place];
      one.isSent = outcome?.kind === "accepted" || outcome?.reason === "PUBLISH_REFUSED";
      if (outcome?.kind === "failed")
        failure = outcome.receipts.map(({path, detail}) => `${path}: ${detail}`).join("; ");
    }
    if (failure === null) this.#notTaken.succeeded();
    else this.#notTaken.failed(new Error(failure));
  }
}

const isPaid = (message: gloas.ProposerPreferences, feeRecipient: ExecutionAddress): boolean =>
  executionAddressToHex(message.feeRecipient) === feeRecipient;

function messageOf(
  {slot, validatorIndex}: ProposerDuty,
  dependentRoot: Root,
  {gasLimit}: ProposerSettings,
  feeRecipient: ExecutionAddress,
): gloas.ProposerPreferences {
  return {
    dependentRoot: hexToBytes(dependentRoot),
    proposalSlot: slot,
    validatorIndex,
    feeRecipient: hexToBytes(feeRecipient),
    targetGasLimit: BigInt(gasLimit),
  };
}
