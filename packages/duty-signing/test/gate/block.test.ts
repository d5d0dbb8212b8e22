import assert from "node:assert/strict";
import {blindedBlockSigningRoot, blockSigningRoot, randaoRevealSigningRoot, verifySignature} from "@mote/consensus";
import {SecretKey} from "@mote/consensus/secret-key";
import type {Epoch, FailureReason, ProducedBlock, Pubkey, SignOutcome, Slot} from "@mote/core";
import {blindedBlock, buildersBlock, fullBlock, selfBuiltBlock} from "@mote/testing";
import {LocalSigner} from "../../src/signers/local-signer.ts";
import {
  BUILDER_ON,
  config,
  FEE_RECIPIENT,
  forkingConfig,
  GAS_LIMIT,
  GateFixture,
  GLOAS_EPOCH,
  INACTIVE,
  immediate,
  KEYS,
  reasonOf,
  SLOTS_PER_EPOCH,
  STRANGER,
  settingsWith,
} from "../gate-fixture.ts";

const SLOT = 20 as Slot;
const GLOAS_SLOT = (GLOAS_EPOCH * SLOTS_PER_EPOCH + 2) as Slot;
const [KEY_A, KEY_B, KEY_C] = KEYS as [Pubkey, Pubkey, Pubkey];

const full = (slot: number = SLOT, feeRecipient = FEE_RECIPIENT) => fullBlock({slot: slot as Slot, feeRecipient});
const blinded = (slot: number = SLOT) => blindedBlock({slot: slot as Slot, feeRecipient: STRANGER});
const registrationOf = (fixture: GateFixture) => ({
  feeRecipient: Buffer.from(FEE_RECIPIENT.slice(2), "hex"),
  gasLimit: GAS_LIMIT,
  timestamp: fixture.nowSec,
  pubkey: Buffer.from(KEY_A.slice(2), "hex"),
});

/** Asserts that nothing was recorded and nothing signed. */
async function assertUntouched(fixture: GateFixture, outcome: SignOutcome, reason: FailureReason): Promise<void> {
  assert.equal(reasonOf(outcome), reason, JSON.stringify(outcome));
  assert.deepEqual(fixture.signer.signed, []);
  assert.equal(await fixture.protection.newest(KEY_A), null);
}

