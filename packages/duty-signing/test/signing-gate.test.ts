import assert from "node:assert/strict";
import {
  aggregateAndProofSigningRoot,
  attestationToSsz,
  selectionProofSigningRoot,
  ssz,
  verifySignature,
} from "@mote/consensus";
import {SecretKey} from "@mote/consensus/secret-key";
import type {
  AggregateAndProof,
  AttestationData,
  AttesterDuty,
  Epoch,
  FailureReason,
  Pubkey,
  Signature,
  Slot,
  ValidatorIndex,
} from "@mote/core";
import {LocalSigner} from "../src/signers/local-signer.ts";
import type {SigningGate} from "../src/signing-gate.ts";
import {
  config,
  dataOf,
  dutiesOf,
  dutyOf,
  GateFixture,
  gloasConfig,
  INACTIVE,
  immediate,
  KEYS,
  reasonOf,
  root,
  signingRootOf,
} from "./gate-fixture.ts";

const SLOT = 20;
const [KEY_A, KEY_B, KEY_C, KEY_D] = KEYS as [Pubkey, Pubkey, Pubkey, Pubkey];

async function reasons(gate: SigningGate, data: AttestationData, duties: readonly AttesterDuty[]) {
  return (await gate.signAttestations(data, duties)).map(({outcome}) => reasonOf(outcome));
}

