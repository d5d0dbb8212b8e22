import type {ChainEvent, Epoch, ProposerSettingsSource, Publisher, SlotClock} from "@mote/core";
import {Complaint, type ComplaintComponents} from "../complaint.ts";
import type {SlotService} from "../slot-service.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";

export interface ProposerPreparationComponents extends ComplaintComponents {
  readonly registry: Pick<ValidatorRegistry, "withDuties">;
  readonly settings: ProposerSettingsSource;
  readonly publisher: Pick<Publisher, "prepareProposers">;
  readonly slotClock: SlotClock;
}

/**
 * Tells the beacon nodes where the fees of our proposals go: each epoch, when the operator changes it, and when a node comes (back) that may have
 * forgotten it.
 */
export class ProposerPreparation implements SlotService {
  #isDue = true;
  #sent: {readonly epoch: Epoch; readonly text: string} | null = null;
  readonly #notPrepared: Complaint;
  readonly #c: ProposerPreparationComponents;

  constructor(components: ProposerPreparationComponents) {
    this.#c = components;
    this.#notPrepared = new Complaint({what: "fee recipients not told to the beacon nodes"}, components);
  }

  onChainEvent(event: ChainEvent): void {
    if (event.kind === "connected") this.#isDue = true;
  }

  /** A node that has just come is told before the slot's quiet part: it may have to make the next block. */
  async onSlot(): Promise<void> {
    if (this.#isDue) await this.#prepare();
  }

  async lookAhead(): Promise<void> {
    await this.#prepare();
  }

  async #prepare(): Promise<void> {
    const {registry, settings, publisher, slotClock} = this.#c;
    const preparations = registry.withDuties().flatMap(({index, pubkey}) => {
      const {feeRecipient} = settings.settingsOf(pubkey);
      return feeRecipient === null ? [] : [{validatorIndex: index, feeRecipient}];
    });
    const epoch = slotClock.currentEpoch();
    const text = preparations.map((one) => `${one.validatorIndex} ${one.feeRecipient}`).join();
    if (!this.#isDue && this.#sent?.epoch === epoch && this.#sent.text === text) return;
    this.#isDue = false;
    try {
      if (preparations.length > 0) await publisher.prepareProposers(preparations);
      this.#sent = {epoch, text};
      this.#notPrepared.succeeded();
    } catch (error) {
      this.#isDue = true;
      this.#notPrepared.failed(error);
    }
  }
}
