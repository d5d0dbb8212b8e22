import type {DutySigner, Root, SignOutcome, SignOutcomes, Slot, SlotClock, ValidatorIndex} from "@mote/core";

export type SignedKind = "attestation" | "proposal" | "sync_message" | "payload_attestation";

export interface SignedMessage {
  readonly signingRoot: Root;
  /** Unix ms at which its signing was begun: what arrived before was signed by somebody else. */
  readonly begunMs: number;
}

/** Votes travel for the rest of their epoch and the one after. phase0/p2p-interface.md#beacon_attestation_subnet_id */
const EPOCHS_KEPT = 2;

/** What this process has signed and others will send back, by signing root; in memory. */
export class SignedBook {
  readonly #bySlot = new Map<Slot, Map<string, SignedMessage>>();
  readonly #slotClock: SlotClock;

  constructor(components: {readonly slotClock: SlotClock}) {
    this.#slotClock = components.slotClock;
  }

  /** Null: this process has signed no such message. */
  of(kind: SignedKind, slot: Slot, validatorIndex: ValidatorIndex): SignedMessage | null {
    return this.#bySlot.get(slot)?.get(nameOf(kind, validatorIndex)) ?? null;
  }

  /** The same signer, whose signatures are written down here before anybody else has them. */
  watch(signer: DutySigner): DutySigner {
    return {
      signAttestations: (data, duties) =>
        this.#noteEach("attestation", data.slot, () => signer.signAttestations(data, duties)),
      signBlock: async (pubkey, produced) => {
        const {slot, proposerIndex} = produced.block;
        const begunMs = this.#slotClock.nowMs();
        const outcome = await signer.signBlock(pubkey, produced);
        this.#note("proposal", slot as Slot, proposerIndex as ValidatorIndex, {outcome, begunMs});
        return outcome;
      },
      signSyncCommitteeMessages: (message, duties) =>
        this.#noteEach("sync_message", message.slot, () => signer.signSyncCommitteeMessages(message, duties)),
      signPayloadAttestations: (data, duties) =>
        this.#noteEach("payload_attestation", data.slot as Slot, () => signer.signPayloadAttestations(data, duties)),
      signSelectionProof: (...args) => signer.signSelectionProof(...args),
      signAggregateAndProof: (...args) => signer.signAggregateAndProof(...args),
      signRandaoReveal: (...args) => signer.signRandaoReveal(...args),
      signExecutionPayloadEnvelope: (...args) => signer.signExecutionPayloadEnvelope(...args),
      signSyncCommitteeSelectionProof: (...args) => signer.signSyncCommitteeSelectionProof(...args),
      signContributionAndProof: (...args) => signer.signContributionAndProof(...args),
      signProposerPreferences: (...args) => signer.signProposerPreferences(...args),
      signValidatorRegistration: (...args) => signer.signValidatorRegistration(...args),
      signVoluntaryExit: (...args) => signer.signVoluntaryExit(...args),
    };
  }

  async #noteEach<Duty extends {readonly validatorIndex: ValidatorIndex}>(
    kind: SignedKind,
    slot: Slot,
    sign: () => Promise<SignOutcomes<Duty>>,
  ): Promise<SignOutcomes<Duty>> {
    const begunMs = this.#slotClock.nowMs();
    const outcomes = await sign();
    for (const {duty, outcome} of outcomes) this.#note(kind, slot, duty.validatorIndex, {outcome, begunMs});
    return outcomes;
  }

  #note(
    kind: SignedKind,
    slot: Slot,
    validatorIndex: ValidatorIndex,
    {outcome, begunMs}: {readonly outcome: SignOutcome; readonly begunMs: number},
  ): void {
    if (outcome.kind !== "signed") return;
    const oldest = this.#slotClock.currentSlot() - EPOCHS_KEPT * this.#slotClock.timing.slotsPerEpoch;
    for (const at of this.#bySlot.keys()) if (at < oldest) this.#bySlot.delete(at);
    const ofSlot = this.#bySlot.get(slot) ?? new Map<string, SignedMessage>();
    this.#bySlot.set(slot, ofSlot);
    const name = nameOf(kind, validatorIndex);
    if (!ofSlot.has(name)) ofSlot.set(name, {signingRoot: outcome.signingRoot, begunMs});
  }
}

const nameOf = (kind: SignedKind, validatorIndex: ValidatorIndex): string => `${kind}/${validatorIndex}`;