describe("SigningGate.signAttestations", () => {
  it("records, then signs, and answers in the order of the duties", async () => {
    const fixture = new GateFixture(SLOT);
    const data = dataOf(SLOT, {source: 1});
    const duties = dutiesOf(SLOT);
    const results = await fixture.newGate().signAttestations(data, duties);
    assert.deepEqual(
      results.map(({duty}) => duty),
      duties,
    );
    for (const {outcome} of results) {
      assert.equal(outcome.kind, "signed");
      assert.equal(outcome.signingRoot, signingRootOf(data));
      assert.equal(outcome.recordedMs, fixture.clock.nowMs());
      assert.equal(outcome.signedMs, fixture.clock.nowMs());
    }
    assert.deepEqual(
      fixture.signer.signed,
      KEYS.map((pubkey) => ({pubkey, signingRoot: signingRootOf(data)})),
    );
  });

  it("asks for all records at once, and signs nothing before the verdict is there", async () => {
    const fixture = new GateFixture(SLOT);
    fixture.protection.hold();
    const done = fixture.newGate().signAttestations(dataOf(SLOT), dutiesOf(SLOT));
    for (let turn = 0; turn < 5; turn++) await immediate();
    assert.equal(fixture.protection.heldCount, KEYS.length);
    assert.deepEqual(fixture.signer.signed, []);
    fixture.protection.release();
    await done;
    assert.equal(fixture.signer.signed.length, KEYS.length);
  });

  it("signs with a real key what the chain verifies", async () => {
    const fixture = new GateFixture(SLOT);
    const secretKey = SecretKey.interop(0);
    const gate = fixture.newGate({signer: new LocalSigner({secretKeys: [secretKey]})});
    const data = dataOf(SLOT);
    const [result] = await gate.signAttestations(data, [dutyOf(secretKey.pubkey, SLOT)]);
    assert.equal(result?.outcome.kind, "signed");
    assert(verifySignature(secretKey.pubkey, signingRootOf(data), result.outcome.signature));
  });

  const out = Number.NaN as Epoch;
  const broken: [string, AttestationData, FailureReason][] = [
    ["a target that is not the slot's epoch", dataOf(SLOT, {target: 1}), "BEACON_DATA_INVALID"],
    ["a source above the target", dataOf(SLOT, {source: 3}), "SOURCE_AFTER_TARGET"],
    ["a target above the clock's epoch", dataOf(24), "TARGET_IN_FUTURE"],
    ["a source that is no number", {...dataOf(SLOT), source: {epoch: out, root: root(1)}}, "BEACON_DATA_INVALID"],
    ["a target at the end of time", dataOf(SLOT, {target: Number.POSITIVE_INFINITY}), "BEACON_DATA_INVALID"],
    ["a negative slot", dataOf(-8), "BEACON_DATA_INVALID"],
  ];
  for (const [what, data, reason] of broken) {
    it(`refuses ${what} before anything is recorded`, async () => {
      const fixture = new GateFixture(SLOT);
      fixture.protection.hold();
      assert.deepEqual(
        await reasons(fixture.newGate(), data, dutiesOf(data.slot)),
        KEYS.map(() => reason),
      );
      assert.equal(fixture.protection.heldCount, 0);
      assert.deepEqual(fixture.signer.signed, []);
    });
  }

  it("takes the index that says whether the payload was there, from Gloas on only", async () => {
    const data = {...dataOf(SLOT), index: 1};
    const duties = [dutyOf(KEY_A, SLOT)];
    assert.deepEqual(await reasons(new GateFixture(SLOT).newGate(), data, duties), ["BEACON_DATA_INVALID"]);
    const gate = new GateFixture(SLOT, {config: gloasConfig}).newGate();
    for (const index of [2, -1, Number.NaN, Number.POSITIVE_INFINITY])
      assert.deepEqual(await reasons(gate, {...data, index}, duties), ["BEACON_DATA_INVALID"], `${index}`);
    assert.deepEqual(await reasons(gate, data, duties), ["signed"]);
  });

  it("takes the source that is the target, as in the first epoch", async () => {
    const fixture = new GateFixture(3);
    assert.deepEqual(await reasons(fixture.newGate(), dataOf(3), [dutyOf(KEY_A, 3)]), ["signed"]);
  });

  it("refuses the duty of another slot, and it alone", async () => {
    const fixture = new GateFixture(SLOT);
    const duties = [dutyOf(KEY_A, SLOT), dutyOf(KEY_B, SLOT - 1), dutyOf(KEY_C, SLOT)];
    assert.deepEqual(await reasons(fixture.newGate(), dataOf(SLOT), duties), [
      "signed",
      "BEACON_DATA_INVALID",
      "signed",
    ]);
  });

  it("refuses a key that is not active, one that nobody holds, and none of the others", async () => {
    const fixture = new GateFixture(SLOT);
    fixture.refusals.set(KEY_A, INACTIVE);
    const unknown = `0x${"ee".repeat(48)}` as Pubkey;
    const duties = [KEY_A, unknown, KEY_C].map((key) => dutyOf(key, SLOT));
    const gate = fixture.newGate();
    assert.deepEqual(await reasons(gate, dataOf(SLOT), duties), ["KEY_NOT_ACTIVE", "SIGNER_FAILED", "signed"]);
    fixture.refusals.delete(KEY_A);
    assert.deepEqual(await reasons(gate, dataOf(SLOT), [dutyOf(KEY_A, SLOT)]), ["signed"], "it had not begun to sign");
  });

  it("passes on why a key may not sign, asked before anything is recorded and again in the moment of signing", async () => {
    const fixture = new GateFixture(SLOT);
    const held = {reason: "VOTES_UNEXPLAINED", detail: "seen in epoch 1"} as const;
    const unknown = {reason: "LIVENESS_UNKNOWN", detail: "nobody answered"} as const;
    fixture.refusals.set(KEY_A, held);
    fixture.protection.hold();
    const duties = [KEY_A, KEY_B, KEY_C].map((key) => dutyOf(key, SLOT));
    const done = fixture.newGate().signAttestations(dataOf(SLOT), duties);
    await immediate();
    assert.equal(fixture.protection.heldCount, 2, "nothing is recorded of the first");
    fixture.refusals.set(KEY_B, unknown);
    fixture.protection.release();
    assert.deepEqual(
      (await done).map(({outcome}) => (outcome.kind === "refused" ? outcome : outcome.kind)),
      [{kind: "refused", ...held}, {kind: "refused", ...unknown}, "signed"],
    );
    assert.deepEqual(
      fixture.signer.signed.map(({pubkey}) => pubkey),
      [KEY_C],
    );
  });

  it("signs nothing with a key that is taken away while its record is written", async () => {
    const fixture = new GateFixture(SLOT);
    fixture.protection.hold();
    const done = reasons(fixture.newGate(), dataOf(SLOT), [dutyOf(KEY_A, SLOT), dutyOf(KEY_B, SLOT)]);
    await immediate();
    fixture.refusals.set(KEY_A, INACTIVE);
    fixture.protection.release();
    assert.deepEqual(await done, ["KEY_NOT_ACTIVE", "signed"]);
    assert.deepEqual(
      fixture.signer.signed.map(({pubkey}) => pubkey),
      [KEY_B],
    );
  });

  it("keeps each failure to its own duty", async () => {
    const fixture = new GateFixture(SLOT);
    fixture.protection.failures.set(KEY_B, "disk full");
    fixture.signer.failures.set(KEY_C, "no answer");
    const results = await fixture.newGate().signAttestations(dataOf(SLOT), dutiesOf(SLOT));
    assert.deepEqual(
      results.map(({outcome}) => (outcome.kind === "refused" ? outcome : outcome.kind)),
      [
        "signed",
        {kind: "refused", reason: "PROTECTION_STORE_FAILED", detail: "disk full"},
        {kind: "refused", reason: "SIGNER_FAILED", detail: "no answer"},
        "signed",
      ],
    );
    assert.deepEqual(
      fixture.signer.signed.map(({pubkey}) => pubkey),
      [KEY_A, KEY_D],
    );
  });

  it("keeps to itself what throws where nothing may throw", async () => {
    const fixture = new GateFixture(SLOT);
    const thrower = (): never => {
      throw new Error("boom");
    };
    const throwing = {...fixture.components().protection, recordAttestation: thrower, recordBlock: thrower};
    assert.deepEqual(await reasons(fixture.newGate({protection: throwing}), dataOf(SLOT), [dutyOf(KEY_A, SLOT)]), [
      "PROTECTION_STORE_FAILED",
    ]);
    const signer = {holds: () => true, sign: thrower};
    assert.deepEqual(await reasons(fixture.newGate({signer}), dataOf(SLOT), [dutyOf(KEY_B, SLOT)]), ["SIGNER_FAILED"]);
    const gate = fixture.newGate({refusalOf: (key) => (key === KEY_D ? null : thrower())});
    assert.deepEqual(await reasons(gate, dataOf(SLOT), [dutyOf(KEY_C, SLOT), dutyOf(KEY_D, SLOT)]), [
      "INTERNAL_ERROR",
      "signed",
    ]);
    const verdictOfTomorrow = {...throwing, recordAttestation: async () => ({kind: "perhaps"}) as never};
    assert.deepEqual(await reasons(fixture.newGate({protection: verdictOfTomorrow}), dataOf(SLOT), dutiesOf(SLOT)), [
      ...KEYS.map(() => "INTERNAL_ERROR"),
    ]);
    assert.deepEqual(
      fixture.signer.signed.map(({pubkey}) => pubkey),
      [KEY_D],
    );
  });

  it("passes on what slashing protection says, with what stands against it", async () => {
    const fixture = new GateFixture(SLOT);
    await fixture.newGate().signAttestations(dataOf(SLOT), [dutyOf(KEY_A, SLOT)]);
    const other = dataOf(SLOT, {head: 0xbb});
    const [result] = await fixture.newGate().signAttestations(other, [dutyOf(KEY_A, SLOT)]);
    assert.equal(result?.outcome.kind, "refused");
    assert.equal(result.outcome.reason, "DOUBLE_VOTE");
    assert(result.outcome.detail.includes(signingRootOf(dataOf(SLOT))), result.outcome.detail);
  });

  it("signs the same vote again after a restart, for it was recorded", async () => {
    const fixture = new GateFixture(SLOT);
    const duties = [dutyOf(KEY_A, SLOT)];
    assert.deepEqual(await reasons(fixture.newGate(), dataOf(SLOT), duties), ["signed"]);
    assert.deepEqual(await reasons(fixture.newGate(), dataOf(SLOT), duties), ["signed"]);
  });
});

