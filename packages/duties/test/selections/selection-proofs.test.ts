import assert from "node:assert/strict";
import type {CommitteeSelection, SyncCommitteeSelection, ValidatorIndex} from "@mote/core";
import {FakeLog} from "@mote/testing";
import {DistributedSelectionProofs} from "../../src/selections/distributed-selection-proofs.ts";
import {OwnSelectionProofs} from "../../src/selections/own-selection-proofs.ts";
import {aggregatorProof} from "../../src/selections/selection-proof-source.ts";
import {FakeSelections} from "../support/sync-world.ts";
import {duty, fakePorts, pubkey, SLOT_MS, signature} from "../support/world.ts";

const sync = (validatorIndex: number, atSlot: number, subcommitteeIndex: number) => ({
  ...duty(validatorIndex, atSlot),
  subcommitteeIndex,
});

function ownWorld() {
  const ports = fakePorts(9);
  const log = new FakeLog();
  return {...ports, log, proofs: new OwnSelectionProofs({...ports, log}), stopping: new AbortController()};
}

describe("OwnSelectionProofs", () => {
  it("are made once, earliest slot first, and not before the clock had a breath between two", async () => {
    const {clock, signer, proofs, stopping} = ownWorld();
    let breaths = 0;
    const after = clock.after.bind(clock);
    clock.after = (delayMs, run) => {
      breaths++;
      return after(delayMs, run);
    };
    const duties = [duty(1, 12), duty(2, 10), duty(3, 11)];
    void proofs.prepare(duties, stopping.signal);
    void proofs.prepare(duties, stopping.signal);
    await clock.advance(10);
    await proofs.prepare(duties, stopping.signal);
    assert.deepEqual(
      signer.selectionProofs.map(({slot}) => slot),
      [10, 11, 12],
    );
    assert.equal(breaths, 3);
    for (const one of duties) assert.notEqual(proofs.proofOf(one), null);
  });

  it("tell attestation and sync committees, subcommittees and validators apart", async () => {
    const {clock, signer, proofs, stopping} = ownWorld();
    void proofs.prepare([duty(1, 10), sync(1, 10, 0), sync(1, 10, 3), sync(2, 10, 0)], stopping.signal);
    await clock.advance(10);
    assert.equal(signer.signedBy("signSyncCommitteeSelectionProof").length, 3);
    const proof = proofs.proofOf(sync(1, 10, 3));
    assert.notDeepEqual(proof, proofs.proofOf(sync(1, 10, 0)));
    assert.notDeepEqual(proof, proofs.proofOf(duty(1, 10)));
    assert.equal(proofs.proofOf(sync(1, 10, 1)), null);
  });

  it("say who was selected", async () => {
    const {clock, proofs, stopping} = ownWorld();
    // At this size one in 8192 is selected, and this proof is not.
    const [small, large] = [duty(1, 9), duty(2, 9, {committeeLength: 131_072})];
    assert.equal(aggregatorProof(proofs, small), null);
    void proofs.prepare([small, large], stopping.signal);
    await clock.advance(10);
    assert.deepEqual(aggregatorProof(proofs, small), proofs.proofOf(small));
    assert.equal(aggregatorProof(proofs, large), null);
  });

  it("of keys that do not sign yet are made up for, and said nothing of", async () => {
    const {clock, signer, proofs, log, stopping} = ownWorld();
    signer.refusals.set(pubkey(1), "DOPPELGANGER_WATCH");
    signer.refusals.set(pubkey(2), "SIGNER_FAILED");
    const duties = [duty(1, 10), duty(2, 10)];
    for (let i = 0; i < 2; i++) {
      void proofs.prepare(duties, stopping.signal);
      await clock.advance(10);
    }
    assert.deepEqual(log.lines, ["warn no selection proof"], "once, of the key that failed");
    signer.refusals.clear();
    void proofs.prepare(duties, stopping.signal);
    await clock.advance(10);
    for (const one of duties) assert.notEqual(proofs.proofOf(one), null);
  });

  it("are forgotten a slot after theirs, and not made for slots that are over", async () => {
    const {clock, signer, proofs, stopping} = ownWorld();
    void proofs.prepare([duty(1, 8), duty(1, 9)], stopping.signal);
    await clock.advance(10);
    assert.equal(signer.selectionProofs.length, 1);
    await clock.advance(SLOT_MS);
    await proofs.prepare([], stopping.signal);
    assert.notEqual(proofs.proofOf(duty(1, 9)), null);
    await clock.advance(SLOT_MS);
    await proofs.prepare([], stopping.signal);
    assert.equal(proofs.proofOf(duty(1, 9)), null);
  });

  it("are not begun once Mote stops", async () => {
    const {clock, signer, proofs, stopping} = ownWorld();
    stopping.abort();
    await proofs.prepare([duty(1, 10)], stopping.signal);
    await clock.advance(10);
    assert.equal(signer.selectionProofs.length, 0);
  });
});

