import assert from "node:assert/strict";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {ssz} from "@lodestar/types";
import type {Root} from "@mote/core";
import fc from "fast-check";
import {decodeState, encodeState, type KeptState} from "../src/light-client-state-file.ts";
import {initializeState} from "../src/rules/light-client-state.ts";
import {committeeOf, MadeChain, madeConfig} from "./support/made-chain.ts";

describe("the light client's state file", () => {
  const gloasEpoch = 3;
  const config = madeConfig(gloasEpoch);
  const chain = new MadeChain({config});

  function kept(slot: number): KeptState {
    const initialized = initializeState(config, chain.root(slot), chain.bootstrap(slot));
    assert.equal(initialized.kind, "initialized");
    return {trustedRoot: chain.root(slot), state: (initialized as {state: KeptState["state"]}).state};
  }

  for (const slot of [SLOTS_PER_EPOCH, gloasEpoch * SLOTS_PER_EPOCH]) {
    it(`gives back what was kept at slot ${slot}`, () => {
      const made = kept(slot);
      const nextSyncCommittee = committeeOf(1).committee;
      for (const next of [null, nextSyncCommittee]) {
        const state = {...made.state, nextSyncCommittee: next, currentMaxActiveParticipants: 20};
        const read = decodeState(config, encodeState(config, {...made, state}));
        assert.ok(read.kind === "kept");
        assert.equal(read.kept.trustedRoot, made.trustedRoot);
        const {finalizedHeader, currentSyncCommittee, currentMaxActiveParticipants} = read.kept.state;
        assert.ok(ssz.gloas.LightClientHeader.equals(finalizedHeader, state.finalizedHeader));
        assert.ok(ssz.altair.SyncCommittee.equals(currentSyncCommittee, state.currentSyncCommittee));
        assert.equal(read.kept.state.nextSyncCommittee === null, next === null);
        assert.equal(currentMaxActiveParticipants, 20);
      }
    });
  }

  it("names the other chain", () => {
    const content = encodeState(config, kept(SLOTS_PER_EPOCH));
    const otherGenesis = decodeState(madeConfig(gloasEpoch, `0x${"48".repeat(32)}` as Root), content);
    assert.ok(otherGenesis.kind === "unusable");
    assert.match(otherGenesis.why, /chain with genesis 0x47474747/);
    const otherSchedule = decodeState(madeConfig(0), content);
    assert.ok(otherSchedule.kind === "unusable");
    assert.match(otherSchedule.why, /slot 8 had fork version/);
  });

  it("is unusable with any byte changed, cut off or added", () => {
    const content = encodeState(config, kept(SLOTS_PER_EPOCH));
    fc.assert(
      fc.property(fc.nat(content.length - 1), fc.integer({min: 1, max: 255}), (at, xor) => {
        const damaged = content.slice();
        damaged[at] = (damaged[at] as number) ^ xor;
        assert.equal(decodeState(config, damaged).kind, "unusable");
        assert.equal(decodeState(config, content.subarray(0, at)).kind, "unusable");
      }),
      {numRuns: 100},
    );
    assert.equal(decodeState(config, Buffer.concat([content, Buffer.alloc(1)])).kind, "unusable");
  });
});