describe("SigningGate and a second attempt", () => {
  it("refuses it, even for the same data", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    assert.deepEqual(await reasons(gate, dataOf(SLOT), [dutyOf(KEY_A, SLOT)]), ["signed"]);
    assert.deepEqual(await reasons(gate, dataOf(SLOT), [dutyOf(KEY_A, SLOT), dutyOf(KEY_B, SLOT)]), [
      "ALREADY_ATTEMPTED",
      "signed",
    ]);
  });

  it("gives one signature when the same duty is asked for twice at once", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    const duties = [dutyOf(KEY_A, SLOT)];
    const both = await Promise.all([
      reasons(gate, dataOf(SLOT), duties),
      reasons(gate, dataOf(SLOT, {head: 0xbb}), duties),
    ]);
    assert.deepEqual(both.flat().sort(), ["ALREADY_ATTEMPTED", "signed"]);
    const twice = [dutyOf(KEY_B, SLOT), dutyOf(KEY_B, SLOT)];
    assert.deepEqual(await reasons(gate, dataOf(SLOT), twice), ["signed", "ALREADY_ATTEMPTED"]);
    assert.equal(fixture.signer.signed.length, 2);
  });

  it("refuses it after a failure too: the record may be on disk", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    fixture.protection.failures.set(KEY_A, "disk full");
    assert.deepEqual(await reasons(gate, dataOf(SLOT), [dutyOf(KEY_A, SLOT)]), ["PROTECTION_STORE_FAILED"]);
    fixture.protection.failures.clear();
    assert.deepEqual(await reasons(gate, dataOf(SLOT), [dutyOf(KEY_A, SLOT)]), ["ALREADY_ATTEMPTED"]);
  });
});

