import assert from "node:assert/strict";
import {SlotClock} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {Allowances} from "../../src/gossip/validators/allowances.ts";
import type {GossipReason} from "../../src/gossip/validators/judgement.ts";
import type {GossipKind} from "../../src/network.ts";

const SLOT_MS = 12_000;
const MAINNET = {beacon_block: 1, beacon_attestation: 4_000, sync_committee: 512, payload_attestation_message: 512};
const CHARGED: readonly GossipReason[] = [
  "future_slot",
  "old_slot",
  "finalized_slot",
  "other_fork",
  "numbers_too_large",
  "too_many_signers",
];

describe("messages that are ignored for what they are", () => {
  let clock: FakeClock;
  let allowances: Allowances;

  beforeEach(() => {
    clock = new FakeClock({nowMs: 1_700_000_000_000});
    const timing = {genesisTimeSec: 1_600_000_000, slotDurationMs: SLOT_MS, slotsPerEpoch: 32};
    allowances = new Allowances({clock, slotClock: new SlotClock(timing, {clock})});
  });

  function paidFor(count: number, kind: GossipKind, reason: GossipReason | null = "old_slot", peer = "a peer"): number {
    let paid = 0;
    for (let i = 0; i < count; i++) if (allowances.overdraws(peer, kind, reason)) paid++;
    return paid;
  }

  it("cost a peer nothing that brings all of mainnet alone, for hours of a clock that is off", () => {
    for (let slot = 0; slot < 600; slot++) {
      for (const [kind, count] of Object.entries(MAINNET)) assert.equal(paidFor(count, kind as GossipKind), 0, kind);
      clock.jump(SLOT_MS);
    }
  });

  it("cost nothing at once after a sleep of three minutes, nor when the clock is set back", () => {
    for (const [kind, count] of Object.entries(MAINNET)) assert.equal(paidFor(15 * count, kind as GossipKind), 0, kind);
    clock.jump(-3_600_000);
    assert.equal(paidFor(512, "sync_committee"), 0);
  });

  for (const reason of CHARGED) {
    it(`cost their peer beyond that, once for as many as a slot brings: ${reason}`, () => {
      assert.equal(paidFor(16 * 512, "sync_committee", reason), 0);
      assert.equal(paidFor(1, "sync_committee", reason), 1);
      assert.equal(paidFor(511, "sync_committee", reason), 0);
      assert.equal(paidFor(1, "sync_committee", reason), 1);
    });
  }

  it("cost more when each of them is large and honest peers send few", () => {
    assert.equal(paidFor(64, "beacon_block"), 0);
    assert.equal(paidFor(40, "beacon_block"), 10);
  });

  it("are forgotten in time", () => {
    paidFor(16 * 512, "sync_committee");
    clock.jump(8 * SLOT_MS);
    assert.equal(paidFor(16 * 512, "sync_committee"), 0);
    assert.equal(paidFor(1, "sync_committee"), 1);
  });

  it("are counted of each peer and kind by themselves", () => {
    assert.equal(paidFor(20 * 512, "sync_committee"), 4);
    assert.equal(paidFor(512, "payload_attestation_message"), 0);
    assert.equal(paidFor(512, "sync_committee", "old_slot", "another"), 0);
  });

  it("cost nothing when it is we who do not know, or others who were first", () => {
    const reasons = [
      "unknown_block",
      "unknown_key",
      "unknown_committee",
      "not_ours",
      "seen",
      "too_many_unproven",
      null,
    ];
    for (const reason of reasons) assert.equal(paidFor(20_000, "sync_committee", reason as GossipReason | null), 0);
  });
});
