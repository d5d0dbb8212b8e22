import assert from "node:assert/strict";
import type {Attestation, Epoch, ValidatorInfo} from "@mote/core";
import {
  FakeChainWitness,
  FakeDutiesSource,
  FakeLog,
  FakeValidatorLiveness,
  MemorySlashingProtection,
} from "@mote/testing";
import {StaleBackupCheck} from "../../src/safety/stale-backup.ts";
import {SmallChain} from "../support/small-chain.ts";
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
} from "../support/world.ts";

const COMMITTEE_LENGTH = 32;

/** A process that starts in the middle of `atEpoch`, with what its records hold and what the chain has seen. */
class Start {
  readonly liveness = new FakeValidatorLiveness();
  readonly log = new FakeLog();
  readonly protection = new MemorySlashingProtection();
  readonly check: StaleBackupCheck;
  validators: readonly ValidatorInfo[];
  readonly #seen = new Set<string>();
  /** Every duty is in the second slot of its epoch, and the block after it holds what is seen. */
  readonly #witness = new FakeChainWitness({
    committeeLengths: () => [COMMITTEE_LENGTH],
    duties: new FakeDutiesSource({
      dutyOf: (of, index) =>
        duty(index, of * SLOTS_PER_EPOCH + 1, {validatorCommitteeIndex: index, committeeLength: COMMITTEE_LENGTH}),
      dependentRootOf: () => root(1),
    }),
  });
  readonly #time;

  constructor(atEpoch: number, {validators = [validator(1)], atSlot = atEpoch * SLOTS_PER_EPOCH + 3} = {}) {
    this.validators = validators;
    this.liveness.isLive = (of, index) => this.#seen.has(`${of}/${index}`);
    this.#time = fakeTime(atSlot);
    for (let at = atSlot - 2 * SLOTS_PER_EPOCH; at < atSlot; at++) this.#block(at, []);
    this.check = new StaleBackupCheck({
      registry: {withDuties: () => this.validators},
      protection: this.protection,
      liveness: this.liveness,
      chain: {witnessThreshold: 1, witnesses: () => [this.#witness]},
      slotClock: this.#time.slotClock,
      log: this.log,
    });
  }

  /** The chain sees the validator vote in these epochs. */
  seen(index: number, ...epochs: number[]): this {
    for (const each of epochs) {
      this.#seen.add(`${each}/${index}`);
      const bits = new Uint8Array(COMMITTEE_LENGTH / 8);
      bits[index >> 3] = 1 << (index & 7);
      const vote: Attestation = {
        aggregationBits: {bits, length: COMMITTEE_LENGTH},
        committeeBits: {bits: Uint8Array.of(1), length: 4},
        data: data(each * SLOTS_PER_EPOCH + 1),
        signature: signature(1),
      };
      this.#block(each * SLOTS_PER_EPOCH + 2, [vote]);
    }
    return this;
  }

  #block(atSlot: number, attestations: readonly Attestation[]): void {
    this.#witness.blocks.set(root(atSlot), {slot: slot(atSlot), parentRoot: root(atSlot - 1), attestations});
  }

  async recorded(index: number, ...epochs: number[]): Promise<this> {
    for (const each of epochs) {
      const vote = {sourceEpoch: epoch(Math.max(0, each - 1)), targetEpoch: epoch(each), signingRoot: root(each)};
      assert.equal((await this.protection.recordAttestation(pubkey(index), vote)).kind, "accepted");
    }
    return this;
  }

  /** The answer to whether the key may sign, in one word. */
  of(index: number): string {
    return this.check.refusalOf(pubkey(index))?.reason ?? "signs";
  }

  /** Slot by slot, asking at the start of each, to the start of that slot of the epoch. */
  async goTo(atEpoch: number, slotInEpoch = 0): Promise<void> {
    const {clock, slotClock} = this.#time;
    while (slotClock.currentSlot() < atEpoch * SLOTS_PER_EPOCH + slotInEpoch) {
      await clock.advance(SLOT_MS);
      await this.check.run();
    }
  }

  /** Time goes by and nobody asks: the machine sleeps. */
  async sleepTo(atEpoch: number): Promise<void> {
    const {clock, slotClock} = this.#time;
    await clock.advance((atEpoch * SLOTS_PER_EPOCH - slotClock.currentSlot()) * SLOT_MS);
  }

  get askedEpochs(): Epoch[] {
    return this.liveness.asked.map((one) => one.epoch);
  }

  lines(level: "error" | "warn" | "info"): string[] {
    return this.log.lines.filter((line) => line.startsWith(level));
  }
}

