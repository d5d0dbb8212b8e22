import assert from "node:assert/strict";
import {setFastHasher} from "@mote/consensus";
import type {Epoch} from "@mote/core";
import {MemorySlashingProtection, type SimulatedBeaconNode} from "@mote/testing";
import {FAULTS} from "./support/faults.ts";
import {assertPromise, assertSafe} from "./support/judgement.ts";
import {PROFILES} from "./support/profiles.ts";
import {epochOf, FIRST_SLOT, gloasFrom, Simulation, type SimulationInit} from "./support/simulation.ts";

/** A Mote with one part broken on purpose: whatever the matrix asserts must fail for it, and hold for one that is whole. */
describe("the fault matrix catches", () => {
  before(() => setFastHasher());

  const run = async (init: Omit<SimulationInit, "seed" | "beaconNodes" | "faulty">): Promise<Simulation> => {
    const simulation = new Simulation({seed: 1, beaconNodes: 3, faulty: 1, ...init});
    await simulation.run();
    return simulation;
  };

  it("a gate without slashing protection", async () => {
    const lying = {strategies: PROFILES.first, fault: surroundingVotes};
    const broken = await run({...lying, protection: new AcceptsAll()});
    assert.throws(() => assertSafe(broken), /voted 1→2 and 0→3/);
    assertSafe(await run(lying));
  });

  it("an agreement of one", async () => {
    const lying = {strategies: PROFILES.threshold, fault: FAULTS["other source root"]};
    const broken = await run({...lying, threshold: 1});
    assert.throws(() => assertPromise(broken, "no miss"), /attestation of slot \d+/);
    assertPromise(await run(lying), "no miss");
  });

  it("fee recipients that nobody compares", async () => {
    const lying = {strategies: PROFILES.first, fault: FAULTS["wrong fee recipient"]};
    const broken = await run({...lying, comparesFeeRecipients: false});
    assert.throws(() => assertSafe(broken), /fees of slot \d+ go to 0xbad0/);
    assertSafe(await run(lying));
  });

  it("a promise that is too modest", async () => {
    const honest = await run({strategies: PROFILES.threshold, fault: () => {}});
    const modest = {mayMiss: {attestation: ["NOT_INCLUDED"]}} as const;
    assert.throws(() => assertPromise(honest, modest), /never missed, although the promise allows it/);
  });

  it("a duty that nobody does", async () => {
    const idle = new Simulation({seed: 1, beaconNodes: 3, faulty: 0, fault: () => {}, strategies: PROFILES.threshold});
    assert.throws(
      () => assertPromise(idle, "no miss"),
      new RegExp(`sync_message of slot ${FIRST_SLOT}.*NEVER_SEEN`, "s"),
    );
  });
});

/** In the second epoch that is looked at, votes with a source so old that they surround those of the first. */
function surroundingVotes({view}: SimulatedBeaconNode): void {
  const right = view.attestationData;
  view.attestationData = (slot) => {
    const data = right(slot);
    return epochOf(slot) < epochOf(gloasFrom) ? data : {...data, source: {...data.source, epoch: 0 as Epoch}};
  };
}

class AcceptsAll extends MemorySlashingProtection {
  override async recordAttestation() {
    return {kind: "accepted"} as const;
  }
}
