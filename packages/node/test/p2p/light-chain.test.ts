import assert from "node:assert/strict";
import type {Slot} from "@mote/core";
import {fakeRoot} from "@mote/testing";
import {LightChain} from "../../src/p2p/light-chain.ts";

describe("LightChain", () => {
  let headSlot = 0 as Slot;
  const nothing = {
    lightClientBootstrap: () => null,
    lightClientUpdates: () => [],
    lightClientFinalityUpdate: () => null,
    lightClientOptimisticUpdate: () => null,
  };
  const chain = new LightChain({lightClient: nothing, headSlot: () => headSlot});

  it("says that it is at genesis, so that nobody comes to sync from it", () => {
    chain.genesisRoot = fakeRoot(7);
    headSlot = 900 as Slot;
    const {headRoot, headSlot: head, finalizedEpoch, finalizedRoot, earliestAvailableSlot} = chain.status();
    assert.deepEqual([headRoot, head], [fakeRoot(7), 0]);
    assert.deepEqual([finalizedEpoch, finalizedRoot], [0, fakeRoot(0)]);
    assert.equal(earliestAvailableSlot, 900);
  });

  it("has no blocks, and what the light client has", () => {
    assert.deepEqual([[...chain.blocksByRange()], [...chain.blocksByRoot()]], [[], []]);
    assert.equal(chain.lightClientBootstrap(fakeRoot(1)), null);
    assert.deepEqual(chain.lightClientUpdates(0, 9), []);
    assert.deepEqual([chain.lightClientFinalityUpdate(), chain.lightClientOptimisticUpdate()], [null, null]);
  });
});
