import assert from "node:assert/strict";
import {type Pubkey, SlotClock, type ValidatorIndex, type ValidatorInfo} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {KEYS_SHOWN_MAX} from "../../src/status/node-status.ts";
import {SlotTally} from "../../src/status/slot-tally.ts";
import {type StatusFacts, StatusReport} from "../../src/status/status-report.ts";

const FACTS: StatusFacts = {
  version: "1.2.3",
  pid: 7,
  network: "hoodi",
  datadir: "/data",
  startedMs: 5,
  protection: {kind: "level", place: "/data/slashing-protection"},
  distributed: false,
  doppelgangerProtection: true,
};
const pubkey = (index: number) => `0x${index}` as Pubkey;

describe("StatusReport", () => {
  const clock = new FakeClock({nowMs: 20_000});
  const newReport = () => new StatusReport(FACTS, {clock, rssBytes: () => 1});

  /** Key n is validator n; odd ones are remote, every tenth is not known to the chain, and those below `refused` do not sign. */
  function running(keys: number, refused: number) {
    const slotClock = new SlotClock({genesisTimeSec: 0, slotDurationMs: 1_000, slotsPerEpoch: 8}, {clock});
    const pubkeys = Array.from({length: keys}, (_, index) => pubkey(index));
    const numberOf = (key: Pubkey) => Number(key.slice(2));
    const infoOf = (key: Pubkey) =>
      numberOf(key) % 10 === 0
        ? null
        : ({index: numberOf(key) as ValidatorIndex, status: "active_ongoing"} as ValidatorInfo);
    const refusal = {reason: "DOPPELGANGER_WATCH", detail: "watched"} as const;
    return {
      slotClock,
      registry: {counts: () => ({total: keys, known: 1, withDuties: 1}), infoOf},
      maySign: {refusalOf: (key: Pubkey) => (numberOf(key) < refused ? refusal : null)},
      beaconNodes: {nodes: []},
      ring: {pubkeys, isRemote: (key: Pubkey) => numberOf(key) % 2 === 1},
      remoteUrls: () => ["http://signer"],
      tally: new SlotTally({slotClock}),
      p2p: null,
    };
  }

  it("says that the node starts until it runs", () => {
    const report = newReport();
    const status = report.make();
    assert.deepEqual(
      [status.state, status.chain, status.validators, status.beaconNodes, status.slots, status.nowMs],
      ["starting", null, null, [], [], 20_000],
    );
    report.running = running(4, 0);
    assert.deepEqual(report.make().chain, {
      slot: 20,
      epoch: 2,
      genesisTimeSec: 0,
      slotDurationMs: 1_000,
      slotsPerEpoch: 8,
    });
    assert.deepEqual(report.make().signers, {localKeys: 2, remoteKeys: 2, remoteUrls: ["http://signer"]});
  });

  it("tells each key's index, status, signer and why it does not sign, the silent ones first", () => {
    const report = newReport();
    report.running = running(4, 2);
    const {validators} = report.make();
    assert.deepEqual([validators?.total, validators?.signing], [4, 2]);
    const refusal = {reason: "DOPPELGANGER_WATCH", detail: "watched"};
    assert.deepEqual(validators?.shown.slice(0, 3), [
      {pubkey: "0x1", index: 1, status: "active_ongoing", signer: "remote", refusal},
      {pubkey: "0x0", index: null, status: null, signer: "local", refusal},
      {pubkey: "0x2", index: 2, status: "active_ongoing", signer: "local", refusal: null},
    ]);
  });

  it("shows a bounded number of keys, and counts all", () => {
    const report = newReport();
    report.running = running(1_000, 1_000);
    const {validators} = report.make();
    assert.deepEqual([validators?.shown.length, validators?.total, validators?.signing], [KEYS_SHOWN_MAX, 1_000, 0]);
  });
});