describe("SigningGate.signBlock", () => {
  it("records, then signs, what the chain verifies", async () => {
    const fixture = new GateFixture(SLOT);
    const secretKey = SecretKey.interop(0);
    const gate = fixture.newGate({signer: new LocalSigner({secretKeys: [secretKey]})});
    const produced = full();
    const outcome = await gate.signBlock(secretKey.pubkey, produced);
    assert(outcome.kind === "signed", JSON.stringify(outcome));
    assert.equal(outcome.signingRoot, blockSigningRoot(config, produced.block));
    assert.equal(outcome.recordedMs, fixture.clock.nowMs());
    assert(verifySignature(secretKey.pubkey, outcome.signingRoot, outcome.signature));
    assert.equal((await fixture.protection.newest(secretKey.pubkey))?.slot, SLOT);
    assert.deepEqual(new Set(fixture.purposes), new Set(["propose"]));
  });

  it("signs nothing before the record is on disk", async () => {
    const fixture = new GateFixture(SLOT);
    fixture.protection.hold();
    const done = fixture.newGate().signBlock(KEY_A, full());
    for (let turn = 0; turn < 5; turn++) await immediate();
    assert.equal(fixture.protection.heldCount, 1);
    assert.deepEqual(fixture.signer.signed, []);
    fixture.protection.release();
    assert.equal(reasonOf(await done), "signed");
  });

  it("signs nothing when the store fails, and does not try again", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    fixture.protection.failures.set(KEY_A, "disk full");
    const outcome = await gate.signBlock(KEY_A, full());
    assert.deepEqual(outcome, {kind: "refused", reason: "PROTECTION_STORE_FAILED", detail: "disk full"});
    fixture.protection.failures.clear();
    await assertUntouched(fixture, await gate.signBlock(KEY_A, full()), "ALREADY_ATTEMPTED");
  });

  const late: [string, number, FailureReason][] = [
    ["a slot above the clock's", SLOT + 1, "SLOT_IN_FUTURE"],
    ["a slot two before the clock's", SLOT - 2, "SLOT_PASSED_BY"],
    ["a slot that is no number", Number.NaN, "BEACON_DATA_INVALID"],
    ["a slot between two", SLOT - 0.5, "BEACON_DATA_INVALID"],
    ["a slot at the end of time", Number.POSITIVE_INFINITY, "BEACON_DATA_INVALID"],
    ["a negative slot", -1, "BEACON_DATA_INVALID"],
  ];
  for (const [what, slot, reason] of late) {
    it(`refuses ${what}`, async () => {
      const fixture = new GateFixture(SLOT);
      await assertUntouched(fixture, await fixture.newGate().signBlock(KEY_A, full(slot)), reason);
    });
  }

  it("signs a block that is a slot late", async () => {
    assert.equal(reasonOf(await new GateFixture(SLOT).newGate().signBlock(KEY_A, full(SLOT - 1))), "signed");
  });

  const misshapen: [string, number, (slot: Slot) => ProducedBlock][] = [
    ["a full block of Gloas", GLOAS_SLOT, full],
    ["a blinded block of Gloas", GLOAS_SLOT, blinded],
    ["a bid before Gloas", SLOT, (slot) => selfBuiltBlock({slot, feeRecipient: FEE_RECIPIENT, gasLimit: GAS_LIMIT})],
  ];
  for (const [what, slot, make] of misshapen) {
    it(`refuses ${what}`, async () => {
      const fixture = new GateFixture(slot, {config: forkingConfig});
      fixture.settings.set(KEY_A, settingsWith(BUILDER_ON));
      await assertUntouched(
        fixture,
        await fixture.newGate().signBlock(KEY_A, make(slot as Slot)),
        "BEACON_DATA_INVALID",
      );
    });
  }

  it("refuses a block that is half of another kind", async () => {
    const fixture = new GateFixture(SLOT);
    const bid = buildersBlock({slot: SLOT, feeRecipient: FEE_RECIPIENT, gasLimit: GAS_LIMIT});
    const masked = {...full(), block: bid.block} as unknown as ProducedBlock;
    await assertUntouched(fixture, await fixture.newGate().signBlock(KEY_A, masked), "INTERNAL_ERROR");
  });

  it("refuses a payload that pays a stranger, and names both", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    const outcome = await gate.signBlock(KEY_A, full(SLOT, STRANGER));
    await assertUntouched(fixture, outcome, "FEE_RECIPIENT_MISMATCH");
    assert(outcome.kind === "refused" && outcome.detail.includes(STRANGER) && outcome.detail.includes(FEE_RECIPIENT));
    assert.equal(reasonOf(await gate.signBlock(KEY_A, full())), "signed", "another node's block may still be");
  });

  it("takes any fee recipient where the operator named none", async () => {
    const fixture = new GateFixture(SLOT);
    fixture.settings.set(KEY_A, settingsWith({feeRecipient: null}));
    assert.equal(reasonOf(await fixture.newGate().signBlock(KEY_A, full(SLOT, STRANGER))), "signed");
  });

  it("raises an alarm once a slot instead, for a share of a cluster's key", async () => {
    const fixture = new GateFixture(SLOT, {distributed: true});
    const gate = fixture.newGate();
    assert.equal(reasonOf(await gate.signBlock(KEY_A, full(SLOT, STRANGER))), "signed");
    assert.equal(reasonOf(await gate.signBlock(KEY_B, blinded())), "signed");
    assert.equal(fixture.log.lines.length, 1);
    assert.match(fixture.log.lines[0] ?? "", /^error Block of slot 20: .*0xbad0.*0xfefe/);
    assert.equal(reasonOf(await gate.signBlock(KEY_C, full())), "signed");
    assert.equal(fixture.log.lines.length, 1, "nothing is wrong with this one");
  });

  it("passes on why the key may not sign, before and in the moment of signing", async () => {
    const fixture = new GateFixture(SLOT);
    fixture.refusals.set(KEY_A, INACTIVE);
    await assertUntouched(fixture, await fixture.newGate().signBlock(KEY_A, full()), "KEY_NOT_ACTIVE");
    fixture.protection.hold();
    const done = fixture.newGate().signBlock(KEY_B, full());
    await immediate();
    fixture.refusals.set(KEY_B, {reason: "VALIDATOR_SLASHED", detail: "seen"});
    fixture.protection.release();
    assert.equal(reasonOf(await done), "VALIDATOR_SLASHED");
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("signs one block a slot and key, whatever is asked at once", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    const asked = [1, 2, 3].map((graffiti) => fullBlock({slot: SLOT, feeRecipient: FEE_RECIPIENT, graffiti}));
    const outcomes = await Promise.all(asked.map((produced) => gate.signBlock(KEY_A, produced)));
    assert.deepEqual(outcomes.map(reasonOf), ["signed", "ALREADY_ATTEMPTED", "ALREADY_ATTEMPTED"]);
    assert.equal(fixture.signer.signed.length, 1);
    assert.equal(reasonOf(await gate.signBlock(KEY_B, full())), "signed");
  });

  it("signs the same block again after a restart, and no other", async () => {
    const fixture = new GateFixture(SLOT);
    assert.equal(reasonOf(await fixture.newGate().signBlock(KEY_A, full())), "signed");
    const other = fullBlock({slot: SLOT, feeRecipient: FEE_RECIPIENT, graffiti: 1});
    const refusal = await fixture.newGate().signBlock(KEY_A, other);
    assert.equal(reasonOf(refusal), "DOUBLE_PROPOSAL");
    assert(refusal.kind === "refused" && refusal.detail.includes(blockSigningRoot(config, full().block)));
    assert.equal(reasonOf(await fixture.newGate().signBlock(KEY_A, full())), "signed");
  });

  it("signs a block by what is in it, not by a root that the SSZ library kept on it", async () => {
    const fixture = new GateFixture(SLOT);
    const {block, ...rest} = full(SLOT - 1);
    const keptRoot = blockSigningRoot(config, block);
    const changed = {...block, slot: SLOT, body: {...block.body, graffiti: new Uint8Array(32).fill(9)}};
    const outcome = await fixture.newGate().signBlock(KEY_A, {...rest, block: changed});
    const fresh = fullBlock({slot: SLOT, feeRecipient: FEE_RECIPIENT, graffiti: 9});
    assert(outcome.kind === "signed");
    assert.notEqual(outcome.signingRoot, keptRoot);
    assert.equal(outcome.signingRoot, blockSigningRoot(config, fresh.block));
  });

  it("answers nonsense and settings that throw with an outcome", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    for (const nonsense of [{}, {kind: "full", block: {slot: SLOT}}, {...full(), kind: "new"}]) {
      await assertUntouched(fixture, await gate.signBlock(KEY_A, nonsense as ProducedBlock), "INTERNAL_ERROR");
    }
    const settingsOf = (): never => {
      throw new Error("no settings");
    };
    const without = fixture.newGate({proposerSettings: {settingsOf}});
    await assertUntouched(fixture, await without.signBlock(KEY_A, full()), "INTERNAL_ERROR");
  });
});

