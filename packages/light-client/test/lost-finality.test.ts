import assert from "node:assert/strict";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {finalizedSlotAt, SLOTS_PER_PERIOD} from "./support/made-chain.ts";
import {MadeWorld} from "./support/made-light-client.ts";

const TRUSTED = SLOTS_PER_EPOCH;
const EPOCHS_PER_PERIOD = SLOTS_PER_PERIOD / SLOTS_PER_EPOCH;
/** From the epoch on, the state calls the same block finalized. */
const LOST_EPOCH = EPOCHS_PER_PERIOD - 2;
const LAST_FINALIZED = (LOST_EPOCH - 3) * SLOTS_PER_EPOCH;

/** Finality as it should be, but for the epochs from `LOST_EPOCH` up to the one that it comes back in. */
const lostUntil = (epoch: number) => (slot: number) => {
  const isLost = slot >= LOST_EPOCH * SLOTS_PER_EPOCH && slot < epoch * SLOTS_PER_EPOCH;
  return isLost ? LAST_FINALIZED : finalizedSlotAt(slot);
};

describe("LightClient while the chain finalizes nothing", () => {
  let world: MadeWorld;

  afterEach(() => world.close());

  async function follow(finalizedAt: (slot: number) => number, slot = LOST_EPOCH * SLOTS_PER_EPOCH - 1) {
    world = new MadeWorld({slot, finalizedAt});
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    return client;
  }

  const toSlot = (slot: number) => world.slots(slot - world.slotClock.currentSlot());
  const bootstraps = () => world.peer.asked.filter((asked) => asked === "bootstrap").length;

  it("follows heads into the next period, and finality by itself once it is back", async () => {
    const backEpoch = EPOCHS_PER_PERIOD + 5;
    const client = await follow(lostUntil(backEpoch));
    await toSlot(backEpoch * SLOTS_PER_EPOCH);
    assert.equal(client.finalized()?.slot, LAST_FINALIZED);
    assert.equal(client.optimistic()?.header.slot, backEpoch * SLOTS_PER_EPOCH - 1);
    await toSlot(backEpoch * SLOTS_PER_EPOCH + 3);
    assert.equal(client.finalized()?.slot, (backEpoch - 2) * SLOTS_PER_EPOCH);
    await toSlot(3 * SLOTS_PER_PERIOD);
    assert.equal(client.finalized()?.slot, 3 * SLOTS_PER_PERIOD - 3 * SLOTS_PER_EPOCH);
    assert.equal(bootstraps(), 1);
    assert.deepEqual(world.peer.blamed, []);
  });

  it("goes on past a period that it slept through, if finality came back before its committee's time was over", async () => {
    const backEpoch = 2 * EPOCHS_PER_PERIOD - 1;
    const client = await follow(lostUntil(backEpoch));
    world.updates.list = [];
    await toSlot(2 * SLOTS_PER_PERIOD + 3 * SLOTS_PER_EPOCH);
    assert.equal(client.finalized()?.slot, LAST_FINALIZED);
    world.updates.list = [world.peer];
    await toSlot(2 * SLOTS_PER_PERIOD + 6 * SLOTS_PER_EPOCH);
    assert.equal(client.finalized()?.slot, 2 * SLOTS_PER_PERIOD + 3 * SLOTS_PER_EPOCH);
    assert.equal(bootstraps(), 1);
  });

  it("learns the next committee by updates that finalize nothing newer", async () => {
    // It begins at the last finalized block of the period, which all updates of the period call finalized.
    world = new MadeWorld({slot: SLOTS_PER_PERIOD - 3, finalizedAt: lostUntil(EPOCHS_PER_PERIOD + 3)});
    const client = world.client({trustedSlot: LAST_FINALIZED});
    client.start();
    await world.settle();
    await toSlot(SLOTS_PER_PERIOD + 4);
    assert.equal(client.finalized()?.slot, LAST_FINALIZED);
    assert.equal(client.optimistic()?.header.slot, SLOTS_PER_PERIOD + 3);
    await toSlot(SLOTS_PER_PERIOD + 4 * SLOTS_PER_EPOCH);
    assert.ok((client.finalized()?.slot ?? 0) >= SLOTS_PER_PERIOD);
  });

  it("stands still after a period without, says so, and goes on from a later block that is vouched for", async () => {
    const client = await follow(lostUntil(2 * EPOCHS_PER_PERIOD + 2));
    await toSlot(2 * SLOTS_PER_PERIOD + 5 * SLOTS_PER_EPOCH);
    assert.equal(client.finalized()?.slot, LAST_FINALIZED);
    // The last block of its last known committee: the one after it is signed by the next.
    assert.equal(client.optimistic()?.header.slot, 2 * SLOTS_PER_PERIOD - 2);
    assert.match(
      world.log.lines.join("\n"),
      /warn .*proves nothing meanwhile; past a period .*newer --checkpoint-root/,
    );
    assert.deepEqual(world.peer.blamed, []);
    await client.stop();
    const again = world.client({trustedSlot: 2 * SLOTS_PER_PERIOD + 2 * SLOTS_PER_EPOCH});
    again.start();
    await toSlot(3 * SLOTS_PER_PERIOD);
    assert.equal(again.finalized()?.slot, 3 * SLOTS_PER_PERIOD - 3 * SLOTS_PER_EPOCH);
  });
});
