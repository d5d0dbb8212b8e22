import assert from "node:assert/strict";
import type {Cancel, Clock, Slot} from "@mote/core";
import type {DevnetFork} from "../../src/chain/types.ts";
import type {DevnetChainInit} from "../../src/chain.ts";
import {SlotDriver} from "../../src/slot-driver.ts";
import {expectTaken, GENESIS_TIME_SEC, type RunOptions, SlotPlayer, testChain} from "./support.ts";

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

/** A driven chain whose validators propose at the slot's begin, vote at 24%, look at payloads at 70% and aggregate at 80%. */
class Driven {
  readonly clock = new HandClock(GENESIS_TIME_SEC * 1000 - 3000);
  readonly player: SlotPlayer;
  readonly driver: SlotDriver;
  readonly errors: unknown[] = [];

  constructor(init: Partial<DevnetChainInit>, fork: DevnetFork = "fulu") {
    this.player = new SlotPlayer(testChain(fork, 64, init));
    const {chain} = this.player;
    this.driver = new SlotDriver({chain, clock: this.clock, onError: (error) => this.errors.push(error)});
    this.driver.start();
  }

  turnInto(slot: number, share: number): void {
    this.clock.turnTo(GENESIS_TIME_SEC * 1000 + (slot + share) * SLOT_MS);
  }

  playTo(last: number, options: RunOptions = {}): void {
    const {chain, voters, validators} = this.player;
    for (let slot = (chain.currentSlot + 1) as Slot; slot <= last; slot++) {
      this.turnInto(slot, 0.001);
      if (slot > 0 && !("refused" in chain.produceBlock(slot, validators.request(slot)))) {
        this.player.propose(slot, options);
      }
      this.turnInto(slot, 0.24);
      const data = voters.data(slot);
      const {root} = chain.head;
      expectTaken(chain.onSingleAttestations(voters.singles(slot, data)));
      expectTaken(chain.onSyncCommitteeMessages(validators.syncMessages(slot, root)));
      this.turnInto(slot, 0.7);
      expectTaken(chain.onPayloadAttestations(validators.payloadAttestations(slot)));
      this.turnInto(slot, 0.8);
      expectTaken(chain.onAggregates(voters.firstAggregates(slot, data)));
      expectTaken(chain.onContributions(validators.contributions(slot, root)));
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

  it("lets in what was on its way when a slot ended, for half a second", () => {
    const driven = new Driven({});
    const {chain, validators} = driven.player;
    driven.playTo(1);
    driven.turnInto(2, 0.1);
    const {root} = chain.head;
    const [first, second, third] = validators.syncMessages(2 as Slot, root);
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const outcomeAt = (share: number, message: typeof first) => {
      driven.turnInto(3, share);
      return chain.onSyncCommitteeMessages([message])[0]?.kind;
    };
    assert.equal(outcomeAt(0.001, first), "accepted");
    assert.equal(outcomeAt(0.249, second), "accepted");
    assert.equal(outcomeAt(0.251, third), "refused");
  });

  it("takes a payload until it is due, and goes on without it", () => {
    const driven = new Driven({}, "gloas");
    const {player} = driven;
    const {chain, validators} = player;
    driven.playTo(2);
    driven.turnInto(3, 0.01);
    const {envelope, block} = player.propose(3 as Slot, {withhold: [3]});
    assert.ok(envelope !== null);
    const signed = validators.envelope(envelope, block.proposerIndex);
    driven.turnInto(3, 0.51);
    const outcome = chain.submitEnvelope(signed);
    assert.ok(outcome.kind === "refused" && /after its due time/.test(outcome.reason));
    assert.equal(chain.head.payloadStatus, "empty");
    driven.playTo(4);
    assert.deepEqual([chain.head.slot, chain.head.payloadStatus], [4, "full"]);
  });

  it("shows the builder's payload between the votes and its due time", () => {
    const driven = new Driven({builder: "bids"}, "gloas");
    const {player} = driven;
    const {chain, validators} = player;
    driven.playTo(32);
    assert.deepEqual(
      chain.onProposerPreferences([validators.preferences(33 as Slot, validators.proposer(33 as Slot))]),
      [{kind: "accepted"}],
    );
    driven.turnInto(33, 0.01);
    const produced = validators.produce(33 as Slot);
    assert.ok(produced.envelope === null);
    assert.deepEqual(chain.submitBlock(validators.block(produced.block)), {kind: "accepted"});
    driven.turnInto(33, 0.3);
    assert.equal(chain.head.payloadStatus, "empty");
    driven.turnInto(33, 0.49);
    assert.equal(chain.head.payloadStatus, "full");
  });

  it("begins the slots that it slept through", () => {
    const driven = new Driven({});
    const {chain} = driven.player;
    driven.playTo(2);
    const late = new HandClock(GENESIS_TIME_SEC * 1000 + 5.1 * SLOT_MS);
    driven.driver.stop();
    assert.equal(driven.clock.pending, 0);
    const woken = new SlotDriver({chain, clock: late, onError: (error) => assert.fail(String(error))});
    woken.start();
    late.turnTo(late.nowMs());
    assert.equal(chain.currentSlot, 5);
    woken.stop();
  });

  it("stops and says so when a step throws", () => {
    const driven = new Driven({reorg: [{from: 2, to: 2}]});
    driven.playTo(1);
    driven.turnInto(2, 0.01);
    driven.player.propose(2 as Slot);
    driven.player.chain.subscribe(() => {
      throw new Error("a listener's bug");
    });
    driven.turnInto(2, 0.6);
    assert.match(String(driven.errors[0]), /a listener's bug/);
    assert.equal(driven.clock.pending, 0);
  });
});
