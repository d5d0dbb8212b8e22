import assert from "node:assert/strict";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import type {LightClientUpdate} from "@lodestar/types";
import type {Slot} from "@mote/core";
import fc from "fast-check";
import {initializeState, type LightClientState} from "../../src/rules/light-client-state.ts";
import {isSendersFault} from "../../src/rules/refusal.ts";
import {upgradeUpdate} from "../../src/rules/upgraded-update.ts";
import {validateUpdate} from "../../src/rules/validate-update.ts";
import {PlainVerifier} from "../support/committee-keys.ts";
import {headerAt, lightClientTypes, MadeChain, madeConfig} from "../support/made-chain.ts";

const GLOAS_EPOCH = 4;
const BEGIN = SLOTS_PER_EPOCH;
const RUNS = 150;

describe("a mutated update", () => {
  const config = madeConfig(GLOAS_EPOCH);
  const chain = new MadeChain({config});
  const verifier = new PlainVerifier();
  let state: LightClientState;

  before(() => {
    const initialized = initializeState(config, chain.root(BEGIN), chain.bootstrap(BEGIN));
    assert.equal(initialized.kind, "initialized");
    state = (initialized as {state: LightClientState}).state;
  });

  async function judge(update: LightClientUpdate) {
    const upgraded = upgradeUpdate(config, update);
    if (upgraded.kind === "refused") return upgraded.reason;
    return validateUpdate(state, upgraded.update, {config, currentSlot: 1000 as Slot}, verifier);
  }

  for (const [fork, attestedSlot] of [
    ["Fulu", (GLOAS_EPOCH - 1) * SLOTS_PER_EPOCH],
    ["Gloas", (GLOAS_EPOCH + 1) * SLOTS_PER_EPOCH],
  ] as const) {
    it(`of ${fork} is never taken and throws nothing`, async () => {
      const {LightClientUpdate} = lightClientTypes(config, attestedSlot);
      const update = chain.update({attestedSlot});
      const bytes = LightClientUpdate.serialize(update as never);
      assert.equal(await judge(LightClientUpdate.deserialize(bytes)), null);
      const change = fc.record({
        at: fc.oneof(fc.nat(bytes.length - 1), fc.integer({min: bytes.length - 1500, max: bytes.length - 1})),
        xor: fc.integer({min: 1, max: 255}),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(change, {minLength: 1, maxLength: 4}), async (changes) => {
          const mutated = bytes.slice();
          for (const {at, xor} of changes) mutated[at] = (mutated[at] as number) ^ xor;
          const decoded = decode(() => LightClientUpdate.deserialize(mutated));
          if (decoded === null) return;
          // By itself that slot is nobody's lie: see the next test.
          const elsewhere = LightClientUpdate.serialize({...decoded, signatureSlot: update.signatureSlot} as never);
          fc.pre(!Buffer.from(elsewhere).equals(bytes));
          assert.notEqual(await judge(decoded), null);
        }),
        {numRuns: RUNS},
      );
    });
  }

  it("in its signature's slot alone is taken where fork and sync-committee period are the same: no more of it is signed", async () => {
    for (const {attestedSlot, first, last} of [
      // The slot before the signature's tells the fork: that of the last one here is still in Fulu.
      {attestedSlot: 3 * SLOTS_PER_EPOCH, first: 3 * SLOTS_PER_EPOCH + 1, last: GLOAS_EPOCH * SLOTS_PER_EPOCH},
      {attestedSlot: 5 * SLOTS_PER_EPOCH, first: 5 * SLOTS_PER_EPOCH + 1, last: 8 * SLOTS_PER_EPOCH - 1},
    ]) {
      const update = chain.update({attestedSlot});
      const taken: number[] = [];
      for (let signatureSlot = 0; signatureSlot <= 16 * SLOTS_PER_EPOCH; signatureSlot++)
        if ((await judge({...update, signatureSlot} as LightClientUpdate)) === null) taken.push(signatureSlot);
      assert.deepEqual(
        taken,
        Array.from({length: last - first + 1}, (_, nth) => first + nth),
      );
    }
  });

  it("with random numbers in its slots is never taken and throws nothing", async () => {
    const slot = fc.oneof(fc.nat(2000), fc.constantFrom(2 ** 53, 2 ** 63, 2 ** 64, Number.POSITIVE_INFINITY));
    await fc.assert(
      fc.asyncProperty(slot, slot, slot, async (attested, finalized, signature) => {
        const update = chain.update({attestedSlot: 3 * SLOTS_PER_EPOCH});
        const {attestedHeader, finalizedHeader} = update;
        const lie = {
          ...update,
          attestedHeader: headerAt(attestedHeader, attested),
          finalizedHeader: headerAt(finalizedHeader, finalized),
          signatureSlot: signature,
        } as LightClientUpdate;
        assert.notEqual(await judge(lie), null);
      }),
      {numRuns: RUNS},
    );
  });

  it("costs whoever sent it, when its bytes are wrong and its slots are not", async () => {
    const update = chain.update({attestedSlot: 3 * SLOTS_PER_EPOCH});
    const {LightClientUpdate} = lightClientTypes(config, 3 * SLOTS_PER_EPOCH);
    const bytes = LightClientUpdate.serialize(update as never);
    bytes[bytes.length - 20]! ^= 1;
    const refusal = await judge(LightClientUpdate.deserialize(bytes));
    assert.ok(refusal !== null && isSendersFault(refusal), `${refusal}`);
  });
});

/** Null for bytes that are no such message: those never reach the rules. */
function decode(run: () => LightClientUpdate): LightClientUpdate | null {
  try {
    return run();
  } catch {
    return null;
  }
}