describe("SigningGate.signBlock and builders", () => {
  it("refuses a blinded block while the builder is off, and while builders were told nothing", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    await assertUntouched(fixture, await gate.signBlock(KEY_A, blinded()), "BUILDER_NOT_ALLOWED");
    fixture.settings.set(KEY_A, settingsWith(BUILDER_ON));
    await assertUntouched(fixture, await gate.signBlock(KEY_A, blinded()), "BUILDER_NOT_ALLOWED");
  });

  it("signs a blinded block once builders know whom to pay, until that changes", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    fixture.settings.set(KEY_A, settingsWith(BUILDER_ON));
    assert.equal(reasonOf(await gate.signValidatorRegistration(KEY_A, registrationOf(fixture))), "signed");
    const outcome = await gate.signBlock(KEY_A, blinded());
    assert(outcome.kind === "signed", JSON.stringify(outcome));
    assert.equal(outcome.signingRoot, blindedBlockSigningRoot(config, blinded().block));
    assert.equal(outcome.recordedMs, fixture.clock.nowMs());

    fixture.settings.set(KEY_A, settingsWith());
    assert.equal(reasonOf(await gate.signBlock(KEY_A, blinded(SLOT - 1))), "BUILDER_NOT_ALLOWED", "it is off again");
    fixture.settings.set(KEY_A, settingsWith({...BUILDER_ON, feeRecipient: STRANGER}));
    const changed = await gate.signBlock(KEY_A, blinded(SLOT - 1));
    assert.equal(reasonOf(changed), "BUILDER_NOT_ALLOWED");
    assert(changed.kind === "refused" && changed.detail.includes(FEE_RECIPIENT) && changed.detail.includes(STRANGER));
  });

  it("counts no registration of another key, nor one that was not signed", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    for (const key of [KEY_A, KEY_B]) fixture.settings.set(key, settingsWith(BUILDER_ON));
    assert.equal(reasonOf(await gate.signValidatorRegistration(KEY_A, registrationOf(fixture))), "signed");
    assert.equal(reasonOf(await gate.signBlock(KEY_B, blinded())), "BUILDER_NOT_ALLOWED");

    const other = fixture.newGate();
    fixture.signer.failures.set(KEY_A, "no answer");
    assert.equal(reasonOf(await other.signValidatorRegistration(KEY_A, registrationOf(fixture))), "SIGNER_FAILED");
    fixture.signer.failures.clear();
    assert.equal(reasonOf(await other.signBlock(KEY_A, blinded())), "BUILDER_NOT_ALLOWED");
  });
});

describe("SigningGate.signRandaoReveal", () => {
  it("signs the epoch of the slot, up to the next epoch's end", async () => {
    const fixture = new GateFixture(SLOT);
    const outcome = await fixture.newGate().signRandaoReveal(KEY_A, 31 as Slot);
    assert(outcome.kind === "signed");
    assert.equal(outcome.signingRoot, randaoRevealSigningRoot(config, 3 as Epoch));
    assert.equal("recordedMs" in outcome, false);
    assert.deepEqual(new Set(fixture.purposes), new Set(["propose"]));
  });

  it("reveals nothing of later epochs", async () => {
    const fixture = new GateFixture(SLOT);
    const gate = fixture.newGate();
    assert.equal(reasonOf(await gate.signRandaoReveal(KEY_A, 32 as Slot)), "SLOT_IN_FUTURE");
    for (const slot of [Number.NaN, -1, 20.5]) {
      assert.equal(reasonOf(await gate.signRandaoReveal(KEY_A, slot as Slot)), "BEACON_DATA_INVALID");
    }
    fixture.refusals.set(KEY_A, INACTIVE);
    assert.equal(reasonOf(await gate.signRandaoReveal(KEY_A, SLOT)), "KEY_NOT_ACTIVE");
    assert.deepEqual(fixture.signer.signed, []);
  });
});
