import assert from "node:assert/strict";
import {
  contributionAndProofSigningRoot,
  payloadAttestationSigningRoot,
  syncCommitteeMessageSigningRoot,
  syncCommitteeSelectionProofSigningRoot,
} from "@mote/consensus";
import type {FailureReason, PtcDuty, Pubkey, Root, Slot, SyncDuty} from "@mote/core";
import {signableMessages} from "@mote/testing";
import type {SigningGate} from "../../src/signing-gate.ts";
import {
  config,
  FEE_RECIPIENT,
  forkingConfig,
  GAS_LIMIT,
  GateFixture,
  gloasConfig,
  INACTIVE,
  KEYS,
  reasonOf,
  root,
  SLOTS_PER_EPOCH,
} from "../gate-fixture.ts";

const SLOT = 20 as Slot;
const [KEY_A, KEY_B, KEY_C] = KEYS as [Pubkey, Pubkey, Pubkey];

const messagesOf = (slot: number) =>
  signableMessages({
    slot: slot as Slot,
    slotsPerEpoch: SLOTS_PER_EPOCH,
    pubkey: KEY_A,
    feeRecipient: FEE_RECIPIENT,
    gasLimit: GAS_LIMIT,
    nowSec: 0,
  });

const gloasFixture = () => new GateFixture(SLOT, {config: gloasConfig});

describe("SigningGate.signSyncCommitteeMessages", () => {
  const dutiesOf = (keys: readonly Pubkey[]): SyncDuty[] =>
    keys.map((pubkey, seat) => ({pubkey, validatorIndex: seat as SyncDuty["validatorIndex"], seats: [seat, seat + 8]}));

  const sign = async (gate: SigningGate, slot: number, {head = root(0xaa), keys = [KEY_A]} = {}) => {
    const results = await gate.signSyncCommitteeMessages({slot: slot as Slot, beaconBlockRoot: head}, dutiesOf(keys));
    return results.map(({outcome}) => reasonOf(outcome));
  };

  it("signs the head for every member, whatever its seats", async () => {
    const fixture = new GateFixture(SLOT);
    const duties = dutiesOf(KEYS);
    const head = {slot: SLOT, beaconBlockRoot: root(0xaa)};
    const results = await fixture.newGate().signSyncCommitteeMessages(head, duties);
    assert.deepEqual(
      results.map(({duty}) => duty),
      duties,
    );
    const signingRoot = syncCommitteeMessageSigningRoot(config, SLOT, head.beaconBlockRoot);
    assert.deepEqual(
      fixture.signer.signed,
      KEYS.map((pubkey) => ({pubkey, signingRoot})),
    );
    assert.deepEqual(new Set(fixture.purposes), new Set(["sync"]));
  });

  it("signs once a slot and key, whatever the head", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    assert.deepEqual(await sign(gate, SLOT), ["signed"]);
    assert.deepEqual(await sign(gate, SLOT, {head: root(0xbb), keys: [KEY_A, KEY_B, KEY_B]}), [
      "ALREADY_ATTEMPTED",
      "signed",
      "ALREADY_ATTEMPTED",
    ]);
    assert.deepEqual(await sign(gate, SLOT - 1), ["signed"]);
    assert.equal(fixture.signer.signed.length, 3);
  });

  const refusals: [string, number, Root, FailureReason][] = [
    ["a slot ahead", SLOT + 1, root(1), "SLOT_IN_FUTURE"],
    ["a slot long over", SLOT - 2, root(1), "SLOT_PASSED_BY"],
    ["a slot that is no number", Number.NaN, root(1), "BEACON_DATA_INVALID"],
    ["a root that is too long", SLOT, `${root(1)}${"00".repeat(32)}` as Root, "BEACON_DATA_INVALID"],
    ["a root that is too short", SLOT, "0x12", "BEACON_DATA_INVALID"],
    ["a root that is none", SLOT, null as unknown as Root, "BEACON_DATA_INVALID"],
  ] as [string, number, Root, FailureReason][];
  for (const [what, slot, head, reason] of refusals) {
    it(`refuses ${what}`, async () => {
      const fixture = new GateFixture(SLOT);
      assert.deepEqual(await sign(fixture.newGate(), slot, {head, keys: [KEY_A, KEY_B]}), [reason, reason]);
      assert.deepEqual(fixture.signer.signed, []);
    });
  }

  it("keeps each failure to its own member", async () => {
    const fixture = new GateFixture(SLOT);
    fixture.refusals.set(KEY_A, INACTIVE);
    fixture.signer.failures.set(KEY_B, "no answer");
    assert.deepEqual(await sign(fixture.newGate(), SLOT, {keys: [KEY_A, KEY_B, KEY_C]}), [
      "KEY_NOT_ACTIVE",
      "SIGNER_FAILED",
      "signed",
    ]);
  });
});

