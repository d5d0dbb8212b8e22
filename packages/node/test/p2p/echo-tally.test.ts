import assert from "node:assert/strict";
import {type EchoedMessage, type Slot, SlotClock, type ValidatorIndex} from "@mote/core";
import {FakeClock, fakeSignature} from "@mote/testing";
import {EchoTally} from "../../src/p2p/echo-tally.ts";

const index = (n: number) => n as ValidatorIndex;
const echo = (slot: number, validatorIndex: number, kind: EchoedMessage["kind"] = "attestation"): EchoedMessage => ({
  kind,
  slot: slot as Slot,
  validatorIndex: index(validatorIndex),
  signature: fakeSignature(1),
});

describe("EchoTally", () => {
  const setUp = () => {
    const clock = new FakeClock({nowMs: 100_000});
    const slotClock = new SlotClock({genesisTimeSec: 0, slotDurationMs: 1_000, slotsPerEpoch: 8}, {clock});
    return {clock, tally: new EchoTally({slotClock})};
  };

  it("counts a slot once an echo could have come, whichever of the two was heard first", async () => {
    const {clock, tally} = setUp();
    tally.echoed(echo(100, 1));
    tally.sent(100 as Slot, index(1));
    tally.sent(100 as Slot, index(2));
    assert.deepEqual(tally.totals(), {sent: 0, echoed: 0});
    await clock.advance(2_000);
    assert.deepEqual(tally.totals(), {sent: 2, echoed: 1});
    tally.echoed(echo(100, 2));
    tally.echoed(echo(100, 2));
    assert.deepEqual(tally.totals(), {sent: 2, echoed: 2});
  });

  it("counts votes alone, and no echo of what was not sent", async () => {
    const {clock, tally} = setUp();
    tally.sent(100 as Slot, index(1));
    tally.echoed(echo(100, 1, "sync_message"));
    tally.echoed(echo(100, 7));
    await clock.advance(2_000);
    assert.deepEqual(tally.totals(), {sent: 1, echoed: 0});
  });

  it("keeps the sum of slots that it forgets", async () => {
    const {clock, tally} = setUp();
    for (let slot = 100; slot < 400; slot++) {
      tally.sent(slot as Slot, index(1));
      if (slot % 2 === 0) tally.echoed(echo(slot, 1));
      await clock.advance(1_000);
    }
    tally.echoed(echo(101, 1));
    await clock.advance(2_000);
    assert.deepEqual(tally.totals(), {sent: 300, echoed: 150});
  });
});
