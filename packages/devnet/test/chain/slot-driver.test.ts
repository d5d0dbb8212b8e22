import assert from "node:assert/strict";
import type {gloas} from "@lodestar/types";
import type {Cancel, Clock, Slot} from "@mote/core";
import type {DevnetFork} from "../../src/chain/types.ts";
import {SlotDriver, type SlotDriverInit} from "../../src/slot-driver.ts";
import {GENESIS_TIME_SEC, SlotPlayer, testChain} from "./support.ts";

const SLOT_MS = 2000;

/** Turned by hand; timers run in the order of their times. */
class HandClock implements Clock {
  #nowMs: number;
  #timers: {atMs: number; run: () => void}[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = {atMs: this.#nowMs + Math.max(0, delayMs), run};
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pending(): number {
    return this.#timers.length;
  }

  turnTo(ms: number): void {
    for (;;) {
      const [next] = this.#timers.filter(({atMs}) => atMs <= ms).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = ms;
  }
}

/** A driven chain whose validators vote at 36% of the slot and aggregate at 80%. */
class Driven {
  readonly clock = new HandClock(GENESIS_TIME_SEC * 1000 - 3000);
  readonly player: SlotPlayer;
  readonly driver: SlotDriver;
  readonly errors: unknown[] = [];

  constructor(init: SlotDriverInit, fork: DevnetFork = "fulu") {
    this.player = new SlotPlayer(testChain(fork));
    const {chain} = this.player;
    this.driver = new SlotDriver(init, {chain, clock: this.clock, onError: (error) => this.errors.push(error)});
    this.driver.start();
  }

  turnInto(slot: number, share: number): void {
    this.clock.turnTo(GENESIS_TIME_SEC * 1000 + (slot + share) * SLOT_MS);
  }

  playTo(last: number): void {
    const {chain, voters} = this.player;
    for (let slot = (chain.currentSlot + 1) as Slot; slot <= last; slot++) {
      this.turnInto(slot, 0.36);
      const data = voters.data(slot);
      const singles = chain.onSingleAttestations(voters.singles(slot, data));
      this.turnInto(slot, 0.8);
      const aggregates = chain.onAggregates(voters.firstAggregates(slot, data));
      assert.ok([...singles, ...aggregates].every(({kind}) => kind !== "refused"));
      this.turnInto(slot, 0.99);
    }
    assert.deepEqual(this.errors, []);
  }
}

describe("slot driver", () => {
  it("waits for genesis, and counts the votes of slot 0", () => {
    const driven = new Driven({});
    const {chain} = driven.player;
    driven.clock.turnTo(GENESIS_TIME_SEC * 1000 - 1);
    assert.equal(chain.currentSlot, -1);
    driven.playTo(1);
    assert.equal(chain.head.slot, 1);
    assert.equal(chain.ledger.slot(0 as Slot)?.included, 8);
  });

  it("skips and reorgs the slots that it is told to", () => {
    const driven = new Driven({skip: [{from: 6, to: 7}], reorg: [{from: 10, to: 10}]});
    const {player} = driven;
    driven.playTo(24);
    const {chain} = player;
    assert.equal(chain.head.slot, 24);
    for (const slot of [6, 7, 10] as Slot[]) assert.equal(chain.blockAtSlot(slot), null, `slot ${slot}`);
    const reorgs = player.events.filter((event) => event.kind === "chain_reorg");
    assert.deepEqual(
      reorgs.map(({slot, depth}) => [slot, depth]),
      [[11, 1]],
    );
    const {expected, missed, correctHead} = chain.ledger.totals();
    assert.deepEqual([expected, missed, correctHead], [128, 0, 128]);
    assert.equal(chain.slashings.report().slashableMessages, 0);
  });

  it("reorgs the last slot of an epoch and loses no vote", () => {
    const driven = new Driven({reorg: [{from: 15, to: 15}]}, "gloas");
    driven.playTo(33);
    const {chain} = driven.player;
    assert.ok(driven.player.events.some((event) => event.kind === "chain_reorg" && event.slot === 16));
    assert.equal(chain.ledger.totals().missed, 0);
    assert.equal(chain.finalized.epoch, 2);
  });

  it("reveals payloads after the votes and before the payload committee looks", () => {
    const driven = new Driven({}, "gloas");
    const {chain} = driven.player;
    driven.playTo(2);
    driven.turnInto(3, 0.3);
    assert.deepEqual([chain.head.slot, chain.head.payloadStatus], [3, "empty"]);
    driven.turnInto(3, 0.5);
    assert.equal(chain.head.payloadStatus, "full");
    driven.turnInto(4, 0.1);
    const body = chain.block(chain.head.root)?.signed?.message.body as gloas.BeaconBlockBody | undefined;
    assert.deepEqual(
      body?.payloadAttestations.map(({data}) => data.payloadPresent),
      [true],
    );
  });

  it("makes no block for slots that it slept through", () => {
    const driven = new Driven({});
    const {chain} = driven.player;
    driven.playTo(2);
    const late = new HandClock(GENESIS_TIME_SEC * 1000 + 5.1 * SLOT_MS);
    driven.driver.stop();
    assert.equal(driven.clock.pending, 0);
    const woken = new SlotDriver({}, {chain, clock: late, onError: (error) => assert.fail(String(error))});
    woken.start();
    late.turnTo(late.nowMs());
    assert.equal(chain.currentSlot, 5);
    assert.deepEqual(
      [3, 4, 5].map((slot) => chain.blockAtSlot(slot as Slot)?.slot ?? null),
      [null, null, 5],
    );
    woken.stop();
  });

  it("stops and says so when a step throws", () => {
    const driven = new Driven({});
    driven.player.chain.subscribe(() => {
      throw new Error("a listener's bug");
    });
    driven.turnInto(2, 0);
    assert.match(String(driven.errors[0]), /a listener's bug/);
    assert.equal(driven.clock.pending, 0);
  });
});
