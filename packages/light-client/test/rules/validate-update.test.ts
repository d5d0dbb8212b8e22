import assert from "node:assert/strict";
import {type ForkName, SLOTS_PER_EPOCH, SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import {type LightClientHeader, type LightClientUpdate, ssz} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {processUpdate} from "../../src/rules/apply-update.ts";
import {initializeState, type LightClientState} from "../../src/rules/light-client-state.ts";
import type {LightClientRefusal} from "../../src/rules/refusal.ts";
import {type AnyUpdate, type UpgradedUpdate, upgradeUpdate} from "../../src/rules/upgraded-update.ts";
import {validateUpdate} from "../../src/rules/validate-update.ts";
import {CommitteeKeys, PlainVerifier} from "../support/committee-keys.ts";
import {copyOf, flip, lightClientTypes, MadeChain, madeConfig, SLOTS_PER_PERIOD} from "../support/made-chain.ts";

const GLOAS_EPOCH = 12;
const BEGIN = 4 * SLOTS_PER_EPOCH;

describe("validateUpdate", () => {
  const config = madeConfig(GLOAS_EPOCH);
  const chain = new MadeChain({config});
  const verifier = new PlainVerifier();

  function begin(slot = BEGIN): LightClientState {
    const initialized = initializeState(config, chain.root(slot), chain.bootstrap(slot));
    assert.equal(initialized.kind, "initialized");
    return (initialized as {state: LightClientState}).state;
  }

  async function judge(state: LightClientState, update: AnyUpdate, currentSlot = 10_000) {
    const upgraded = upgradeUpdate(config, update);
    if (upgraded.kind === "refused") return upgraded.reason;
    return validateUpdate(state, upgraded.update, {config, currentSlot: currentSlot as Slot}, verifier);
  }

  async function take(state: LightClientState, update: AnyUpdate): Promise<LightClientState> {
    assert.equal(await judge(state, update), null);
    const upgraded = upgradeUpdate(config, update);
    assert.equal(upgraded.kind, "upgraded");
    return processUpdate(state, (upgraded as {update: UpgradedUpdate}).update);
  }

  const changed = (update: LightClientUpdate, change: (copy: LightClientUpdate) => void): LightClientUpdate => {
    const copy = copyOf(config, update);
    change(copy);
    return copy;
  };

  const attestedSlot = 7 * SLOTS_PER_EPOCH;

  it("takes a sound update", async () => {
    const state = await take(begin(), chain.update({attestedSlot}));
    assert.equal(state.finalizedHeader.beacon.slot, 5 * SLOTS_PER_EPOCH);
    assert.equal(state.optimisticHeader.beacon.slot, attestedSlot);
    assert.notEqual(state.nextSyncCommittee, null);
  });

  it("takes a finality and an optimistic update", async () => {
    const finalized = await take(begin(), chain.finalityUpdate({attestedSlot}));
    assert.equal(finalized.finalizedHeader.beacon.slot, 5 * SLOTS_PER_EPOCH);
    assert.equal(finalized.nextSyncCommittee, null);
    const optimistic = await take(begin(), chain.optimisticUpdate({attestedSlot}));
    assert.equal(optimistic.finalizedHeader.beacon.slot, BEGIN);
    assert.equal(optimistic.optimisticHeader.beacon.slot, attestedSlot);
  });

  it("takes less than 2/3 of the committee for optimistic, never for final", async () => {
    const signed = Math.floor(SYNC_COMMITTEE_SIZE * 0.6);
    const state = await take(begin(), chain.update({attestedSlot, signed}));
    assert.equal(state.optimisticHeader.beacon.slot, attestedSlot);
    assert.equal(state.finalizedHeader.beacon.slot, BEGIN);
    assert.equal(state.nextSyncCommittee, null);
  });

  it("finalizes by exactly 2/3 and not by one seat less", async () => {
    const enough = Math.ceil((SYNC_COMMITTEE_SIZE * 2) / 3);
    assert.equal((await take(begin(), chain.update({attestedSlot, signed: enough}))).finalizedHeader.beacon.slot, 40);
    const state = await take(begin(), chain.update({attestedSlot, signed: enough - 1}));
    assert.equal(state.finalizedHeader.beacon.slot, BEGIN);
  });

  it("keeps the optimistic header against a handful of signers", async () => {
    const before = await take(begin(), chain.optimisticUpdate({attestedSlot}));
    const after = await take(before, chain.optimisticUpdate({attestedSlot: attestedSlot + 1, signed: 3}));
    assert.equal(after.optimisticHeader.beacon.slot, attestedSlot);
  });

  it("follows across periods and the fork to Gloas", async () => {
    let state = begin();
    for (let period = 0; period < 3; period++) {
      const slot = period * SLOTS_PER_PERIOD + 7 * SLOTS_PER_EPOCH;
      state = await take(state, chain.update({attestedSlot: slot}));
      assert.equal(state.finalizedHeader.beacon.slot, slot - 2 * SLOTS_PER_EPOCH);
    }
    const fork = GLOAS_EPOCH * SLOTS_PER_EPOCH;
    assert.ok(state.finalizedHeader.beacon.slot > fork);
  });

  it("takes the last signatures of Fulu over the fork's edge, and a finalized header of Fulu in the form of Gloas", async () => {
    const fork = GLOAS_EPOCH * SLOTS_PER_EPOCH;
    const state = await take(begin(), chain.update({attestedSlot}));
    const ofFulu = await take(state, chain.finalityUpdate({attestedSlot: fork - 1, signatureSlot: fork}));
    assert.equal(ofFulu.optimisticHeader.beacon.slot, fork - 1);
    // The block of the fork's first slot carries signatures of the slot before, under Fulu's version.
    const wrong = chain.finalityUpdate({attestedSlot: fork - 1, signatureSlot: fork, domainSlot: fork});
    assert.equal(await judge(state, wrong), "INVALID_SIGNATURE");
    const ofGloas = await take(ofFulu, chain.finalityUpdate({attestedSlot: fork + 1}));
    assert.equal(ofGloas.finalizedHeader.beacon.slot, fork - 2 * SLOTS_PER_EPOCH);
  });

  const gloasSlot = GLOAS_EPOCH * SLOTS_PER_EPOCH + 3 * SLOTS_PER_EPOCH;
  for (const [fork, slot, beginSlot] of [
    ["Fulu", attestedSlot, BEGIN],
    ["Gloas", gloasSlot, GLOAS_EPOCH * SLOTS_PER_EPOCH],
  ] as const) {
    describe(`refuses in ${fork}`, () => {
      const sound = () => chain.update({attestedSlot: slot});
      const cases: readonly [string, () => LightClientUpdate, LightClientRefusal][] = [
        [
          "a forged signature",
          () => changed(sound(), (u) => flip(u.syncAggregate.syncCommitteeSignature, 5)),
          "INVALID_SIGNATURE",
        ],
        [
          "another committee's signature",
          () => chain.update({attestedSlot: slot, keys: new CommitteeKeys(77)}),
          "INVALID_SIGNATURE",
        ],
        [
          "one bit more than signed",
          () =>
            changed(chain.update({attestedSlot: slot, signed: 30}), (u) =>
              u.syncAggregate.syncCommitteeBits.set(31, true),
            ),
          "INVALID_SIGNATURE",
        ],
        [
          "nobody's signature",
          () => changed(sound(), (u) => u.syncAggregate.syncCommitteeBits.uint8Array.fill(0)),
          "TOO_FEW_PARTICIPANTS",
        ],
        [
          "another state root",
          () => changed(sound(), (u) => flip(u.attestedHeader.beacon.stateRoot, 0)),
          "UNPROVEN_FINALITY",
        ],
        ["another body", () => changed(sound(), (u) => flip(u.attestedHeader.beacon.bodyRoot, 0)), "INVALID_HEADER"],
        [
          "another parent",
          () => changed(sound(), (u) => flip(u.attestedHeader.beacon.parentRoot, 0)),
          "INVALID_SIGNATURE",
        ],
        [
          "another finalized header",
          () => changed(sound(), (u) => void u.finalizedHeader.beacon.proposerIndex++),
          "UNPROVEN_FINALITY",
        ],
        ["a wrong finality branch", () => changed(sound(), (u) => flip(u.finalityBranch[2]!, 0)), "UNPROVEN_FINALITY"],
        [
          "a finalized header without a branch",
          () =>
            changed(sound(), (u) => {
              for (const node of u.finalityBranch) node.fill(0);
            }),
          "UNPROVEN_FINALITY",
        ],
        [
          "a wrong committee branch",
          () => changed(sound(), (u) => flip(u.nextSyncCommitteeBranch[1]!, 0)),
          "UNPROVEN_COMMITTEE",
        ],
        [
          "another next committee",
          () => changed(sound(), (u) => flip(u.nextSyncCommittee.pubkeys[3]!, 9)),
          "UNPROVEN_COMMITTEE",
        ],
        [
          "a committee without a branch",
          () =>
            changed(sound(), (u) => {
              for (const node of u.nextSyncCommitteeBranch) node.fill(0);
            }),
          "UNPROVEN_COMMITTEE",
        ],
        [
          "slots that run backwards",
          () => changed(sound(), (u) => Object.assign(u, {signatureSlot: slot})),
          "SLOTS_OUT_OF_ORDER",
        ],
        [
          "a finalized block that is newer than the state",
          () => chain.update({attestedSlot: slot, finalizedSlot: slot + 1}),
          "SLOTS_OUT_OF_ORDER",
        ],
        [
          "a signature slot of the future",
          () => chain.update({attestedSlot: slot, signatureSlot: 10_001}),
          "FROM_THE_FUTURE",
        ],
        ["an unknown committee", () => chain.update({attestedSlot: slot + SLOTS_PER_PERIOD}), "UNKNOWN_COMMITTEE"],
        [
          "another execution proof",
          () =>
            changed(sound(), (u) =>
              flip((u.finalizedHeader as LightClientHeader<ForkName.fulu>).executionBranch.at(-1)!, 0),
            ),
          "INVALID_HEADER",
        ],
      ];
      for (const [what, make, refusal] of cases) {
        it(what, async () => {
          assert.equal(await judge(begin(beginSlot), make()), refusal);
        });
      }

      it("what is older than the finalized header", async () => {
        const state = await take(begin(beginSlot), sound());
        assert.equal(await judge(state, chain.update({attestedSlot: slot - 3 * SLOTS_PER_EPOCH})), "NOT_RELEVANT");
      });

      it("another next committee than the one that is known", async () => {
        const state = await take(begin(beginSlot), sound());
        const other = changed(chain.update({attestedSlot: slot + 1}), (u) => flip(u.nextSyncCommittee.pubkeys[0]!, 9));
        assert.equal(await judge(state, other), "OTHER_COMMITTEE");
      });
    });
  }

  it("refuses the form of another fork", async () => {
    const ofGloas = chain.update({attestedSlot: gloasSlot});
    const asFulu = {...chain.update({attestedSlot}), attestedHeader: ofGloas.attestedHeader};
    assert.equal(await judge(begin(), asFulu as LightClientUpdate), "WRONG_FORMAT");
    const header = chain.header(attestedSlot, gloasSlot);
    assert.equal(
      await judge(begin(), {...chain.update({attestedSlot}), attestedHeader: header} as LightClientUpdate),
      "WRONG_FORMAT",
    );
    const finalizedHeader = chain.header(5 * SLOTS_PER_EPOCH, gloasSlot);
    assert.equal(
      await judge(begin(), {...chain.update({attestedSlot}), finalizedHeader} as LightClientUpdate),
      "WRONG_FORMAT",
    );
  });

  it("asks for no signature when anything else is wrong", async () => {
    const before = verifier.verified;
    await judge(
      begin(),
      changed(chain.update({attestedSlot}), (u) => flip(u.finalityBranch[2]!, 0)),
    );
    assert.equal(verifier.verified, before);
  });

  it("knows genesis by zeros", async () => {
    const state = begin(1);
    const update = chain.finalityUpdate({attestedSlot: SLOTS_PER_EPOCH});
    assert.ok(
      ssz.deneb.LightClientHeader.equals(update.finalizedHeader as never, ssz.deneb.LightClientHeader.defaultValue()),
    );
    const after = await take(state, update);
    assert.equal(after.finalizedHeader.beacon.slot, 1);
    const lie = {
      ...update,
      finalizedHeader: {...update.finalizedHeader, beacon: {...update.finalizedHeader.beacon, proposerIndex: 1}},
    };
    assert.equal(await judge(state, lie as typeof update), "UNPROVEN_FINALITY");
  });

  describe("initializeState", () => {
    for (const slot of [BEGIN, gloasSlot]) {
      it(`refuses what is not proven by the trusted root, at slot ${slot}`, () => {
        const reason = (bootstrap: ReturnType<MadeChain["bootstrap"]>, root = chain.root(slot)) => {
          const initialized = initializeState(config, root, bootstrap);
          return initialized.kind === "refused" ? initialized.reason : null;
        };
        const {LightClientBootstrap} = lightClientTypes(config, slot);
        const fresh = () =>
          LightClientBootstrap.deserialize(LightClientBootstrap.serialize(chain.bootstrap(slot) as never));
        assert.equal(reason(fresh()), null);
        assert.equal(reason(fresh(), chain.root(slot + 1)), "OTHER_BLOCK");
        const otherCommittee = fresh();
        flip(otherCommittee.currentSyncCommittee.pubkeys[0]!, 3);
        assert.equal(reason(otherCommittee), "UNPROVEN_COMMITTEE");
        const otherExecution = fresh();
        flip(otherExecution.header.executionBranch.at(-1)!, 0);
        assert.equal(reason(otherExecution), "INVALID_HEADER");
        const otherLength = fresh();
        otherLength.currentSyncCommitteeBranch.push(new Uint8Array(32));
        assert.equal(reason(otherLength), "WRONG_FORMAT");
      });
    }
  });
});