describe("StaleBackupCheck", () => {
  it("lets nothing sign before it has asked", () => {
    assert.equal(new Start(5).of(1), "LIVENESS_UNKNOWN");
  });

  it("lets a fresh key sign at once that the chain has not seen", async () => {
    const start = new Start(5);
    assert.equal(await start.check.run(), true);
    assert.equal(start.of(1), "signs");
    assert.deepEqual(start.askedEpochs, [4, 5]);
    assert.deepEqual(start.log.lines, []);
  });

  it("does not even ask when the records explain both epochs", async () => {
    const start = await new Start(5).seen(1, 4, 5).recorded(1, 3, 4, 5);
    await start.check.run();
    assert.equal(start.of(1), "signs");
    assert.deepEqual(start.askedEpochs, []);
  });

  it("asks for the current epoch alone when it was restarted before its vote there", async () => {
    const start = await new Start(5).seen(1, 3, 4).recorded(1, 3, 4);
    await start.check.run();
    assert.equal(start.of(1), "signs");
    assert.deepEqual(start.askedEpochs, [5]);
  });

  it("asks once for a key, however many slots come", async () => {
    const start = new Start(5);
    await start.check.run();
    await start.goTo(9);
    assert.equal(start.liveness.asked.length, 2);
    assert.equal(await start.check.run(), false);
  });

  for (const [what, seenEpoch] of [
    ["current", 5],
    ["previous", 4],
  ] as const) {
    it(`holds a key whose vote in the ${what} epoch is not on record, with one clear line`, async () => {
      const start = await new Start(5).seen(1, 3, seenEpoch).recorded(1, 3);
      assert.equal(await start.check.run(), false);
      assert.equal(start.of(1), "VOTES_UNEXPLAINED");
      assert.match(start.check.refusalOf(pubkey(1))?.detail ?? "", new RegExp(`epoch ${seenEpoch} .* epoch 8 `));
      const [line = "", ...more] = start.lines("error");
      assert.deepEqual(more, []);
      for (const word of [
        /validator 1: not signing/,
        new RegExp(`votes of epoch ${seenEpoch} `),
        /old backup/,
        /another signer/,
        /mote slashing-protection import <file>/,
        /in epoch 8 /,
      ]) {
        assert.match(line, word);
      }
      await start.goTo(6, 5);
      assert.equal(start.log.lines.length, 1, "it was said");
    });
  }

  it("takes no notice of an older gap: new targets lie above it", async () => {
    const start = await new Start(5).seen(1, 1, 2, 3).recorded(1, 1);
    await start.check.run();
    assert.equal(start.of(1), "signs");
  });

  it("lets a held key sign from the beginning of the third epoch after, when the two between were clean", async () => {
    const start = new Start(5).seen(1, 5);
    await start.check.run();
    await start.goTo(7, SLOTS_PER_EPOCH - 1);
    assert.equal(start.of(1), "VOTES_UNEXPLAINED");
    await start.goTo(8);
    assert.equal(start.of(1), "signs");
    assert.deepEqual(start.askedEpochs, [4, 5, 6, 7]);
    assert.deepEqual(start.lines("info"), ["info validator 1: two clean epochs have passed; signing again"]);
  });

  it("says that keys may sign when a hold ends", async () => {
    const start = new Start(5).seen(1, 4);
    await start.check.run();
    await start.goTo(7, SLOTS_PER_EPOCH - 1);
    await start.sleepTo(8);
    assert.equal(await start.check.run(), true);
  });

  it("begins to count anew when the key is seen again", async () => {
    const start = new Start(5).seen(1, 5, 7);
    await start.check.run();
    await start.goTo(8);
    assert.equal(start.of(1), "VOTES_UNEXPLAINED");
    assert.match(start.check.refusalOf(pubkey(1))?.detail ?? "", /epoch 7 .* epoch 10 /);
    assert.match(start.lines("error")[1] ?? "", /validator 1: seen voting again/);
    await start.goTo(9, SLOTS_PER_EPOCH - 1);
    assert.equal(start.of(1), "VOTES_UNEXPLAINED");
    await start.goTo(10);
    assert.equal(start.of(1), "signs");
    assert.equal(start.lines("error").length, 2);
  });

  it("begins to count anew after an epoch that nobody answered for", async () => {
    const start = new Start(5).seen(1, 5);
    await start.check.run();
    await start.goTo(7, SLOTS_PER_EPOCH - 1);
    start.liveness.failure = "down";
    await start.goTo(8, SLOTS_PER_EPOCH - 1);
    start.liveness.failure = null;
    await start.goTo(9);
    assert.equal(start.of(1), "VOTES_UNEXPLAINED", "6 and 8 are clean, 7 is not known");
    await start.goTo(10);
    assert.equal(start.of(1), "signs");
  });

  it("takes an answer later in the epoch for as good as one at its start", async () => {
    const start = new Start(5).seen(1, 5);
    await start.check.run();
    await start.goTo(6, SLOTS_PER_EPOCH - 1);
    start.liveness.failure = "down";
    await start.goTo(7, SLOTS_PER_EPOCH - 2);
    start.liveness.failure = null;
    await start.goTo(8);
    assert.equal(start.of(1), "signs");
  });

  it("begins to count anew when the machine slept through an epoch", async () => {
    const start = new Start(5).seen(1, 5);
    await start.check.run();
    await start.goTo(7);
    await start.sleepTo(9);
    assert.match(start.check.refusalOf(pubkey(1))?.detail ?? "", /epoch 10 /);
    await start.check.run();
    assert.equal(start.of(1), "VOTES_UNEXPLAINED");
    await start.goTo(10);
    assert.equal(start.of(1), "signs");
  });

  it("takes votes that a shared store explains for our own, also while a key is held", async () => {
    const start = new Start(5).seen(1, 5, 6, 7);
    await start.check.run();
    assert.equal(start.of(1), "VOTES_UNEXPLAINED");
    await start.recorded(1, 6, 7);
    await start.goTo(8);
    assert.equal(start.of(1), "signs");
  });

  it("does not hold a key whose vote another node recorded between the two questions", async () => {
    const start = new Start(5).seen(1, 5);
    let answer = () => {};
    start.liveness.until = new Promise((resolve) => {
      answer = resolve;
    });
    const running = start.check.run();
    await start.recorded(1, 5);
    answer();
    await running;
    assert.equal(start.of(1), "signs");
  });

  it("asks again in each slot until it is answered, and complains once", async () => {
    const start = new Start(5);
    start.liveness.failure = "no beacon node is ready";
    await start.check.run();
    await start.goTo(6, 2);
    assert.equal(start.of(1), "LIVENESS_UNKNOWN");
    assert.equal(start.liveness.asked.length, 2 * (1 + 7));
    assert.equal(start.log.lines.length, 1);
    assert.equal(start.lines("warn").length, 1);
    start.liveness.failure = null;
    await start.goTo(6, 3);
    assert.equal(start.of(1), "signs");
    assert.deepEqual(start.askedEpochs.slice(-2), [5, 6]);
  });

  it("asks one round at a time", async () => {
    const start = new Start(5);
    let answer = () => {};
    start.liveness.until = new Promise((resolve) => {
      answer = resolve;
    });
    const rounds = [start.check.run(), start.check.run()];
    answer();
    assert.deepEqual(await Promise.all(rounds), [true, true]);
    assert.equal(start.liveness.asked.length, 2);
  });

  it("holds who was seen though too few nodes answered, and lets nobody else sign", async () => {
    const start = new Start(5, {validators: [validator(1), validator(2)]}).seen(1, 5);
    start.liveness.failure = "too few";
    await start.check.run();
    assert.deepEqual([start.of(1), start.of(2)], ["VOTES_UNEXPLAINED", "LIVENESS_UNKNOWN"]);
  });

  it("judges each key by itself", async () => {
    const validators = [1, 2, 3].map((index) => validator(index));
    const start = await new Start(5, {validators}).seen(1, 4, 5).seen(2, 5).recorded(1, 4, 5);
    await start.check.run();
    assert.deepEqual(
      [1, 2, 3].map((index) => start.of(index)),
      ["signs", "VOTES_UNEXPLAINED", "signs"],
    );
    assert.deepEqual(start.liveness.asked, [
      {epoch: 4, indices: [2, 3]},
      {epoch: 5, indices: [2, 3]},
    ]);
  });

  it("keeps a key that the store cannot tell of from signing, and no other", async () => {
    const start = new Start(5, {validators: [validator(1), validator(2)]});
    const explains = start.protection.explains.bind(start.protection);
    start.protection.explains = async (key, vote) => {
      if (key === pubkey(1)) throw new Error("disk full");
      return explains(key, vote);
    };
    await start.check.run();
    assert.deepEqual([start.of(1), start.of(2)], ["LIVENESS_UNKNOWN", "signs"]);
  });

  it("says in one line what holds many keys", async () => {
    const indices = Array.from({length: 20}, (_, at) => at + 1);
    const start = new Start(5, {validators: indices.map((index) => validator(index))});
    for (const index of indices) start.seen(index, 4 + (index % 2));
    await start.check.run();
    assert.equal(start.log.lines.length, 1);
    assert.match(start.log.lines[0] ?? "", /validators 1 2 3 4 5 6 7 8 and 12 more: not signing.* epoch 4 and 5 /);
  });

  it("asks for a key that becomes active in its first epoch, for that epoch alone", async () => {
    const start = new Start(5, {
      validators: [validator(1), validator(2, {status: "pending_queued", activationEpoch: epoch(7)})],
    });
    await start.check.run();
    await start.goTo(6, SLOTS_PER_EPOCH - 1);
    assert.deepEqual([start.of(1), start.of(2)], ["signs", "LIVENESS_UNKNOWN"]);
    assert.equal(start.liveness.asked.length, 2);
    await start.goTo(7);
    assert.equal(start.of(2), "signs");
    assert.deepEqual(start.liveness.asked.slice(2), [{epoch: 7, indices: [2]}]);
  });

  it("does not take the proposal of a key whose records end before for a vote of another signer", async () => {
    for (const isOurs of [true, false]) {
      const chain = new SmallChain({atSlot: 5 * SLOTS_PER_EPOCH + 3});
      const check = new StaleBackupCheck(chain.ports);
      const proposal = {slot: slot(5 * SLOTS_PER_EPOCH + (isOurs ? 1 : -1)), signingRoot: root(9)};
      await chain.protection.recordBlock(pubkey(1), proposal);
      chain.liveness.isLive = (of) => of === 5;
      await chain.past(2 * SLOTS_PER_EPOCH);
      await check.run();
      assert.equal(check.refusalOf(pubkey(1))?.reason ?? "signs", isOurs ? "signs" : "VOTES_UNEXPLAINED");
    }
  });

  it("judges a key anew that was taken away and came back", async () => {
    const start = new Start(5);
    await start.check.run();
    start.check.forget([pubkey(1)]);
    assert.equal(start.of(1), "LIVENESS_UNKNOWN");
    await start.seen(1, 5).check.run();
    assert.equal(start.of(1), "VOTES_UNEXPLAINED");
  });

  it("clears no key by a question that was asked before it was taken away", async () => {
    const start = new Start(5);
    const running = start.check.run();
    start.check.forget([pubkey(1)]);
    await running;
    assert.equal(start.of(1), "LIVENESS_UNKNOWN");
    await start.seen(1, 5).check.run();
    assert.equal(start.of(1), "VOTES_UNEXPLAINED");
  });

  it("holds a key that becomes active and is seen voting", async () => {
    const start = new Start(5, {validators: [validator(2, {activationEpoch: epoch(5)})]}).seen(2, 5);
    await start.check.run();
    assert.equal(start.of(2), "VOTES_UNEXPLAINED");
    assert.deepEqual(start.askedEpochs, [5]);
  });

  it("asks in epoch 0 for epoch 0 alone, and before genesis for nothing", async () => {
    const first = new Start(0);
    await first.check.run();
    assert.equal(first.of(1), "signs");
    assert.deepEqual(first.askedEpochs, [0]);
    const early = new Start(0, {atSlot: -2});
    await early.check.run();
    assert.equal(early.of(1), "signs");
    assert.deepEqual(early.askedEpochs, []);
  });
});