describe("SigningGate and the sync committee's contributions", () => {
  it("signs selection proofs of the first epochs long before genesis, and none further ahead", async () => {
    const gate = new GateFixture(-1000).newGate();
    const signAt = (slot: number) => gate.signSyncCommitteeSelectionProof(KEY_A, {slot, subcommitteeIndex: 2});
    assert.equal((await signAt(0)).kind, "signed");
    assert.equal((await signAt(15)).kind, "signed");
    assert.equal(reasonOf(await signAt(16)), "SLOT_IN_FUTURE");
  });

  it("signs selection proofs up to the next epoch's end", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    const data = {slot: 31, subcommitteeIndex: 2};
    const outcome = await gate.signSyncCommitteeSelectionProof(KEY_A, data);
    assert(outcome.kind === "signed");
    assert.equal(outcome.signingRoot, syncCommitteeSelectionProofSigningRoot(config, data));
    fixture.signer.signed.length = 0;
    for (const [slot, reason] of [
      [32, "SLOT_IN_FUTURE"],
      [Number.NaN, "BEACON_DATA_INVALID"],
    ] as const) {
      const refusal = await gate.signSyncCommitteeSelectionProof(KEY_A, {slot, subcommitteeIndex: 2});
      assert.equal(reasonOf(refusal), reason);
    }
    fixture.refusals.set(KEY_A, INACTIVE);
    assert.equal(reasonOf(await gate.signSyncCommitteeSelectionProof(KEY_A, data)), "KEY_NOT_ACTIVE");
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("signs contributions of this slot and the one before", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    const {contribution} = messagesOf(SLOT);
    const outcome = await gate.signContributionAndProof(KEY_A, contribution);
    assert(outcome.kind === "signed");
    assert.equal(outcome.signingRoot, contributionAndProofSigningRoot(config, contribution));
    assert.equal(reasonOf(await gate.signContributionAndProof(KEY_A, messagesOf(SLOT - 1).contribution)), "signed");
    assert.deepEqual(new Set(fixture.purposes), new Set(["sync"]));
  });

  it("refuses older and later ones, and those of a key that may not sign", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    const signAt = async (slot: number) =>
      reasonOf(await gate.signContributionAndProof(KEY_A, messagesOf(slot).contribution));
    assert.equal(await signAt(SLOT - 2), "SLOT_PASSED_BY");
    assert.equal(await signAt(SLOT + 1), "SLOT_IN_FUTURE");
    fixture.refusals.set(KEY_A, INACTIVE);
    assert.equal(await signAt(SLOT), "KEY_NOT_ACTIVE");
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("signs a changed contribution by what is in it, not by a root that the SSZ library kept on it", async () => {
    const {contribution} = messagesOf(SLOT);
    const keptRoot = contributionAndProofSigningRoot(config, contribution);
    const outcome = await new GateFixture(SLOT)
      .newGate()
      .signContributionAndProof(KEY_A, {...contribution, aggregatorIndex: 9});
    assert(outcome.kind === "signed");
    assert.notEqual(outcome.signingRoot, keptRoot);
  });
});

describe("SigningGate.signPayloadAttestations", () => {
  const dutiesOf = (slot: number, keys: readonly Pubkey[]): PtcDuty[] =>
    keys.map((pubkey, index) => ({pubkey, validatorIndex: index as PtcDuty["validatorIndex"], slot: slot as Slot}));

  const sign = async (gate: SigningGate, slot: number, {isPresent = true, keys = [KEY_A], dutySlot = slot} = {}) => {
    const data = {...messagesOf(slot).payloadAttestation, payloadPresent: isPresent};
    return (await gate.signPayloadAttestations(data, dutiesOf(dutySlot, keys))).map(({outcome}) => reasonOf(outcome));
  };

  it("signs the votes of its slot, results in the order of the duties", async () => {
    const fixture = gloasFixture();
    const data = messagesOf(SLOT).payloadAttestation;
    const results = await fixture.newGate().signPayloadAttestations(data, dutiesOf(SLOT, KEYS));
    assert.deepEqual(
      results.map(({duty}) => duty.pubkey),
      KEYS,
    );
    const signingRoot = payloadAttestationSigningRoot(gloasConfig, data);
    assert.deepEqual(
      fixture.signer.signed,
      KEYS.map((pubkey) => ({pubkey, signingRoot})),
    );
    assert.deepEqual(new Set(fixture.purposes), new Set(["attest"]));
  });

  it("never says two things, nor one twice", async () => {
    const fixture = gloasFixture();
    const gate = fixture.newGate();
    assert.deepEqual(await sign(gate, SLOT), ["signed"]);
    assert.deepEqual(await sign(gate, SLOT, {isPresent: false}), ["ALREADY_ATTEMPTED"]);
    assert.deepEqual(await sign(gate, SLOT), ["ALREADY_ATTEMPTED"]);
    fixture.jumpToSlot(1_000_000);
    assert.deepEqual(await sign(gate, 1_000_000), ["signed"]);
    fixture.jumpToSlot(SLOT);
    assert.deepEqual(await sign(gate, SLOT, {isPresent: false}), ["ALREADY_ATTEMPTED"]);
    assert.equal(fixture.signer.signed.length, 2);
  });

  it("does not say it again when the signer failed", async () => {
    const fixture = gloasFixture();
    const gate = fixture.newGate();
    fixture.signer.failures.set(KEY_A, "no answer");
    assert.deepEqual(await sign(gate, SLOT), ["SIGNER_FAILED"]);
    fixture.signer.failures.clear();
    assert.deepEqual(await sign(gate, SLOT, {isPresent: false}), ["ALREADY_ATTEMPTED"]);
  });

  it("refuses every other slot, a fork without such votes, and a duty of another slot", async () => {
    const fixture = gloasFixture();
    const gate = fixture.newGate();
    assert.deepEqual(await sign(gate, SLOT - 1), ["SLOT_PASSED_BY"]);
    assert.deepEqual(await sign(gate, SLOT + 1), ["SLOT_IN_FUTURE"]);
    assert.deepEqual(await sign(gate, Number.NaN), ["BEACON_DATA_INVALID"]);
    assert.deepEqual(await sign(gate, SLOT, {dutySlot: SLOT + 1}), ["BEACON_DATA_INVALID"]);
    fixture.refusals.set(KEY_A, INACTIVE);
    assert.deepEqual(await sign(gate, SLOT), ["KEY_NOT_ACTIVE"]);
    assert.deepEqual(fixture.signer.signed, []);
    const before = new GateFixture(SLOT, {config: forkingConfig});
    assert.deepEqual(await sign(before.newGate(), SLOT), ["BEACON_DATA_INVALID"]);
    assert.deepEqual(before.signer.signed, []);
  });
});
