import assert from "node:assert/strict";
import {FakeClock} from "@mote/testing";
import {TokenBuckets} from "../../src/reqresp/token-buckets.ts";

const QUOTA = {tokens: 2, perMs: 1000};

describe("token buckets", () => {
  let clock: FakeClock;
  let buckets: TokenBuckets;

  beforeEach(() => {
    clock = new FakeClock({nowMs: 1_000_000});
    buckets = new TokenBuckets({clock});
  });

  it("give what they hold at once, and then at their rate", async () => {
    assert.deepEqual(
      [1, 2, 3, 4].map(() => buckets.take("a", 1, QUOTA)),
      [0, 0, 500, 1000],
    );
    await clock.advance(750);
    assert.equal(buckets.take("a", 1, QUOTA), 750);
  });

  it("hold no more than their quota, however long they stand", async () => {
    buckets.take("a", 2, QUOTA);
    await clock.advance(60_000);
    assert.deepEqual(
      [1, 2, 3].map(() => buckets.take("a", 1, QUOTA)),
      [0, 0, 500],
    );
  });

  it("are one for each key", () => {
    buckets.take("a", 2, QUOTA);
    assert.equal(buckets.take("b", 2, QUOTA), 0);
  });

  it("take back what was not used", () => {
    buckets.take("a", 2, QUOTA);
    buckets.giveBack("a", 1);
    assert.equal(buckets.take("a", 1, QUOTA), 0);
  });

  it("neither fill nor empty when the clock is set back", async () => {
    buckets.take("a", 2, QUOTA);
    clock.jump(-500_000);
    assert.equal(buckets.take("a", 1, QUOTA), 500);
    await clock.advance(500);
    assert.equal(buckets.take("a", 1, QUOTA), 500);
  });

  it("of many keys keep the debts and forget the rest", async () => {
    buckets.take("debtor", 100, QUOTA);
    for (let i = 0; i < 600; i++) buckets.take(`${i}`, 1, QUOTA);
    await clock.advance(1000);
    for (let i = 0; i < 600; i++) buckets.take(`${i}`, 0, QUOTA);
    assert.equal(buckets.take("debtor", 0, QUOTA), 48_000);
  });
});
