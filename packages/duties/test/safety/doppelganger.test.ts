import assert from "node:assert/strict";
import type {Epoch} from "@mote/core";
import {type Doppelganger, DoppelgangerWatch} from "../../src/safety/doppelganger.ts";
import {StaleBackupCheck} from "../../src/safety/stale-backup.ts";
import {SmallChain, type Voter} from "../support/small-chain.ts";
import {epoch, pubkey, root, SLOT_MS, SLOTS_PER_EPOCH, slot, validator} from "../support/world.ts";

const LAST_SLOT = SLOTS_PER_EPOCH - 1;

/** A process that starts in slot 3 of epoch 5 beside a chain that goes on. */
class Start {
  readonly chain: SmallChain;
  readonly found: Doppelganger[] = [];
  watch: DoppelgangerWatch;
  /** Rounds that let somebody sign. */
  releases = 0;
  readonly #stopping = new AbortController();

  constructor({atSlot = 5 * SLOTS_PER_EPOCH + 3} = {}) {
    this.chain = new SmallChain({atSlot});
    this.watch = this.restarted();
    this.chain.onSlot.push(() => this.#onSlot());
  }

  /** A new process on the same records. */
  restarted(): DoppelgangerWatch {
    this.watch = new DoppelgangerWatch({onDoppelganger: (found) => this.found.push(found)}, this.chain.ports);
    return this.watch;
  }

  async begun(past = 3 * SLOTS_PER_EPOCH): Promise<this> {
    await this.chain.past(past);
    await this.watch.run();
    return this;
  }

  /** This node votes as soon as it may, and another signer as told. */
  votes(
    other: (epoch: number, index: number) => boolean,
    ours: (epoch: number, index: number) => boolean = () => true,
  ) {
    this.chain.voterOf = (index, of): Voter => {
      if (other(of, index)) return "other";
      return ours(of, index) && this.of(index) === "signs" ? "ours" : null;
    };
    return this;
  }

  of(index: number): string {
    return this.watch.refusalOf(pubkey(index))?.reason ?? "signs";
  }

  #onSlot(): void {
    void this.watch.run().then((isReleased) => {
      if (isReleased) this.releases++;
    });
    void this.watch.onSlot(slot(this.chain.atSlot), this.#stopping.signal);
  }
}

describe("DoppelgangerWatch", () => {
  it("lets nothing sign before the records were read", () => {
    assert.equal(new Start().of(1), "DOPPELGANGER_WATCH");
  });

  for (const newest of [4, 5]) {
    it(`lets a key sign at once whose newest record is of epoch ${newest} of 5, and asks nobody`, async () => {
      const start = new Start();
      await start.chain.record(1, newest);
      await start.begun();
      assert.equal(start.of(1), "signs");
      assert.deepEqual(start.chain.liveness.asked, []);
      assert.deepEqual(start.chain.log.lines, []);
    });
  }

  for (const [what, newest] of [
    ["without records", null],
    ["whose records end too early", 3],
  ] as const) {
    it(`watches a key ${what} for one whole epoch, and then lets it sign`, async () => {
      const start = new Start();
      if (newest !== null) await start.chain.record(1, newest);
      await start.begun();
      assert.equal(start.of(1), "DOPPELGANGER_WATCH");
      assert.match(start.watch.refusalOf(pubkey(1))?.detail ?? "", /in epoch 7 at the earliest/);
      await start.chain.goTo(6, LAST_SLOT);
      assert.equal(start.of(1), "DOPPELGANGER_WATCH");
      await start.chain.goTo(7);
      assert.equal(start.of(1), "signs");
      assert.equal(start.releases, 1);
      assert.deepEqual(start.found, []);
      assert.deepEqual(start.chain.log.lines, [
        "info validator 1: watched for another signer before signing begins",
        "info validator 1: no other signer was seen; signing begins",
      ]);
    });
  }

  it("costs the start of a chain nothing", async () => {
    for (const atSlot of [-20, 0, 5]) {
      const start = await new Start({atSlot}).begun(0);
      assert.equal(start.of(1), "signs", `started in slot ${atSlot}`);
    }
  });

  it("asks near the end of an epoch, for it and for the one before what was not on record", async () => {
    const start = new Start().votes(
      () => false,
      (of) => of !== 7,
    );
    await start.chain.record(1, 5);
    await start.begun();
    await start.chain.goTo(7);
    assert.equal(start.chain.liveness.asked.length, 0, "5 and 6 are on record");
    await start.chain.goTo(7, LAST_SLOT);
    await start.chain.time.clock.advance(SLOT_MS * 0.74);
    assert.equal(start.chain.liveness.asked.length, 0);
    await start.chain.time.clock.advance(SLOT_MS * 0.02);
    assert.deepEqual(start.chain.liveness.asked, [{epoch: 7, indices: [1]}]);
    await start.chain.time.clock.advance(SLOT_MS * 0.24);
    await start.chain.goTo(9);
    assert.deepEqual(
      start.chain.liveness.asked.map((asked) => asked.epoch),
      [7, 7],
      "again at the end of 8, whose own vote is on record",
    );
    assert.deepEqual(start.found, []);
  });

  for (const counts of ["by target", "by block epoch"] as const) {
    describe(`on beacon nodes that count ${counts}`, () => {
      const started = () => {
        const start = new Start();
        start.chain.liveness.counts = counts;
        return start;
      };

      for (let dutySlot = 0; dutySlot < SLOTS_PER_EPOCH; dutySlot++) {
        it(`catches a second signer within two epochs, when its duty is in slot ${dutySlot}`, async () => {
          const start = started();
          start.chain.dutySlotInEpoch = () => dutySlot;
          await start.votes((of) => of >= 3).begun();
          const startedSlot = start.chain.atSlot;
          while (start.found.length === 0 && start.chain.atSlot < startedSlot + 4 * SLOTS_PER_EPOCH) {
            assert.equal(start.of(1), "DOPPELGANGER_WATCH");
            await start.chain.goTo(0, start.chain.atSlot + 1);
          }
          assert.ok(start.chain.atSlot <= startedSlot + 2 * SLOTS_PER_EPOCH, `caught in slot ${start.chain.atSlot}`);
          assert.deepEqual(start.found[0]?.pubkeys, [pubkey(1)]);
        });

        it(`takes no votes of an earlier signer that stopped before the start for another's, when the duty is in slot ${dutySlot}`, async () => {
          const start = started();
          start.chain.dutySlotInEpoch = () => dutySlot;
          const startedSlot = start.chain.atSlot;
          start.votes((of) => of * SLOTS_PER_EPOCH + dutySlot <= startedSlot);
          await start.begun();
          await start.chain.goTo(9);
          assert.deepEqual(start.found, []);
          assert.equal(start.of(1), "signs");
        });

        it(`raises no alarm over its own votes, restarts and late inclusion, when the duty is in slot ${dutySlot}`, async () => {
          const start = started();
          start.chain.dutySlotInEpoch = () => dutySlot;
          start.chain.inclusionDelay = 5;
          await start.chain.record(1, 4);
          // It misses every third vote.
          start.votes(
            () => false,
            (of) => of % 3 !== 0,
          );
          await start.begun();
          for (let at = start.chain.atSlot; at < 14 * SLOTS_PER_EPOCH; at += 3) {
            await start.chain.goTo(0, at);
            await start.restarted().run();
          }
          assert.deepEqual(start.found, []);
        });
      }

      it("raises no alarm between two nodes on one store", async () => {
        const start = started();
        start.chain.voterOf = () => "ours";
        await start.begun();
        assert.equal(start.of(1), "signs");
        await start.chain.goTo(9);
        assert.deepEqual(start.found, []);
        assert.deepEqual(start.chain.liveness.asked, []);
      });

      it("catches a signer that begins while ours misses its votes", async () => {
        const start = started();
        await start.chain.record(1, 5);
        start.votes(
          (of) => of >= 8,
          (of) => of < 8,
        );
        await start.begun();
        await start.chain.goTo(8);
        assert.equal(start.of(1), "signs");
        assert.deepEqual(start.found, []);
        await start.chain.goTo(9);
        assert.deepEqual(start.found, [{pubkeys: [pubkey(1)], evidence: [{validatorIndex: 1, epoch: 8}]}]);
        assert.equal(start.of(1), "DOPPELGANGER_WATCH", "nothing signs any more");
      });
    });
  }

  it("finds a vote of the epoch in which the key came, when it was made after that", async () => {
    const start = new Start();
    start.chain.dutySlotInEpoch = () => 5;
    await start.votes((of) => of >= 3).begun();
    await start.chain.goTo(6);
    assert.deepEqual(start.found, [{pubkeys: [pubkey(1)], evidence: [{validatorIndex: 1, epoch: 5}]}]);
  });

  it("asks again in the next slots what the blocks do not tell yet", async () => {
    const start = new Start();
    start.chain.dutySlotInEpoch = () => LAST_SLOT;
    await start.chain.record(1, 5);
    start.votes(
      (of) => of >= 8,
      (of) => of < 8,
    );
    await start.begun();
    await start.chain.goTo(9);
    await start.chain.goTo(9, 1);
    assert.deepEqual(start.found[0]?.evidence, [{validatorIndex: 1, epoch: 8}]);
  });

  it("asks the records once about an epoch whose vote they hold", async () => {
    const start = new Start();
    const asked: Epoch[] = [];
    const explains = start.chain.protection.explains.bind(start.chain.protection);
    start.chain.protection.explains = async (key, vote) => {
      asked.push(vote.targetEpoch);
      return explains(key, vote);
    };
    await start.chain.record(1, 4);
    await start.votes(() => false).begun();
    await start.chain.goTo(9);
    assert.deepEqual(asked, [5, 6, 7, 8]);
  });

  it("lets a key sign after a whole epoch in which another node on a shared store voted for it", async () => {
    const start = new Start();
    start.chain.voterOf = (_, of) => (of >= 6 ? "ours" : null);
    await start.begun();
    assert.equal(start.of(1), "DOPPELGANGER_WATCH");
    await start.chain.goTo(7);
    assert.equal(start.of(1), "signs");
  });

  it("does not take a proposal of ours for another's vote, and another's proposal not for ours", async () => {
    for (const isOurs of [true, false]) {
      const start = new Start();
      start.votes(
        () => false,
        (of) => of < 7,
      );
      await start.chain.record(1, 4);
      await start.begun();
      await start.chain.goTo(8);
      const proposal = {slot: slot(8 * SLOTS_PER_EPOCH + 2), signingRoot: root(9)};
      const older = {slot: slot(6 * SLOTS_PER_EPOCH), signingRoot: root(9)};
      await start.chain.protection.recordBlock(pubkey(1), isOurs ? proposal : older);
      start.chain.liveness.isLive = (of) => of === 8;
      await start.chain.goTo(9);
      assert.equal(start.found.length, isOurs ? 0 : 1);
    }
  });

  it("takes a failed call for no clean answer: the watch goes on until an epoch was answered for", async () => {
    const start = await new Start().begun();
    await start.chain.goTo(6, 5);
    start.chain.liveness.failure = "down";
    await start.chain.goTo(7, LAST_SLOT);
    assert.equal(start.of(1), "DOPPELGANGER_WATCH");
    assert.match(start.watch.refusalOf(pubkey(1))?.detail ?? "", /in epoch 8 at the earliest/);
    await start.chain.goTo(8);
    assert.equal(start.of(1), "DOPPELGANGER_WATCH");
    start.chain.liveness.failure = null;
    await start.chain.goTo(8, 1);
    assert.equal(start.of(1), "signs");
    assert.equal(start.chain.log.lines.filter((line) => line.startsWith("warn")).length, 1);
    assert.deepEqual(start.found, []);
  });

  it("keeps a key watched whose records cannot be read", async () => {
    const start = new Start();
    const newest = start.chain.protection.newest.bind(start.chain.protection);
    start.chain.protection.newest = async () => {
      throw new Error("disk");
    };
    await start.chain.record(1, 5);
    await start.begun();
    assert.equal(start.of(1), "DOPPELGANGER_WATCH");
    start.chain.protection.newest = newest;
    await start.watch.run();
    assert.equal(start.of(1), "signs");
  });

  it("watches a key that is added later, and no other", async () => {
    const start = new Start();
    await start.chain.record(1, 5);
    start.votes((of, index) => index === 2 && of >= 9);
    await start.begun();
    await start.chain.goTo(7, 2);
    start.chain.validators = [validator(1), validator(2)];
    await start.chain.goTo(7, 3);
    assert.deepEqual([start.of(1), start.of(2)], ["signs", "DOPPELGANGER_WATCH"]);
    await start.chain.goTo(9);
    assert.deepEqual([start.of(1), start.of(2)], ["signs", "signs"]);
    await start.chain.goTo(10);
    assert.deepEqual(start.found, [{pubkeys: [pubkey(2)], evidence: [{validatorIndex: 2, epoch: 9}]}]);
  });

  it("watches a key anew that was taken away and came back", async () => {
    const start = await new Start().begun();
    await start.chain.goTo(8);
    assert.equal(start.of(1), "signs");
    start.watch.forget([pubkey(1)]);
    await start.watch.run();
    assert.equal(start.of(1), "DOPPELGANGER_WATCH");
  });

  for (const [what, newest, expected] of [
    [
      "watches a key that comes back with the records with which it went: its holder since may have signed",
      5,
      "DOPPELGANGER_WATCH",
    ],
    ["lets a key sign at once that comes back with the records of its holder since", 6, "signs"],
  ] as const) {
    it(what, async () => {
      const start = new Start();
      await start.chain.record(1, 5);
      await start.begun();
      assert.equal(start.of(1), "signs");
      start.watch.forget([pubkey(1)]);
      if (newest > 5) await start.chain.record(1, newest);
      await start.chain.goTo(6);
      assert.equal(start.of(1), expected);
    });
  }

  for (const newest of [4, 5]) {
    it(`watches a key that comes from elsewhere, though its newest record is of epoch ${newest} of 5`, async () => {
      const start = new Start();
      await start.chain.record(1, newest);
      start.watch.distrust([pubkey(1)]);
      await start.begun();
      assert.equal(start.of(1), "DOPPELGANGER_WATCH");
      await start.chain.goTo(7);
      assert.equal(start.of(1), "signs");
    });
  }

  it("catches who has gone on with a key that comes from elsewhere", async () => {
    const start = new Start().votes((of) => of >= 5);
    await start.chain.record(1, 5);
    start.watch.distrust([pubkey(1)]);
    await start.begun();
    await start.chain.goTo(7);
    assert.deepEqual(start.found[0]?.pubkeys, [pubkey(1)]);
  });

  it("takes no key into care that is taken away while its records are read", async () => {
    const start = new Start();
    await start.chain.record(1, 5);
    const {protection} = start.chain;
    const newest = protection.newest.bind(protection);
    protection.newest = async (key) => {
      start.watch.forget([pubkey(1)]);
      return newest(key);
    };
    await start.watch.run();
    assert.match(start.watch.refusalOf(pubkey(1))?.detail ?? "", /have not been read yet/);
    protection.newest = newest;
    await start.watch.run();
    assert.match(start.watch.refusalOf(pubkey(1))?.detail ?? "", /watched for another signer/);
  });

  it("takes a vote that is seen while its key is taken away for that of its next holder", async () => {
    const start = new Start().votes(
      (of) => of === 7,
      (of) => of < 7,
    );
    await start.chain.record(1, 5);
    await start.begun();
    await start.chain.goTo(7, LAST_SLOT);
    const {liveness} = start.chain;
    const isLive = liveness.isLive;
    liveness.isLive = (of, index) => {
      start.watch.forget([pubkey(1)]);
      return isLive(of, index);
    };
    await start.chain.goTo(8);
    assert.deepEqual(start.found, []);
  });

  it("does not make a key wait that nobody can have used: its watch is over before it is active", async () => {
    const start = new Start();
    start.chain.validators = [validator(1, {status: "pending_queued", activationEpoch: epoch(8)})];
    await start.begun();
    await start.chain.goTo(8);
    assert.equal(start.of(1), "signs");
    assert.deepEqual(start.chain.liveness.asked, []);
  });

  it("sleeps through the end of an epoch and still finds out", async () => {
    const start = new Start();
    await start.chain.record(1, 5);
    start.votes(
      (of) => of === 7,
      (of) => of < 7,
    );
    await start.begun();
    await start.chain.goTo(7, LAST_SLOT);
    const hooks = start.chain.onSlot.splice(0);
    start.chain.liveness.failure = "asleep";
    await start.chain.goTo(8, 2);
    start.chain.liveness.failure = null;
    start.chain.onSlot.push(...hooks);
    await start.chain.goTo(9);
    assert.equal(start.found.length, 1);
  });

  it("finds another signer also while the records are held for an old backup", async () => {
    const start = new Start().votes((of) => of >= 3);
    const staleBackup = new StaleBackupCheck(start.chain.ports);
    await start.begun();
    await staleBackup.run();
    assert.equal(staleBackup.refusalOf(pubkey(1))?.reason, "VOTES_UNEXPLAINED");
    await start.chain.goTo(7, 1);
    assert.equal(start.found.length, 1, "called once");
  });
});
