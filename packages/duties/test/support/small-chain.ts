import type {Attestation, Epoch, ValidatorInfo} from "@mote/core";
import {
  FakeChainWitness,
  FakeDutiesSource,
  FakeLog,
  FakeValidatorLiveness,
  MemorySlashingProtection,
} from "@mote/testing";
import {
  data,
  duty,
  epoch,
  fakeTime,
  pubkey,
  root,
  SLOT_MS,
  SLOTS_PER_EPOCH,
  signature,
  slot,
  validator,
} from "./world.ts";

/** Of the one committee of each slot. Who is none of ours votes always. */
const COMMITTEE_LENGTH = 32;

/** Who votes in this epoch for a validator: this node and its like, which record first, or another signer. */
export type Voter = "ours" | "other" | null;

/** A chain that goes on by itself: each slot has a block, and a block holds the votes of the slot before. */
export class SmallChain {
  readonly liveness = new FakeValidatorLiveness();
  readonly log = new FakeLog();
  readonly protection = new MemorySlashingProtection();
  readonly time: ReturnType<typeof fakeTime>;
  readonly witness: FakeChainWitness;
  validators: readonly ValidatorInfo[] = [validator(1)];
  voterOf: (index: number, epoch: number) => Voter = () => null;
  dutySlotInEpoch: (index: number) => number = () => 4;
  /** Slots from the vote to the block that holds it. */
  inclusionDelay = 1;
  /** At the start of each slot. */
  readonly onSlot: (() => void)[] = [];

  constructor(init: {readonly atSlot: number}) {
    this.time = fakeTime(init.atSlot);
    const duties = new FakeDutiesSource({
      dutyOf: (of, index) =>
        duty(index, of * SLOTS_PER_EPOCH + this.dutySlotInEpoch(index), {
          validatorCommitteeIndex: index,
          committeeLength: COMMITTEE_LENGTH,
        }),
      dependentRootOf: () => root(1),
    });
    this.witness = new FakeChainWitness({committeeLengths: () => [COMMITTEE_LENGTH], duties});
  }

  get ports() {
    return {
      registry: {withDuties: () => this.validators},
      protection: this.protection,
      liveness: this.liveness,
      chain: {witnessThreshold: 1, witnesses: () => [this.witness]},
      slotClock: this.time.slotClock,
      log: this.log,
    };
  }

  get atSlot(): number {
    return this.time.slotClock.currentSlot();
  }

  get epoch(): Epoch {
    return this.time.slotClock.currentEpoch();
  }

  /** What was before: blocks and votes up to now. Nobody's `onSlot` is called. */
  async past(slots: number): Promise<void> {
    for (let at = Math.max(0, this.atSlot - slots); at < this.atSlot; at++) {
      this.#block(at);
      await this.#votes(at);
    }
    this.#block(this.atSlot);
  }

  /** To the start of that slot, with everything that happens on the way. */
  async goTo(atEpoch: number, slotInEpoch = 0): Promise<void> {
    const {clock} = this.time;
    while (this.atSlot < atEpoch * SLOTS_PER_EPOCH + slotInEpoch) {
      await this.#votes(this.atSlot);
      await clock.advance(SLOT_MS);
      this.#block(this.atSlot);
      for (const run of this.onSlot) run();
      // What was set off has its answers before the slot goes on.
      await clock.advance(0);
    }
  }

  async record(index: number, of: number): Promise<void> {
    await this.protection.recordAttestation(pubkey(index), {
      sourceEpoch: epoch(Math.max(0, of - 1)),
      targetEpoch: epoch(of),
      signingRoot: root(of),
    });
  }

  async #votes(atSlot: number): Promise<void> {
    const of = Math.floor(atSlot / SLOTS_PER_EPOCH);
    for (const {index} of this.#dueAt(atSlot)) {
      const voter = this.voterOf(index, of);
      if (voter === "ours") await this.record(index, of);
      const blockEpoch = Math.floor((atSlot + this.inclusionDelay) / SLOTS_PER_EPOCH);
      // Seen in gossip, unless only blocks are looked at.
      if (voter !== null && this.liveness.counts === "by target") this.#see(index, of, blockEpoch);
    }
  }

  #block(atSlot: number): void {
    const votedSlot = atSlot - this.inclusionDelay;
    const of = Math.floor(votedSlot / SLOTS_PER_EPOCH);
    const absent = this.#dueAt(votedSlot).filter(({index}) => this.voterOf(index, of) === null);
    const bits = new Uint8Array(COMMITTEE_LENGTH / 8).fill(0xff);
    for (const {index} of absent) bits[index >> 3] = (bits[index >> 3] ?? 0) & ~(1 << (index & 7));
    const vote: Attestation = {
      aggregationBits: {bits, length: COMMITTEE_LENGTH},
      committeeBits: {bits: Uint8Array.of(1), length: 4},
      data: data(votedSlot),
      signature: signature(1),
    };
    this.witness.blocks.set(root(atSlot), {slot: slot(atSlot), parentRoot: root(atSlot - 1), attestations: [vote]});
    if (this.liveness.counts === "by target") return;
    for (const {index} of this.#dueAt(votedSlot)) {
      if (!absent.some((each) => each.index === index)) this.#see(index, of, Math.floor(atSlot / SLOTS_PER_EPOCH));
    }
  }

  #see(index: number, targetEpoch: number, blockEpoch: number): void {
    this.liveness.votes.push({
      index: validator(index).index,
      targetEpoch: epoch(targetEpoch),
      blockEpoch: epoch(blockEpoch),
    });
  }

  #dueAt(atSlot: number): readonly ValidatorInfo[] {
    return this.validators.filter(({index}) => this.dutySlotInEpoch(index) === atSlot % SLOTS_PER_EPOCH && atSlot >= 0);
  }
}
