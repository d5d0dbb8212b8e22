import assert from "node:assert/strict";
import type {ValidatorIndex} from "@mote/core";
import {FakeValidatorStatuses, MemorySlashingProtection} from "@mote/testing";
import {ClockWatch} from "../../src/safety/clock-watch.ts";
import {type Doppelganger, DoppelgangerWatch} from "../../src/safety/doppelganger.ts";
import {MaySign} from "../../src/safety/may-sign.ts";
import {type Slashing, SlashingStop} from "../../src/safety/slashing-stop.ts";
import {StaleBackupCheck} from "../../src/safety/stale-backup.ts";
import {ValidatorRegistry} from "../../src/validators/validator-registry.ts";
import {SmallChain} from "../support/small-chain.ts";
import {epoch, pubkey, root, SLOT_MS, SLOTS_PER_EPOCH, slot, validator} from "../support/world.ts";

/** What people lost their stake by, played against all guards as they stand together. */
class Mote {
  readonly chain: SmallChain;
  readonly found: Doppelganger[] = [];
  readonly slashings: Slashing[] = [];
  readonly statuses = new FakeValidatorStatuses({infos: [validator(1), validator(2)]});
  readonly registry: ValidatorRegistry;
  readonly clockWatch: ClockWatch;
  maySign: MaySign;
  readonly #stopping = new AbortController();

  constructor(chain: SmallChain, protection = chain.protection) {
    this.chain = chain;
    const ports = {...chain.ports, protection};
    this.registry = new ValidatorRegistry({pubkeys: [pubkey(1), pubkey(2)]}, {...ports, statuses: this.statuses});
    const parts = {...ports, registry: this.registry};
    this.clockWatch = new ClockWatch({beaconNodeThreshold: 1}, parts);
    this.maySign = new MaySign({
      ...parts,
      clockWatch: this.clockWatch,
      slashingStop: new SlashingStop(
        {beaconNodeThreshold: 1, onSlashed: (slashing) => this.slashings.push(slashing)},
        parts,
      ),
      staleBackup: new StaleBackupCheck(parts),
      doppelganger: new DoppelgangerWatch({onDoppelganger: (found) => this.found.push(found)}, parts),
      isRecordedElsewhere: () => false,
    });
  }

