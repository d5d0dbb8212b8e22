import {isSelfBuilt} from "@mote/consensus";
import {
  assertNever,
  type ExecutionAddress,
  executionAddressToHex,
  type Log,
  type ProducedBlock,
  type ProposerSettings,
  type ProposerSettingsSource,
  type Pubkey,
  type SelfBuiltPayload,
  type Slot,
} from "@mote/core";
import {type Refused, refused} from "./refused.ts";

export interface PaymentGuardComponents {
  readonly proposerSettings: ProposerSettingsSource;
  readonly log: Log;
}

/**
 * Looks whether a block pays whom the operator named, in a way that the operator allows. A share of a distributed validator only raises an
 * alarm: what the cluster has agreed on is not one member's to stop.
 */
export class PaymentGuard {
  readonly #isAlarmOnly: boolean;
  readonly #components: PaymentGuardComponents;
  /** By the newest registration for builders that each key has signed here. */
  readonly #registered = new Map<Pubkey, ExecutionAddress>();
  #alarmedSlot: Slot | null = null;

  constructor(init: {readonly isAlarmOnly: boolean}, components: PaymentGuardComponents) {
    this.#isAlarmOnly = init.isAlarmOnly;
    this.#components = components;
  }

  noteRegistration(pubkey: Pubkey, feeRecipient: ExecutionAddress): void {
    this.#registered.set(pubkey, feeRecipient);
  }

  checkBlock(pubkey: Pubkey, produced: ProducedBlock): Refused | null {
    const settings = this.#components.proposerSettings.settingsOf(pubkey);
    return this.#enforce(produced.block.slot as Slot, this.#objectionTo(pubkey, produced, settings));
  }

  checkEnvelope(pubkey: Pubkey, slot: Slot, payload: SelfBuiltPayload): Refused | null {
    const settings = this.#components.proposerSettings.settingsOf(pubkey);
    return this.#enforce(slot, objectionToPayload(payload, settings));
  }

  #objectionTo(pubkey: Pubkey, produced: ProducedBlock, settings: ProposerSettings): Refused | null {
    switch (produced.kind) {
      case "full": {
        const {feeRecipient} = produced.block.body.executionPayload;
        return compareFeeRecipient(settings, feeRecipient, "the block's payload");
      }
      case "blinded":
        return checkBuilderIsOn(settings, "a blinded block") ?? this.#objectionToRegistration(pubkey, settings);
      case "bid":
        return objectionToBid(produced, settings);
      default:
        return assertNever(produced);
    }
  }

  /** The fee recipient of a builder's payload is the builder, who then pays as the proposer's registration says. */
  #objectionToRegistration(pubkey: Pubkey, {feeRecipient}: ProposerSettings): Refused | null {
    const registered = this.#registered.get(pubkey);
    if (registered !== undefined && registered === feeRecipient) return null;
    const told = registered === undefined ? "were told nothing from here" : `were told to pay ${registered}`;
    return refused(
      "BUILDER_NOT_ALLOWED",
      `a blinded block, but builders ${told}; the settings name ${feeRecipient ?? "nobody"}`,
    );
  }

  #enforce(slot: Slot, objection: Refused | null): Refused | null {
    if (objection === null || !this.#isAlarmOnly) return objection;
    if (this.#alarmedSlot !== slot) {
      const {reason, detail} = objection;
      this.#components.log.error(`Block of slot ${slot}: ${detail}. Signed all the same, for the cluster decides`, {
        reason,
      });
    }
    this.#alarmedSlot = slot;
    return null;
  }
}

/** Null when `paid` (20 bytes) is whom the operator wants paid, or when the operator did not say. `payer` begins the sentence of the refusal. */
function compareFeeRecipient({feeRecipient}: ProposerSettings, paid: Uint8Array, payer: string): Refused | null {
  const paidHex = executionAddressToHex(paid);
  if (feeRecipient === null || paidHex === feeRecipient) return null;
  return refused("FEE_RECIPIENT_MISMATCH", `${payer} pays ${paidHex}, the settings name ${feeRecipient}`);
}

function objectionToBid(
  {block, payload}: Extract<ProducedBlock, {kind: "bid"}>,
  settings: ProposerSettings,
): Refused | null {
  const {message: bid} = block.body.signedExecutionPayloadBid;
  const off = isSelfBuilt(bid) ? null : checkBuilderIsOn(settings, `a bid of builder ${bid.builderIndex}`);
  return (
    off ??
    compareFeeRecipient(settings, bid.feeRecipient, "the block's bid") ??
    (payload && objectionToPayload(payload, settings))
  );
}

const objectionToPayload = ({envelope}: SelfBuiltPayload, settings: ProposerSettings): Refused | null =>
  compareFeeRecipient(settings, envelope.payload.feeRecipient, "the payload of the block's bid");

/** A builder pays whom it was told to: where the operator named nobody, it was told nothing, and may name whom it likes. */
function checkBuilderIsOn({builder, feeRecipient}: ProposerSettings, what: string): Refused | null {
  if (!builder.isEnabled) return refused("BUILDER_NOT_ALLOWED", `${what}, but the builder is off for this key`);
  return feeRecipient === null ? refused("BUILDER_NOT_ALLOWED", `${what}, but the settings name nobody to pay`) : null;
}
