import assert from "node:assert/strict";
import type {Attestation, CommitteeIndex} from "@mote/core";
import {
  FakeChainWitness,
  FakeDutiesSource,
  FakeLog,
  FakeValidatorLiveness,
  MemorySlashingProtection,
} from "@mote/testing";
import {StaleBackupCheck} from "../../src/safety/stale-backup.ts";
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

/** Of each slot. */
const COMMITTEES = [3, 4];
/** Place of each validator in its epoch, and in committee 1. */
const DUTY_SLOT_IN_EPOCH = 4;

/** Votes of members of committee 1, by their places there, and of all of committee 0 when asked for. */
function votesOf(
  atSlot: number,
  places: readonly number[],
  over: {withZero?: boolean; length?: number} = {},
): Attestation {
  const offset = over.withZero ? 3 : 0;
  const bits = places.reduce((byte, place) => byte | (1 << (offset + place)), over.withZero ? 0b111 : 0);
  return {
    aggregationBits: {bits: Uint8Array.of(bits), length: over.length ?? offset + 4},
    committeeBits: {bits: Uint8Array.of(over.withZero ? 0b11 : 0b10), length: 4},
    data: data(atSlot),
    signature: signature(1),
  };
}

/**
 * A quick restart on a beacon node that counts by block epoch: validator 1, on record for the epoch before the one that is asked for,
 * whose vote a block of that epoch held once more. Its duty is in slot 4 of each epoch, in place 0 of committee 1.
 */
class Restart {
  readonly liveness = new FakeValidatorLiveness();
  readonly log = new FakeLog();
  readonly protection = new MemorySlashingProtection();
  readonly duties = new FakeDutiesSource({
    dutyOf: (of, index) =>
      duty(index, of * SLOTS_PER_EPOCH + DUTY_SLOT_IN_EPOCH, {
        committeeIndex: 1 as CommitteeIndex,
        committeesAtSlot: 2,
        validatorCommitteeIndex: index - 1,
      }),
    dependentRootOf: () => root(1),
  });
  readonly witnesses: readonly FakeChainWitness[];
  readonly check: StaleBackupCheck;
  readonly validators;
  readonly #time;

  constructor(atSlot: number, {nodes = 1, keys = [1]} = {}) {
    this.liveness.counts = "by block epoch";
    this.witnesses = Array.from(
      {length: nodes},
      () => new FakeChainWitness({committeeLengths: () => COMMITTEES, duties: this.duties}),
    );
    this.validators = keys.map((index) => validator(index));
    this.#time = fakeTime(atSlot);
    this.check = new StaleBackupCheck({
      registry: {withDuties: () => this.validators},
      protection: this.protection,
      liveness: this.liveness,
      chain: {witnessThreshold: Math.floor(nodes / 2) + 1, witnesses: () => this.witnesses},
      slotClock: this.#time.slotClock,
      log: this.log,
    });
    // An empty chain up to the last slot.
    for (let at = atSlot - 20; at < atSlot; at++) this.block(at, []);
  }

  async recorded(...epochs: number[]): Promise<this> {
    for (const {pubkey: key} of this.validators) {
      for (const each of epochs) {
        const vote = {sourceEpoch: epoch(each - 1), targetEpoch: epoch(each), signingRoot: root(each)};
        assert.equal((await this.protection.recordAttestation(key, vote)).kind, "accepted");
      }
    }
    return this;
  }

  /** The vote for `target` is held by a block of `block`. */
  echo(target: number, block: number, index = 1): this {
    this.liveness.votes.push({index: validator(index).index, targetEpoch: epoch(target), blockEpoch: epoch(block)});
    return this;
  }

  block(atSlot: number, attestations: Attestation[], witnesses = this.witnesses): this {
    for (const {blocks} of witnesses) {
      blocks.set(root(atSlot), {slot: slot(atSlot), parentRoot: root(atSlot - 1), attestations});
    }
    return this;
  }

  of(index = 1): string {
    return this.check.refusalOf(pubkey(index))?.reason ?? "signs";
  }

  async judged(): Promise<string> {
    await this.check.run();
    return this.of();
  }

  advance(ms: number): Promise<void> {
    return this.#time.clock.advance(ms);
  }
}

const OTHERS = [1, 2];
const D = 5 * SLOTS_PER_EPOCH + DUTY_SLOT_IN_EPOCH;

/** Restarted in epoch 5 with a vote of epoch 4 on record, which a block of epoch 5 holds. */
const restart = async (atSlot: number, over: {nodes?: number; keys?: number[]} = {}): Promise<Restart> =>
  (await new Restart(atSlot, over).recorded(3, 4)).echo(4, 5);