  async started(): Promise<this> {
    await this.registry.refresh();
    await this.maySign.run();
    this.chain.onSlot.push(() => {
      void this.maySign.run();
      void this.maySign.onSlot(slot(this.chain.atSlot), this.#stopping.signal);
    });
    return this;
  }

  of(index: number): string {
    return this.maySign.refusalOf(pubkey(index), "attest")?.reason ?? "signs";
  }

  /** A beacon node whose clock is right answers, while ours is so far ahead of it. */
  answers(count: number, aheadMs: number): void {
    const {clock} = this.chain.time;
    for (let at = 0; at < count; at++) {
      const sentMs = clock.nowMs() + 1_000 * at;
      const serverDateMs = Math.floor((sentMs - aheadMs) / 1000) * 1000;
      this.clockWatch.onDate({beaconNode: "bn0", sentMs, receivedMs: sentMs + 5, serverDateMs});
    }
  }
}

const chainWithTwo = (): SmallChain => {
  const chain = new SmallChain({atSlot: 5 * SLOTS_PER_EPOCH + 3});
  chain.validators = [validator(1), validator(2)];
  return chain;
};

describe("Incidents", () => {
  it("the same key on two machines: the second never signs, and ends within two epochs", async () => {
    const chain = chainWithTwo();
    const [first] = [await new Mote(chain).started()];
    for (const index of [1, 2]) await chain.record(index, 5);
    chain.voterOf = (_, of) => (of >= 4 ? "ours" : null);
    for (const index of [1, 2]) await chain.record(index, 4);
    await chain.past(2 * SLOTS_PER_EPOCH);
    const second = await new Mote(chain, new MemorySlashingProtection()).started();
    const startedSlot = chain.atSlot;
    while (second.found.length === 0) {
      assert.notEqual(second.of(1), "signs");
      await chain.goTo(0, chain.atSlot + 1);
      assert.ok(chain.atSlot <= startedSlot + 2 * SLOTS_PER_EPOCH);
    }
    assert.deepEqual(second.found[0]?.pubkeys, [pubkey(1), pubkey(2)]);
    assert.notEqual(second.of(2), "signs");
    assert.deepEqual(first.found, [], "the one whose records explain it all goes on");
  });

  it("two nodes on one store, one of them restarted: no alarm and nobody waits", async () => {
    const chain = chainWithTwo();
    chain.voterOf = (_, of) => (of >= 3 ? "ours" : null);
    await chain.past(2 * SLOTS_PER_EPOCH);
    const nodes = [await new Mote(chain).started(), await new Mote(chain).started()];
    for (const at of [6, 7, 8]) {
      await chain.goTo(at, 3);
      nodes.push(await new Mote(chain).started());
      for (const node of nodes) assert.deepEqual([node.of(1), node.of(2), node.found.length], ["signs", "signs", 0]);
    }
  });

  it("a restored old backup beside a chain that went on: held, and with the other signer gone it signs again, without an alarm", async () => {
    const chain = chainWithTwo();
    await chain.record(1, 2);
    chain.voterOf = (index, of) => (index === 1 && of >= 3 && of <= 4 ? "other" : null);
    await chain.past(3 * SLOTS_PER_EPOCH);
    const mote = await new Mote(chain).started();
    assert.equal(mote.of(1), "VOTES_UNEXPLAINED");
    assert.equal(mote.of(2), "DOPPELGANGER_WATCH");
    await chain.goTo(7);
    assert.deepEqual([mote.of(1), mote.of(2)], ["VOTES_UNEXPLAINED", "signs"]);
    await chain.goTo(8);
    assert.deepEqual([mote.of(1), mote.found], ["signs", []]);
  });

  for (const jumpMs of [SLOTS_PER_EPOCH * SLOT_MS * 20, -SLOTS_PER_EPOCH * SLOT_MS * 20]) {
    it(`a time server that sets the clock ${jumpMs > 0 ? "forward" : "back"}: nothing is signed, no watch ends by it, and all goes on when it is right`, async () => {
      const chain = new SmallChain({atSlot: 35 * SLOTS_PER_EPOCH + 3});
      const mote = await new Mote(chain).started();
      mote.answers(5, 0);
      assert.equal(mote.of(1), "DOPPELGANGER_WATCH");
      chain.time.clock.jump(jumpMs);
      mote.answers(3, jumpMs);
      assert.equal(mote.of(1), "CLOCK_OFF");
      await mote.maySign.run();
      chain.time.clock.jump(-jumpMs);
      mote.answers(3, 0);
      assert.equal(mote.of(1), "DOPPELGANGER_WATCH");
      await chain.goTo(37);
      assert.equal(mote.of(1), "signs");
      assert.deepEqual(mote.found, []);
    });
  }

  it("a slashing: every key stops in that moment, and a restart does not undo it", async () => {
    const chain = chainWithTwo();
    for (const index of [1, 2]) await chain.record(index, 5);
    const mote = await new Mote(chain).started();
    assert.deepEqual([mote.of(1), mote.of(2)], ["signs", "signs"]);
    mote.maySign.onChainEvent({kind: "slashing", beaconNode: "bn0", validatorIndices: [2 as ValidatorIndex]});
    for (const purpose of ["attest", "propose", "sync"] as const) {
      assert.equal(mote.maySign.refusalOf(pubkey(1), purpose)?.reason, "VALIDATOR_SLASHED");
    }
    assert.deepEqual(mote.slashings.length, 1);
    const next = new Mote(chain);
    next.statuses.infos = [validator(1), validator(2, {slashed: true, status: "active_slashed"})];
    await next.started();
    assert.equal(next.of(1), "VALIDATOR_SLASHED", "by the chain, should nobody have left a marker");
  });

  it("a key removed and added again is judged anew", async () => {
    const chain = chainWithTwo();
    for (const index of [1, 2]) await chain.record(index, 5);
    const mote = await new Mote(chain).started();
    mote.maySign.remove([pubkey(1)]);
    assert.equal(mote.of(1), "KEY_NOT_ACTIVE");
    // Meanwhile it is used elsewhere.
    chain.voterOf = (index, of) => (index === 1 ? (of >= 7 ? "other" : null) : "ours");
    await chain.goTo(8, 6);
    mote.maySign.add([pubkey(1)]);
    await mote.maySign.run();
    assert.deepEqual([mote.of(1), mote.of(2)], ["VOTES_UNEXPLAINED", "signs"]);
    await chain.goTo(10);
    assert.deepEqual(mote.found, [{pubkeys: [pubkey(1)], evidence: [{validatorIndex: 1, epoch: epoch(9)}]}]);
  });

  it("records that come by an import while a key is watched do not end the watch by themselves", async () => {
    const chain = chainWithTwo();
    const mote = await new Mote(chain).started();
    const vote = {sourceEpoch: epoch(4), targetEpoch: epoch(5), signingRoot: root(5)};
    await chain.protection.recordAttestation(pubkey(1), vote);
    await mote.maySign.run();
    assert.equal(mote.of(1), "DOPPELGANGER_WATCH");
  });
});