describe("DistributedSelectionProofs", () => {
  const returned = <T extends CommitteeSelection | SyncCommitteeSelection>(partial: readonly T[]): T[] =>
    partial.map((one) => ({...one, selectionProof: signature(one.validatorIndex)}));

  function distributedWorld() {
    const ports = fakePorts(9);
    const log = new FakeLog();
    const selections = new FakeSelections();
    selections.committees = async (partial) => returned(partial);
    selections.sync = async (partial) => returned(partial);
    const proofs = new DistributedSelectionProofs({...ports, log, selections});
    return {...ports, log, selections, proofs, stopping: new AbortController()};
  }

  it("of an epoch's committees are asked for at once, of sync committees slot by slot", async () => {
    const {clock, selections, proofs, stopping} = distributedWorld();
    const duties = [duty(1, 9), duty(2, 12), duty(3, 15)];
    void proofs.prepare([...duties, sync(1, 10, 0), sync(2, 10, 1), sync(1, 11, 0)], stopping.signal);
    await clock.advance(10);
    assert.deepEqual(
      selections.askedCommittees.map((asked) => asked.map(({slot}) => slot)),
      [[9, 12, 15]],
    );
    assert.deepEqual(
      selections.askedSync.map((asked) => asked.map(({slot}) => slot)),
      [[10, 10], [11]],
    );
    assert.deepEqual(Object.keys(selections.askedCommittees[0]?.[0] ?? {}), [
      "validatorIndex",
      "slot",
      "selectionProof",
    ]);
    assert.deepEqual(proofs.proofOf(duties[1] as never), signature(2), "the returned one, not the share's");
  });

  it("take nothing that was not asked for, nor a second answer, and ask no second time", async () => {
    const {clock, selections, proofs, log, stopping} = distributedWorld();
    selections.committees = async (partial) => {
      const [first] = returned(partial);
      const own = first as CommitteeSelection;
      const other = {...own, validatorIndex: 7 as ValidatorIndex};
      return [own, {...own, selectionProof: signature(66)}, other];
    };
    const duties = [duty(1, 10), duty(2, 10)];
    for (let i = 0; i < 2; i++) {
      void proofs.prepare(duties, stopping.signal);
      await clock.advance(10);
    }
    assert.deepEqual(proofs.proofOf(duties[0] as never), signature(1));
    assert.equal(proofs.proofOf(duties[1] as never), null);
    assert.equal(proofs.proofOf(duty(7, 10)), null);
    assert.equal(selections.askedCommittees.length, 1);
    assert.deepEqual(log.lines, ["warn selections answered in part"]);
  });

  it("are asked for again when the middleware did not answer, not while it is being asked", async () => {
    const {clock, selections, proofs, stopping} = distributedWorld();
    let refuse = () => {};
    selections.committees = () =>
      new Promise((_, reject) => {
        refuse = () => reject(new Error("too few members"));
      });
    for (let i = 0; i < 2; i++) {
      void proofs.prepare([duty(1, 10)], stopping.signal);
      await clock.advance(10);
    }
    assert.equal(selections.askedCommittees.length, 1);
    refuse();
    await clock.advance(0);
    selections.committees = async (partial) => returned(partial);
    void proofs.prepare([duty(1, 10)], stopping.signal);
    await clock.advance(10);
    assert.deepEqual(proofs.proofOf(duty(1, 10)), signature(1));
  });

  it("let Mote stop while the middleware is being asked", async () => {
    const {clock, selections, proofs, stopping} = distributedWorld();
    selections.committees = () => new Promise(() => {});
    const preparing = proofs.prepare([duty(1, 10)], stopping.signal);
    await clock.advance(10);
    stopping.abort();
    await preparing;
    assert.equal(proofs.proofOf(duty(1, 10)), null);
  });
});