describe("StaleBackupCheck, on beacon nodes that count votes by the epoch of their block", () => {
  it("lets a key sign whose slot of the epoch has not begun, and reads no block", async () => {
    for (const at of [40, D - 1]) {
      const start = await restart(at);
      assert.equal(await start.judged(), "signs");
      assert.deepEqual(start.witnesses[0]?.read, []);
      assert.deepEqual(start.log.lines, []);
    }
  });

  it("takes the slot for begun when the head is there already, though the clock is behind", async () => {
    const start = (await restart(D - 1)).block(D - 1, []).block(D, []);
    assert.equal(await start.judged(), "LIVENESS_UNKNOWN");
  });

  it("holds a key without a record for the epoch before, whatever its slot", async () => {
    const start = (await new Restart(D - 1).recorded(3)).echo(5, 5);
    assert.equal(await start.judged(), "VOTES_UNEXPLAINED");
    assert.deepEqual(start.duties.asked, []);
  });

  it("does not sign in the slot of the duty itself, nor in the two after it, and then signs", async () => {
    const start = await restart(D);
    start.block(D, []);
    assert.equal(await start.judged(), "LIVENESS_UNKNOWN");
    start.block(D + 1, [votesOf(D, OTHERS)]).block(D + 2, []);
    for (const at of [D + 1, D + 2]) {
      await start.advance(SLOT_MS);
      assert.equal(await start.judged(), "LIVENESS_UNKNOWN", `slot ${at}`);
    }
    await start.advance(SLOT_MS);
    assert.equal(await start.judged(), "signs");
    assert.deepEqual(start.log.lines.length, 1, "the wait was said once");
  });

  for (const withZero of [false, true]) {
    it(`holds a key whose bit a block holds${withZero ? ", behind those of another committee" : ""}`, async () => {
      const start = (await restart(D + 5)).block(D + 3, [votesOf(D, [0], {withZero})]);
      start.block(D + 1, [votesOf(D, OTHERS)]);
      assert.equal(await start.judged(), "VOTES_UNEXPLAINED");
      assert.match(start.check.refusalOf(pubkey(1))?.detail ?? "", /epoch 5 /);
    });
  }

  it("holds at once, before the votes had their time", async () => {
    const start = (await restart(D + 2)).block(D + 1, [votesOf(D, [0])]);
    assert.equal(await start.judged(), "VOTES_UNEXPLAINED");
  });

  it("does not take votes of other slots, or bits of other committees, for the key's", async () => {
    const start = (await restart(D + 4)).block(D + 1, [
      votesOf(D - 8, [0]),
      votesOf(D + 1, [0]),
      votesOf(D, OTHERS, {withZero: true}),
    ]);
    assert.equal(await start.judged(), "signs");
  });

  for (const [what, make] of [
    ["blocks without votes of the slot", async () => restart(D + 5)],
    ["fewer than half of the others' votes", async () => (await restart(D + 5)).block(D + 1, [votesOf(D, [1])])],
    [
      "votes of another committee alone",
      async () =>
        (await restart(D + 5)).block(D + 1, [
          {...votesOf(D, [0, 1, 2], {length: 3}), committeeBits: {bits: Uint8Array.of(1), length: 4}},
        ]),
    ],
    [
      "bits of another shape than the committees",
      async () => (await restart(D + 5)).block(D + 1, [votesOf(D, OTHERS, {length: 5})]),
    ],
    [
      "a block alone after the slot",
      async () => {
        const start = await restart(D + 5);
        for (const at of [D + 2, D + 3, D + 4]) start.witnesses[0]?.blocks.delete(root(at));
        return start.block(D + 1, [votesOf(D, OTHERS)]);
      },
    ],
    [
      "a chain with a hole",
      async () => {
        const start = (await restart(D + 5)).block(D + 1, [votesOf(D, OTHERS)]);
        start.witnesses[0]?.blocks.delete(root(D + 3));
        return start;
      },
    ],
    [
      "a head that never comes down",
      async () => {
        const start = (await restart(D + 5)).block(D + 1, [votesOf(D, OTHERS)]);
        start.witnesses[0]?.blocks.set(root(D + 4), {slot: slot(D + 4), parentRoot: root(D + 4), attestations: []});
        return start;
      },
    ],
    [
      "no duties",
      async () => {
        const start = await restart(D - 2);
        start.duties.failure = "down";
        return start;
      },
    ],
    [
      "no duty of the key",
      async () => {
        const start = await restart(D - 2);
        start.duties.dutyOf = () => null;
        return start;
      },
    ],
  ] as const) {
    it(`leaves it open on ${what}`, async () => {
      const start = await make();
      assert.equal(await start.judged(), "LIVENESS_UNKNOWN");
      assert.equal(start.log.lines.length, 1);
    });
  }

  it("follows a reorg: judges by the chain that is the head's when asked", async () => {
    const start = (await restart(D + 5)).block(D + 1, [votesOf(D, [0, ...OTHERS])]);
    const {blocks} = start.witnesses[0]!;
    blocks.set(root(900), {slot: slot(D + 2), parentRoot: root(D), attestations: [votesOf(D, OTHERS)]});
    blocks.set(root(901), {slot: slot(D + 6), parentRoot: root(900), attestations: []});
    assert.equal(await start.judged(), "signs");
  });

  it("resolves the epoch before the current one as well", async () => {
    const late = D + SLOTS_PER_EPOCH;
    const seen = (await restart(late)).block(D + 3, [votesOf(D, [0])]);
    assert.equal(await seen.judged(), "VOTES_UNEXPLAINED");
    const clean = (await restart(late)).block(D + 3, [votesOf(D, OTHERS)]);
    assert.equal(await clean.judged(), "signs");
    assert.deepEqual(
      clean.duties.asked.map((one) => one.epoch),
      [5],
    );
    const readSlots = clean.witnesses[0]?.read.length;
    assert.equal(readSlots, late - 1 - D, "the blocks after the duty's slot, and no other");
  });

  for (const [places, outcome] of [
    [OTHERS, "signs"],
    [[0], "VOTES_UNEXPLAINED"],
  ] as const) {
    it(`judges the clean epochs of a held key in the same way: ${outcome}`, async () => {
      const start = (await new Restart(43).recorded(3)).echo(5, 5);
      assert.equal(await start.judged(), "VOTES_UNEXPLAINED");
      // Another node on the store had voted in 5; a block of 6 holds that vote too.
      await start.recorded(5);
      start.echo(5, 6);
      for (let at = 43; at < 64; at++) start.block(at, at === 53 ? [votesOf(D + 8, places)] : []);
      await start.advance((56 - 43) * SLOT_MS);
      assert.equal(await start.judged(), "VOTES_UNEXPLAINED", "one clean epoch is not enough");
      await start.advance(8 * SLOT_MS);
      assert.equal(await start.judged(), outcome);
      assert.deepEqual([...new Set(start.duties.asked.map((one) => one.epoch))], [6]);
    });
  }

  it("judges nobody else later because of it", async () => {
    const start = await restart(D + 5, {keys: [1, 2]});
    let answer = () => {};
    start.witnesses[0]!.until = new Promise((resolve) => {
      answer = resolve;
    });
    const running = start.check.run();
    await start.advance(0);
    assert.deepEqual([start.of(1), start.of(2)], ["LIVENESS_UNKNOWN", "signs"]);
    answer();
    await running;
  });

  it("does not wait for ever, and asks again", async () => {
    const start = await restart(D - 2);
    start.witnesses[0]!.until = new Promise(() => {});
    const running = start.check.run();
    await start.advance(8_000);
    await running;
    assert.equal(start.of(), "LIVENESS_UNKNOWN");
  });

  it("does not hold a key whose vote another node recorded while the chain was read", async () => {
    const start = (await restart(D + 5)).block(D + 1, [votesOf(D, [0])]);
    let answer = () => {};
    start.witnesses[0]!.until = new Promise((resolve) => {
      answer = resolve;
    });
    const running = start.check.run();
    await start.advance(0);
    await start.recorded(5);
    answer();
    await running;
    assert.equal(start.of(), "signs");
  });

  for (const answers of [2, 3, 4]) {
    it(`leaves it open when the store fails after ${answers} answers`, async () => {
      const start = (await restart(D + 5)).block(D + 1, [votesOf(D, [0])]);
      const explains = start.protection.explains.bind(start.protection);
      let count = 0;
      start.protection.explains = async (key, vote) => {
        // Asked before and after the beacon nodes, then for the epoch before, and after the chain.
        if (vote.targetEpoch >= 4 && ++count > answers) throw new Error("disk full");
        return explains(key, vote);
      };
      assert.equal(await start.judged(), "LIVENESS_UNKNOWN");
    });
  }

  describe("with three of them", () => {
    it("holds a key that one chain holds a vote of", async () => {
      const start = (await restart(D + 5, {nodes: 3})).block(D + 1, [votesOf(D, OTHERS)]);
      start.block(D + 2, [votesOf(D, [0])], [start.witnesses[2]!]);
      assert.equal(await start.judged(), "VOTES_UNEXPLAINED");
    });

    it("does not call a vote absent on the word of one", async () => {
      const start = await restart(D + 5, {nodes: 3});
      start.block(D + 1, [votesOf(D, OTHERS)], [start.witnesses[0]!]);
      assert.equal(await start.judged(), "LIVENESS_UNKNOWN");
      const lonely = await restart(D - 2, {nodes: 3});
      for (const witness of lonely.witnesses.slice(1)) witness.failure = "down";
      assert.equal(await lonely.judged(), "LIVENESS_UNKNOWN");
    });

    it("does on the word of two, and gives the third some time to object", async () => {
      const start = (await restart(D + 5, {nodes: 3})).block(D + 1, [votesOf(D, OTHERS)]);
      start.witnesses[2]!.until = new Promise(() => {});
      const running = start.check.run();
      await start.advance(499);
      assert.equal(start.of(), "LIVENESS_UNKNOWN");
      await start.advance(1);
      await running;
      assert.equal(start.of(), "signs");
    });
  });
});
