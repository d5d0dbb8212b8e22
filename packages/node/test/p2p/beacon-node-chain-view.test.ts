import assert from "node:assert/strict";
import type {NetworkLookups} from "@mote/beacon-nodes";
import {
  type AttesterDuties,
  type AttesterDuty,
  type ChainEvent,
  type CommitteeIndex,
  type Epoch,
  hexToBytes,
  type Root,
  type Slot,
  SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import {FakeClock, FakeLog, fakePubkey, fakeRoot} from "@mote/testing";
import {BeaconNodeChainView} from "../../src/p2p/beacon-node-chain-view.ts";

const SLOTS_PER_EPOCH = 8;
const COMMITTEE_SIZE = 5;
const slot = (n: number) => n as Slot;
const epoch = (n: number) => n as Epoch;
const index = (n: number) => n as ValidatorIndex;
const committee = (n: number) => n as CommitteeIndex;

/** The committee `c` of a slot has members 1000·slot + 10·c and the next four; `changed` shuffles anew. */
class FakeLookups implements Pick<NetworkLookups, "committee" | "syncCommittee" | "agreedValidatorIdentities"> {
  readonly asked: string[] = [];
  fails = false;
  changed = 0;

  async committee(of: Slot, which: CommitteeIndex): Promise<readonly ValidatorIndex[]> {
    this.#ask(`committee ${of}/${which}`);
    return Array.from({length: COMMITTEE_SIZE}, (_, i) => index(1_000 * of + 10 * which + i + this.changed));
  }

  async syncCommittee(of: Epoch): Promise<readonly ValidatorIndex[]> {
    this.#ask(`sync committee ${of}`);
    return [3, 4, 3, 5].map(index);
  }

  async agreedValidatorIdentities(indices: readonly ValidatorIndex[]) {
    if (indices.length > 0) this.#ask(`identities ${indices.length}`);
    return indices.map((one) => ({index: one, pubkey: hexToBytes(fakePubkey(one))}));
  }

  #ask(what: string): void {
    this.asked.push(what);
    if (this.fails) throw new Error("no beacon node answers");
  }
}

const duty = (at: number, committeeIndex: number, validator = 7): AttesterDuty => ({
  pubkey: fakePubkey(validator),
  validatorIndex: index(validator),
  slot: slot(at),
  committeeIndex: committee(committeeIndex),
  committeeLength: COMMITTEE_SIZE,
  committeesAtSlot: 6,
  validatorCommitteeIndex: 0,
});
const attesters = (of: number, duties: readonly AttesterDuty[], dependentRoot = fakeRoot(1)): AttesterDuties => ({
  epoch: epoch(of),
  dependentRoot,
  duties,
});

