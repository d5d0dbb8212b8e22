import assert from "node:assert/strict";
import {FakeLog} from "@mote/testing";
import {ClockWatch} from "../../src/safety/clock-watch.ts";
import {fakeTime, head, SLOT_MS, slot} from "../support/world.ts";

const RTT_MS = 20;
/** Answers come from all over the second. */
const STEP_MS = 370;

/** Beacon nodes whose clocks are off by so much from the true time, and a machine whose clock is jumped about. */
class Machine {
  readonly log = new FakeLog();
  readonly watch: ClockWatch;
  readonly #time = fakeTime(100);
  readonly #errorsMs: readonly number[];
  /** Of our clock. Positive: it is ahead. */
  #aheadMs = 0;

  constructor({
    nodes = [0],
    threshold = Math.floor(nodes.length / 2) + 1,
  }: {nodes?: number[]; threshold?: number} = {}) {
    this.#errorsMs = nodes;
    this.watch = new ClockWatch({beaconNodeThreshold: threshold}, {slotClock: this.#time.slotClock, log: this.log});
  }

  jump(deltaMs: number): this {
    this.#aheadMs += deltaMs;
    this.#time.clock.jump(deltaMs);
    return this;
  }

  /** So many answers of each node; every one is made when half of its time on the way is over. */
  async answers(count: number): Promise<this> {
    const {clock} = this.#time;
    for (let at = 0; at < count; at++) {
      await clock.advance(STEP_MS);
      const sentMs = clock.nowMs();
      this.#errorsMs.forEach((errorMs, index) => {
        const serverMs = sentMs + RTT_MS / 2 - this.#aheadMs + errorMs;
        this.watch.onDate({
          beaconNode: `bn${index}`,
          sentMs,
          receivedMs: sentMs + RTT_MS,
          serverDateMs: Math.floor(serverMs / 1000) * 1000,
        });
      });
    }
    return this;
  }

  async stalledAnswers(count: number, {stallMs, staleMs}: {stallMs: number; staleMs: number}): Promise<void> {
    const {clock} = this.#time;
    for (let at = 0; at < count; at++) {
      const sentMs = clock.nowMs();
      await clock.advance(stallMs);
      const serverDateMs = Math.floor((sentMs - staleMs) / 1000) * 1000;
      this.watch.onDate({beaconNode: "bn0", sentMs, receivedMs: clock.nowMs(), serverDateMs});
    }
  }

  async silence(ms: number): Promise<this> {
    await this.#time.clock.advance(ms);
    return this;
  }

