import assert from "node:assert/strict";
import {SLOTS_PER_EPOCH, SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import {ssz} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {LightClientStore} from "../../src/light-client-store.ts";
import {initializeState} from "../../src/rules/light-client-state.ts";
import type {AnyUpdate} from "../../src/rules/upgraded-update.ts";
import {PlainVerifier} from "../support/committee-keys.ts";
import {committeeOf, MadeChain, madeConfig, SLOTS_PER_PERIOD} from "../support/made-chain.ts";

const NEXT_PERIOD = SLOTS_PER_PERIOD;
const epochs = (count: number): number => count * SLOTS_PER_EPOCH;

/** The situations of the official sync tests that a client without forced updates comes into, one after the other. */
describe("a sequence of updates", () => {
  const config = madeConfig(1000);
  const chain = new MadeChain({config});
  const verifier = new PlainVerifier();

  function begin(slot: number): LightClientStore {
    const initialized = initializeState(config, chain.root(slot), chain.bootstrap(slot));
    assert(initialized.kind === "initialized");
    return new LightClientStore({config, state: initialized.state}, {verifier});
  }

  async function take(store: LightClientStore, update: AnyUpdate): Promise<void> {
    assert.deepEqual(await refusalOf(store, update), null);
  }

  async function refusalOf(store: LightClientStore, update: AnyUpdate) {
    const verdict = await store.process(update, 10_000 as Slot);
    return verdict.kind === "refused" ? verdict.reason : null;
  }

  function expect(
    {state}: LightClientStore,
    expected: {readonly finalized: number; readonly optimistic: number; readonly next: number | null},
  ): void {
    const {finalizedHeader, optimisticHeader, nextSyncCommittee} = state;
    assert.equal(finalizedHeader.beacon.slot, expected.finalized, "finalized");
    assert.equal(optimisticHeader.beacon.slot, expected.optimistic, "optimistic");
    if (nextSyncCommittee === null || expected.next === null) assert.equal(nextSyncCommittee, expected.next);
    else assert.ok(ssz.altair.SyncCommittee.equals(nextSyncCommittee, committeeOf(expected.next).committee));
  }

  /** Knows the committee of the next period. */
  async function settled(): Promise<LightClientStore> {
    const store = begin(epochs(4));
    await take(store, chain.update({attestedSlot: epochs(7)}));
    expect(store, {finalized: epochs(5), optimistic: epochs(7), next: 1});
    return store;
  }

  it("takes what the next committee signed of the last block before it, once that committee is known", async () => {
    const update = chain.update({attestedSlot: NEXT_PERIOD - 1, signatureSlot: NEXT_PERIOD});
    const store = await settled();
    await take(store, update);
    expect(store, {finalized: epochs(5), optimistic: NEXT_PERIOD - 1, next: 1});
    assert.equal(await refusalOf(begin(epochs(4)), update), "UNKNOWN_COMMITTEE");
  });

  it("keeps its committees while finality has not come into the next period, whatever committee comes along", async () => {
    const store = await settled();
    await take(store, chain.update({attestedSlot: NEXT_PERIOD + 3}));
    expect(store, {finalized: epochs(6), optimistic: NEXT_PERIOD + 3, next: 1});
    await take(store, chain.update({attestedSlot: NEXT_PERIOD + epochs(3)}));
    expect(store, {finalized: NEXT_PERIOD + epochs(1), optimistic: NEXT_PERIOD + epochs(3), next: 2});
    assert.equal(await refusalOf(store, chain.update({attestedSlot: 3 * SLOTS_PER_PERIOD + 1})), "UNKNOWN_COMMITTEE");
  });

  it("moves the optimistic header alone by what says nothing of finality, and learns no committee by it", async () => {
    const store = begin(epochs(4));
    await take(store, chain.update({attestedSlot: epochs(7), finalizedSlot: null}));
    expect(store, {finalized: epochs(4), optimistic: epochs(7), next: null});
  });

  it("moves the optimistic header alone by a state that calls an older block finalized", async () => {
    const store = await settled();
    await take(store, chain.update({attestedSlot: epochs(7) + 1, finalizedSlot: epochs(3)}));
    expect(store, {finalized: epochs(5), optimistic: epochs(7) + 1, next: 1});
  });

  it("learns the next committee by an update that is older than all it knows", async () => {
    const store = begin(epochs(7));
    await take(store, chain.update({attestedSlot: epochs(5)}));
    expect(store, {finalized: epochs(7), optimistic: epochs(7), next: 1});
  });

  it("learns no committee by finality of the period before", async () => {
    const store = begin(NEXT_PERIOD);
    await take(store, chain.update({attestedSlot: NEXT_PERIOD + 3}));
    expect(store, {finalized: NEXT_PERIOD, optimistic: NEXT_PERIOD + 3, next: null});
    const old = chain.update({attestedSlot: NEXT_PERIOD - 3});
    assert.equal(await refusalOf(store, old), "UNKNOWN_COMMITTEE");
    // The committee that this brings is the one that the store has for its own period.
    const edge = chain.update({attestedSlot: NEXT_PERIOD - 1, signatureSlot: NEXT_PERIOD});
    assert.equal(await refusalOf(begin(NEXT_PERIOD), edge), "NOT_RELEVANT");
  });

  it("advances finality while the next committee is not known, and takes that later", async () => {
    const store = await settled();
    const at = (slot: number) => ({attestedSlot: NEXT_PERIOD + slot});
    await take(store, chain.finalityUpdate(at(epochs(3))));
    expect(store, {finalized: NEXT_PERIOD + epochs(1), optimistic: NEXT_PERIOD + epochs(3), next: null});
    await take(store, chain.update({...at(epochs(4)), finalizedSlot: null, hasCommittee: false}));
    expect(store, {finalized: NEXT_PERIOD + epochs(1), optimistic: NEXT_PERIOD + epochs(4), next: null});
    await take(store, chain.update({...at(epochs(4)), hasCommittee: false}));
    expect(store, {finalized: NEXT_PERIOD + epochs(2), optimistic: NEXT_PERIOD + epochs(4), next: null});
    assert.equal(await refusalOf(store, chain.optimisticUpdate(at(SLOTS_PER_PERIOD))), "UNKNOWN_COMMITTEE");
    await take(store, chain.update(at(epochs(4))));
    expect(store, {finalized: NEXT_PERIOD + epochs(2), optimistic: NEXT_PERIOD + epochs(4), next: 2});
  });

  it("asks of optimistic headers more than half of those who signed at most in this period and the one before", async () => {
    const twoThirds = Math.ceil((SYNC_COMMITTEE_SIZE * 2) / 3);
    const store = await settled();
    const isTaken = async (attestedSlot: number, signed: number) => {
      await take(store, chain.optimisticUpdate({attestedSlot, signed}));
      return store.state.optimisticHeader.beacon.slot === attestedSlot;
    };
    for (const [period, most] of [
      [1, SYNC_COMMITTEE_SIZE],
      [2, twoThirds],
    ] as const) {
      const attestedSlot = period * SLOTS_PER_PERIOD + epochs(3);
      await take(store, chain.update({attestedSlot, signed: twoThirds}));
      expect(store, {finalized: attestedSlot - epochs(2), optimistic: attestedSlot, next: period + 1});
      assert.equal(await isTaken(attestedSlot + 1, Math.floor(most / 2)), false);
      assert.equal(await isTaken(attestedSlot + 2, Math.floor(most / 2) + 1), true);
    }
  });
});