describe("SigningGate and the event loop", () => {
  it("gives it back after about 2 ms of signing", async () => {
    const fixture = new GateFixture(SLOT);
    // Each signature takes 1 ms: two of them are a slice.
    fixture.signer.onSign = () => fixture.clock.jump(1);
    await fixture.newGate().signAttestations(dataOf(SLOT), dutiesOf(SLOT));
    assert.equal(fixture.yields, 3, "once before the first, and after each two of four");
  });

  it("lets votes pass the selection proofs that wait", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    fixture.signer.onSign = () => fixture.clock.jump(5);
    const proofs = [24, 25, 26].map((slot) => gate.signSelectionProof(KEY_A, slot as Slot));
    const votes = gate.signAttestations(dataOf(SLOT), [dutyOf(KEY_B, SLOT)]);
    await Promise.all([...proofs, votes]);
    const order = fixture.signer.signed.map(({pubkey}) => pubkey);
    assert(order.indexOf(KEY_B) < 2, `signed at ${order.indexOf(KEY_B)}`);
  });
});

describe("SigningGate and aggregation", () => {
  const aggregate = (slot: number): AggregateAndProof => ({
    aggregatorIndex: 0 as ValidatorIndex,
    aggregate: {
      aggregationBits: {bits: Uint8Array.of(1), length: 4},
      committeeBits: {bits: Uint8Array.of(1), length: 4},
      data: dataOf(slot),
      signature: new Uint8Array(96) as Signature,
    },
    selectionProof: new Uint8Array(96) as Signature,
  });

  it("signs selection proofs ahead of their slot, as often as asked", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    for (let again = 0; again < 2; again++) {
      const outcome = await gate.signSelectionProof(KEY_A, 31 as Slot);
      assert.equal(outcome.kind, "signed");
      assert.equal(outcome.signingRoot, selectionProofSigningRoot(config, 31 as Slot));
      assert.equal("recordedMs" in outcome, false);
    }
  });

  it("signs no selection proof of an epoch that is far away", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    for (const slot of [32, Number.NaN, -1]) {
      assert.notEqual(reasonOf(await gate.signSelectionProof(KEY_A, slot as Slot)), "signed");
    }
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("signs an aggregate of this slot, none of a later one", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    assert.equal(reasonOf(await gate.signAggregateAndProof(KEY_A, aggregate(SLOT))), "signed");
    assert.equal(reasonOf(await gate.signAggregateAndProof(KEY_A, aggregate(SLOT + 1))), "SLOT_IN_FUTURE");
  });

  it("signs a changed aggregate by what is in it, not by a root that the SSZ library kept on it", async () => {
    const given = aggregate(SLOT);
    const converted = {...given, aggregate: attestationToSsz(given.aggregate)};
    ssz.electra.AggregateAndProof.hashTreeRoot(converted);
    const aggregatorIndex = 9 as ValidatorIndex;
    const changed = {...converted, aggregate: given.aggregate, aggregatorIndex};
    const outcome = await new GateFixture(SLOT).newGate().signAggregateAndProof(KEY_A, changed);
    assert(outcome.kind === "signed");
    assert.equal(outcome.signingRoot, aggregateAndProofSigningRoot(config, {...given, aggregatorIndex}));
  });

  it("signs neither with a key that is not active or not there", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    fixture.refusals.set(KEY_A, INACTIVE);
    const unknown = `0x${"ee".repeat(48)}` as Pubkey;
    for (const [key, reason] of [
      [KEY_A, "KEY_NOT_ACTIVE"],
      [unknown, "SIGNER_FAILED"],
    ] as const) {
      assert.equal(reasonOf(await gate.signSelectionProof(key, 21 as Slot)), reason);
      assert.equal(reasonOf(await gate.signAggregateAndProof(key, aggregate(SLOT))), reason);
    }
    fixture.refusals.set(KEY_A, {reason: "VOTES_UNEXPLAINED", detail: "seen in epoch 1"});
    assert.equal(reasonOf(await gate.signSelectionProof(KEY_A, 21 as Slot)), "VOTES_UNEXPLAINED");
    assert.equal(reasonOf(await gate.signAggregateAndProof(KEY_A, aggregate(SLOT))), "VOTES_UNEXPLAINED");
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("answers a signer's failure and nonsense with an outcome", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    fixture.signer.failures.set(KEY_A, "no answer");
    assert.equal(reasonOf(await gate.signSelectionProof(KEY_A, 21 as Slot)), "SIGNER_FAILED");
    const nonsense = {aggregate: {data: {slot: 3}}} as unknown as AggregateAndProof;
    assert.equal(reasonOf(await gate.signAggregateAndProof(KEY_B, nonsense)), "INTERNAL_ERROR");
    assert.equal(reasonOf(await gate.signAggregateAndProof(KEY_B, {} as AggregateAndProof)), "INTERNAL_ERROR");
  });
});