  /** A head of that slot, seen when our clock is so long before its start. */
  earlyHead(beaconNode: string, atSlot: number, earlyMs: number): void {
    this.watch.onChainEvent(head(atSlot, this.#time.slotClock.startMs(slot(atSlot)) - earlyMs, {beaconNode}));
  }

  get reason(): string {
    return this.watch.refusal()?.reason ?? "signs";
  }
}

describe("ClockWatch", () => {
  it("says nothing of a clock that is right, or that is not off for sure", async () => {
    for (const offMs of [0, 200, -200, 240, -240]) {
      const machine = await new Machine().jump(offMs).answers(200);
      assert.deepEqual(machine.log.lines, [], `${offMs} ms`);
      assert.equal(machine.reason, "signs");
    }
  });

  it("believes no date of a server that stalled: it is as old as the answer is late", async () => {
    for (const [stallMs, lines] of [
      [4_800, 0],
      [900, 1],
    ] as const) {
      const machine = new Machine();
      await machine.stalledAnswers(20, {stallMs, staleMs: 2_500});
      assert.equal(machine.log.lines.length, lines, `${stallMs} ms`);
    }
  });

  for (const [words, offMs] of [
    ["ahead of", 1_100],
    ["behind", -800],
  ] as const) {
    it(`warns once of a clock that is ${Math.abs(offMs)} ms ${words}, signs on, and says when it is right again`, async () => {
      const machine = await new Machine().jump(offMs).answers(60);
      assert.equal(machine.log.lines.length, 1);
      assert.match(
        machine.log.lines[0] ?? "",
        new RegExp(`^warn this machine's clock is at least \\d+ ms ${words} the beacon nodes'`),
      );
      assert.equal(machine.reason, "signs");
      await machine.jump(-offMs).answers(1);
      assert.equal(machine.log.lines.length, 1, "not known so soon");
      await machine.answers(400);
      assert.deepEqual(machine.log.lines.slice(1), ["info this machine's clock is right again"]);
    });
  }

  for (const jumpMs of [SLOT_MS + 2_000, -SLOT_MS - 2_000, 3_600_000, -3_600_000]) {
    it(`refuses within a few answers of a jump by ${jumpMs} ms, until the clock is set right`, async () => {
      const machine = await new Machine().answers(20);
      assert.equal(machine.reason, "signs");
      await machine.jump(jumpMs).answers(9);
      assert.equal(machine.reason, "CLOCK_OFF");
      await machine.answers(100);
      assert.equal(machine.reason, "CLOCK_OFF");
      await machine.jump(-jumpMs).answers(1);
      assert.equal(machine.reason, "signs");
    });
  }

  it("signs on with a clock that is off by less than a slot", async () => {
    assert.equal((await new Machine().jump(SLOT_MS - 1_500).answers(50)).reason, "signs");
  });

  it("does not believe one beacon node against others, nor half of them", async () => {
    for (const nodes of [
      [60_000, 0, 0],
      [60_000, 0],
      [60_000, -60_000, 0],
      [60_000, 60_000, 0, 0],
    ]) {
      const machine = await new Machine({nodes}).answers(60);
      assert.equal(machine.reason, "signs", nodes.join());
      assert.deepEqual(machine.log.lines, []);
    }
  });

  it("believes most of them, and says what is sure", async () => {
    const machine = await new Machine({nodes: [60_000, 30_000, 0]}).answers(60);
    assert.equal(machine.reason, "CLOCK_OFF");
    const detail = machine.watch.refusal()?.detail ?? "";
    const [, ms = ""] = /at least (\d+) ms behind/.exec(detail) ?? [];
    assert.ok(Number(ms) > 29_000 && Number(ms) <= 30_000, detail);
  });

  it("is not misled by a single answer out of a cache", async () => {
    const machine = await new Machine().answers(10);
    machine.watch.onDate({beaconNode: "bn0", sentMs: 2e12, receivedMs: 2e12 + 1, serverDateMs: 1e12});
    assert.equal(machine.reason, "signs");
    await machine.answers(10);
    assert.deepEqual(machine.log.lines, []);
  });

  it("is not misled by a server that gives many answers an old date when it comes out of a stall", async () => {
    const machine = await new Machine().answers(10);
    for (let at = 0; at < 10; at++) {
      machine.watch.onDate({
        beaconNode: "bn0",
        sentMs: 2e12 + at,
        receivedMs: 2e12 + at + 1,
        serverDateMs: 2e12 - 60_000,
      });
    }
    assert.equal(machine.reason, "signs");
  });

  it("takes no answer during which the clock was set back", async () => {
    const machine = new Machine();
    for (let at = 0; at < 9; at++) {
      const nowMs = 1e12 + 1_000 * at;
      machine.watch.onDate({
        beaconNode: "bn0",
        sentMs: nowMs + 500,
        receivedMs: nowMs,
        serverDateMs: nowMs - 90_000,
      });
    }
    assert.equal(machine.reason, "signs");
  });

  it("forgets what beacon nodes said minutes ago", async () => {
    const machine = await new Machine().jump(2 * SLOT_MS).answers(20);
    assert.equal(machine.reason, "CLOCK_OFF");
    await machine.silence(121_000);
    assert.equal(machine.reason, "signs");
  });

  it("takes heads that come before their slot for a sign of a clock that is behind", () => {
    const machine = new Machine({nodes: [0, 0, 0]});
    for (const at of [110, 111, 112]) machine.earlyHead("bn0", at, 2 * SLOT_MS);
    assert.equal(machine.reason, "signs", "one of three");
    for (const at of [110, 111, 112]) machine.earlyHead("bn1", at, 2 * SLOT_MS);
    assert.equal(machine.reason, "CLOCK_OFF");
    assert.equal(machine.log.lines.length, 1);
  });

  it("takes a block that comes within the network's tolerance, or nearly so, for no sign", () => {
    const machine = new Machine();
    for (const at of [110, 111, 112, 113]) machine.earlyHead("bn0", at, 900);
    assert.deepEqual(machine.log.lines, []);
  });
});
