import type {DutyJournal, NetworkEvent} from "@mote/core";
import {dutyKey} from "../duty-key.ts";
import type {SlotService} from "../slot-service.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";

export interface EchoesComponents {
  readonly registry: Pick<ValidatorRegistry, "validatorAt">;
  readonly journal: DutyJournal;
}

/**
 * Writes into the duty record that a message of ours came back from a peer. Votes and blocks are open until their inclusion is certain, long after the echo;
 * other records end when the message is out, and an echo after that is dropped.
 */
export class Echoes implements SlotService {
  readonly #c: EchoesComponents;

  constructor(components: EchoesComponents) {
    this.#c = components;
  }

  onNetworkEvent(event: NetworkEvent): void {
    // The echo of a contribution does not tell its subcommittee.
    if (event.kind !== "echo" || event.message.kind === "sync_contribution") return;
    const {kind, slot, validatorIndex} = event.message;
    const pubkey = this.#c.registry.validatorAt(validatorIndex)?.pubkey;
    if (pubkey !== undefined)
      this.#c.journal.reached(dutyKey(kind, {slot, validatorIndex, pubkey}), "echoed", event.receivedMs);
  }
}
