import assert from "node:assert/strict";
import {FakeClock, SeededRandom} from "@mote/testing";
import {OFFENCES} from "../../src/network.ts";
import {DialBackOff} from "../../src/peers/dial-back-off.ts";
import {BAN_DURATION_MS, PeerScores, SCORE_HALF_LIFE_MS} from "../../src/peers/peer-score.ts";

describe("PeerScores", () => {
  const make = () => {
    const clock = new FakeClock({nowMs: 1_700_000_000_000});
    return {clock, scores: new PeerScores({clock})};
  };

  it("takes from the score of who offends, and of nobody else", () => {
    const {scores} = make();
    assert.equal(scores.report("a", "invalid_message"), "good");
    assert.ok(scores.scoreOf("a") < 0);
    assert.equal(scores.scoreOf("b"), 0);
  });

  it("lets half be forgotten in its half-life, and all of it in the end", async () => {
    const {clock, scores} = make();
    scores.report("a", "invalid_frame");
    const before = scores.scoreOf("a");
    await clock.advance(SCORE_HALF_LIFE_MS);
    assert.ok(Math.abs(scores.scoreOf("a") - before / 2) < 1e-9);
    await clock.advance(10 * SCORE_HALF_LIFE_MS);
    scores.forgetOld();
    assert.equal(scores.size, 0);
  });

  it("has every offence lead to leaving, then to a ban, never below −100", () => {
    for (const offence of OFFENCES) {
      const {scores} = make();
      const standings = Array.from({length: 40}, () => scores.report("a", offence));
      assert.deepEqual([...new Set(standings)].slice(-2), ["leave", "banned"], offence);
      assert.equal(scores.scoreOf("a"), -100);
    }
  });

  it("bans for a time", async () => {
    const {clock, scores} = make();
    for (let i = 0; i < 4; i++) scores.report("a", "invalid_frame");
    assert.ok(scores.isBanned("a"));
    await clock.advance(BAN_DURATION_MS - 1);
    scores.forgetOld();
    assert.ok(scores.isBanned("a"));
    await clock.advance(1);
    assert.ok(!scores.isBanned("a"));
    assert.equal(scores.standingOf("a"), "good");
  });

  it("remembers a bounded number of peers", () => {
    const {scores} = make();
    for (let i = 0; i < 3_000; i++) scores.report(`peer ${i}`, "too_slow");
    assert.equal(scores.size, 2_000);
    assert.ok(scores.scoreOf("peer 2999") < 0);
  });

  it("does not punish more when the clock is set back", () => {
    const {clock, scores} = make();
    scores.report("a", "invalid_frame");
    const before = scores.scoreOf("a");
    clock.jump(-10 * SCORE_HALF_LIFE_MS);
    assert.equal(scores.scoreOf("a"), before);
  });
});

describe("DialBackOff", () => {
  const make = () => {
    const clock = new FakeClock({nowMs: 1_700_000_000_000});
    return {clock, backOff: new DialBackOff({clock, random: new SeededRandom({seed: 1})})};
  };

  it("waits longer each time, and not for ever", async () => {
    const {clock, backOff} = make();
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      backOff.failed("a");
      let waitedMs = 0;
      for (; !backOff.mayDial("a"); waitedMs += 5_000) await clock.advance(5_000);
      waits.push(waitedMs);
    }
    assert.ok((waits[0] ?? 0) >= 20_000 && (waits[0] ?? 0) <= 45_000, `${waits}`);
    assert.ok((waits[3] ?? 0) > 2 * (waits[0] ?? 0), `${waits}`);
    assert.ok(Math.max(...waits) <= 75 * 60_000, `${waits}`);
  });

  it("forgets the past of who stayed, and is no prison when the clock is set back", () => {
    const {clock, backOff} = make();
    backOff.failed("a");
    assert.ok(!backOff.mayDial("a"));
    backOff.stayed("a");
    assert.ok(backOff.mayDial("a"));
    backOff.failed("a");
    clock.jump(-24 * 3_600_000);
    assert.ok(backOff.mayDial("a"));
  });
});
