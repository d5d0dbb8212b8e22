import {
  type DutySigner,
  type ProposerDuty,
  type Pubkey,
  type SignOutcome,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";

/** Share of the slot before a proposal at which its randao is signed: the votes are out by then, and the payload votes are not due yet. */
const AHEAD_SHARE = 5 / 8;

/** The randao reveals of coming proposals, signed one slot early: at the start of the slot only the block is left to ask for. */
export class RandaoReveals {
  readonly #ahead = new Map<Slot, {readonly pubkey: Pubkey; readonly outcome: SignOutcome}>();
  readonly #c: {readonly signer: DutySigner; readonly slotClock: SlotClock};

  constructor(components: {readonly signer: DutySigner; readonly slotClock: SlotClock}) {
    this.#c = components;
  }

  /** In the middle of `slot`, for what is to be proposed in the next. */
  async prepare(slot: Slot, coming: () => readonly ProposerDuty[], signal: AbortSignal): Promise<void> {
    const {signer, slotClock} = this.#c;
    for (const known of this.#ahead.keys()) if (known < slot) this.#ahead.delete(known);
    const atMs = slotClock.startMs(slot) + slotClock.timing.slotDurationMs * AHEAD_SHARE;
    await sleep(slotClock, atMs - slotClock.nowMs(), signal);
    if (signal.aborted) return;
    for (const duty of coming()) {
      const outcome = await signer.signRandaoReveal(duty.pubkey, duty.slot);
      this.#ahead.set(duty.slot, {pubkey: duty.pubkey, outcome});
    }
  }

  /** What was refused a slot ago may be allowed now. */
  async of({pubkey, slot}: ProposerDuty): Promise<SignOutcome> {
    const ahead = this.#ahead.get(slot);
    if (ahead?.pubkey === pubkey && ahead.outcome.kind === "signed") return ahead.outcome;
    return this.#c.signer.signRandaoReveal(pubkey, slot);
  }
}