describe("BeaconNodeChainView", () => {
  function setUp() {
    const clock = new FakeClock({nowMs: 80_000});
    const slotClock = new SlotClock(
      {genesisTimeSec: 0, slotDurationMs: 1_000, slotsPerEpoch: SLOTS_PER_EPOCH},
      {clock},
    );
    const lookups = new FakeLookups();
    const log = new FakeLog();
    let hear: (event: ChainEvent) => void = () => {};
    const view = new BeaconNodeChainView(
      {syncCommitteeSize: 4},
      {
        lookups,
        slotClock,
        log,
        registry: {
          validatorAt: (one) =>
            one === 7
              ? {
                  pubkey: fakePubkey(7),
                  index: one,
                  status: "active_ongoing",
                  slashed: false,
                  activationEpoch: epoch(0),
                  exitEpoch: epoch(99),
                }
              : null,
        },
        chainEvents: {
          subscribe: (listener) => {
            hear = listener;
            return () => {};
          },
        },
        finalizedEpoch: () => epoch(8),
      },
    );
    return {clock, lookups, log, view, hear: (event: ChainEvent) => hear(event)};
  }

  it("knows nothing that nobody told", () => {
    const {view, lookups} = setUp();
    assert.equal(view.proposerAt(slot(80)), null);
    assert.equal(view.committee(slot(80), committee(0)), null);
    assert.equal(view.committeesPerSlot(epoch(10)), null);
    assert.equal(view.syncCommitteeAt(slot(80)), null);
    assert.equal(view.pubkeyOf(index(3)), null);
    assert.equal(view.hasBlock(fakeRoot(1)), false);
    assert.deepEqual(lookups.asked, [], "looking asks nobody");
  });

  it("learns the committees that own validators are about to vote in, with their keys, and asks for none twice", async () => {
    const {view, lookups, clock} = setUp();
    view.heardAttesterDuties(attesters(10, [duty(81, 2), duty(81, 2, 8), duty(86, 1)]));
    assert.equal(view.committeesPerSlot(epoch(10)), 6);
    await view.learn();
    assert.deepEqual(view.committee(slot(81), committee(2)), [81020, 81021, 81022, 81023, 81024]);
    assert.deepEqual(view.pubkeyOf(index(81_024)), hexToBytes(fakePubkey(81_024)));
    assert.equal(view.committee(slot(86), committee(1)), null, "not yet");
    assert.deepEqual(lookups.asked, ["committee 81/2", "identities 5", "sync committee 10", "identities 3"]);
    await view.learn();
    assert.equal(lookups.asked.length, 4);
    await clock.advance(4_000);
    await view.learn();
    assert.ok(view.committee(slot(86), committee(1)));
    assert.equal(view.committee(slot(81), committee(2)), null, "gone with its slot");
  });

  it("asks anew when the chain shuffles anew, and says nothing meanwhile", async () => {
    const {view, lookups} = setUp();
    view.heardAttesterDuties(attesters(10, [duty(81, 2)]));
    await view.learn();
    lookups.changed = 1;
    view.heardAttesterDuties(attesters(10, [duty(81, 2)], fakeRoot(2)));
    assert.equal(view.committee(slot(81), committee(2)), null);
    await view.learn();
    assert.equal(view.committee(slot(81), committee(2))?.[0], 81_021);
  });

  it("sees to a few committees of a slot, however many keys there are", async () => {
    const {view, lookups} = setUp();
    view.heardAttesterDuties(
      attesters(
        10,
        Array.from({length: 60}, (_, i) => duty(81, i % 6, i)),
      ),
    );
    await view.learn();
    assert.equal(lookups.asked.filter((what) => what.startsWith("committee")).length, 4);
  });

  it("knows the proposers that the runner asked for, and the keys that beacon nodes agree on", async () => {
    const {view, lookups} = setUp();
    const duties = [80, 81].map((at) => ({pubkey: fakePubkey(at), validatorIndex: index(at), slot: slot(at)}));
    view.heardProposerDuties({epoch: epoch(10), dependentRoot: fakeRoot(1), dependentEpoch: epoch(9), duties});
    assert.equal(view.proposerAt(slot(81)), 81);
    assert.equal(view.pubkeyOf(index(81)), null);
    await view.learn();
    assert.deepEqual(view.pubkeyOf(index(81)), hexToBytes(fakePubkey(81)));
    assert.deepEqual(lookups.asked, ["identities 2", "sync committee 10", "identities 3"]);
    assert.equal(view.proposerAt(slot(82)), null);
    assert.equal(view.proposerAt(slot(88)), null);
  });

  it("knows the seats of the sync committee", async () => {
    const {view} = setUp();
    await view.learn();
    assert.deepEqual(view.syncCommitteeAt(slot(80)), [3, 4, 3, 5]);
    assert.ok(view.pubkeyOf(index(5)));
  });

  it("knows own validators, the blocks that were heads or seen, and what is final", () => {
    const {view, hear} = setUp();
    assert.deepEqual([view.isOurs(index(7)), view.isOurs(index(8))], [true, false]);
    assert.deepEqual(view.pubkeyOf(index(7)), hexToBytes(fakePubkey(7)));
    const roots: [Root, Root] = [fakeRoot(0xa), fakeRoot(0xb)];
    hear({
      kind: "head",
      beaconNode: "bn0",
      slot: slot(80),
      blockRoot: roots[0],
      currentEpochDependentRoot: fakeRoot(1),
      nextEpochDependentRoot: fakeRoot(2),
      receivedMs: 0,
    });
    view.sawBlock(roots[1]);
    assert.deepEqual(
      roots.map((root) => view.hasBlock(root)),
      [true, true],
    );
    assert.equal(view.finalizedEpoch(), 8);
  });

  it("takes the key of a proposer from no single beacon node: signatures by a key of its choice would stand for others", async () => {
    const {view, lookups} = setUp();
    const duties = [{pubkey: fakePubkey(666), validatorIndex: index(80), slot: slot(80)}];
    view.heardProposerDuties({epoch: epoch(10), dependentRoot: fakeRoot(1), dependentEpoch: epoch(9), duties});
    lookups.agreedValidatorIdentities = async () => [];
    await view.learn();
    assert.equal(view.proposerAt(slot(80)), 80);
    assert.equal(view.pubkeyOf(index(80)), null);
  });

  it("takes no beacon node's word for the key of an own validator", async () => {
    const {view, lookups} = setUp();
    const duties = [{pubkey: fakePubkey(666), validatorIndex: index(7), slot: slot(80)}];
    view.heardProposerDuties({epoch: epoch(10), dependentRoot: fakeRoot(1), dependentEpoch: epoch(9), duties});
    lookups.syncCommittee = async () => [7, 4, 3, 5].map(index);
    lookups.agreedValidatorIdentities = async (indices) =>
      indices.map((one) => ({index: one, pubkey: hexToBytes(fakePubkey(666))}));
    await view.learn();
    assert.deepEqual(view.pubkeyOf(index(4)), hexToBytes(fakePubkey(666)));
    assert.deepEqual(view.pubkeyOf(index(7)), hexToBytes(fakePubkey(7)));
  });

  it("goes on without an answer, says so quietly, and asks again", async () => {
    const {view, lookups, log} = setUp();
    view.heardAttesterDuties(attesters(10, [duty(81, 2)]));
    lookups.fails = true;
    await view.learn();
    assert.equal(view.committee(slot(81), committee(2)), null);
    assert.ok(log.lines.length > 0 && log.lines.every((line) => line.startsWith("debug")));
    lookups.fails = false;
    await view.learn();
    assert.ok(view.committee(slot(81), committee(2)));
  });

  it("keeps a bounded number of keys, those in use among them", async () => {
    const {view} = setUp();
    for (let of = 0; of < 400; of++) {
      const duties = Array.from({length: 32}, (_, i) => {
        const validator = 100_000 + of * 32 + i;
        return {pubkey: fakePubkey(validator), validatorIndex: index(validator), slot: slot(80 + i)};
      });
      view.heardProposerDuties({epoch: epoch(10), dependentRoot: fakeRoot(1), dependentEpoch: epoch(9), duties});
      await view.learn();
    }
    assert.equal(view.pubkeyOf(index(100_000)), null, "the oldest went");
    assert.ok(view.pubkeyOf(index(100_000 + 400 * 32 - 1)));
    assert.ok(view.pubkeyOf(index(3)), "of the sync committee, asked for first and used ever since");
  });
});
