import assert from "node:assert/strict";
import {
  proposerPreferencesSigningRoot,
  validatorRegistrationSigningRoot,
  voluntaryExitSigningRoot,
} from "@mote/consensus";
import {type FailureReason, hexToBytes, type Pubkey, type Slot} from "@mote/core";
import {type SignableMessages, signableMessages} from "@mote/testing";
import type {SigningGate} from "../../src/signing-gate.ts";
import {
  BUILDER_ON,
  FEE_RECIPIENT,
  forkingConfig,
  GAS_LIMIT,
  GateFixture,
  GLOAS_EPOCH,
  gloasConfig,
  INACTIVE,
  KEYS,
  pubkey,
  reasonOf,
  SLOTS_PER_EPOCH,
  STRANGER,
  settingsWith,
} from "../gate-fixture.ts";

const SLOT = 20 as Slot;
const [KEY_A] = KEYS as [Pubkey];

/** With a key whose builder is on, in Gloas. */
function setUp() {
  const fixture = new GateFixture(SLOT, {config: gloasConfig});
  fixture.settings.set(KEY_A, settingsWith(BUILDER_ON));
  const messages = signableMessages({
    slot: SLOT,
    slotsPerEpoch: SLOTS_PER_EPOCH,
    pubkey: KEY_A,
    feeRecipient: FEE_RECIPIENT,
    gasLimit: GAS_LIMIT,
    nowSec: fixture.nowSec,
  });
  return {fixture, gate: fixture.newGate(), messages};
}

type Sign = (gate: SigningGate, messages: SignableMessages, nowSec: number) => ReturnType<SigningGate["signBlock"]>;

/** Asserts that nothing is signed, and why. */
function refuses(what: string, reason: FailureReason, sign: Sign, settings = {}): void {
  it(`refuses ${what}`, async () => {
    const {fixture, gate, messages} = setUp();
    fixture.settings.set(KEY_A, settingsWith({...BUILDER_ON, ...settings}));
    const outcome = await sign(gate, messages, fixture.nowSec);
    assert.equal(reasonOf(outcome), reason, JSON.stringify(outcome));
    assert.deepEqual(fixture.signer.signed, []);
  });
}

describe("SigningGate.signProposerPreferences", () => {
  it("signs what the settings say", async () => {
    const {fixture, gate, messages} = setUp();
    const outcome = await gate.signProposerPreferences(KEY_A, messages.preferences);
    assert(outcome.kind === "signed");
    assert.equal(outcome.signingRoot, proposerPreferencesSigningRoot(gloasConfig, messages.preferences));
    assert.deepEqual(new Set(fixture.purposes), new Set(["administer"]));
  });

  const signWith =
    (over: Partial<SignableMessages["preferences"]>): Sign =>
    (gate, {preferences}) =>
      gate.signProposerPreferences(KEY_A, {...preferences, ...over});
  refuses("another fee recipient", "FEE_RECIPIENT_MISMATCH", signWith({feeRecipient: hexToBytes(STRANGER)}));
  refuses("any where none is set", "FEE_RECIPIENT_MISMATCH", signWith({}), {feeRecipient: null});
  refuses("another gas limit", "INTERNAL_ERROR", signWith({targetGasLimit: 1n}));
  refuses("a slot that is over", "SLOT_PASSED_BY", signWith({proposalSlot: SLOT - 1}));
  refuses("a slot that is far away", "SLOT_IN_FUTURE", signWith({proposalSlot: 5 * SLOTS_PER_EPOCH}));
  refuses("a slot that is none", "BEACON_DATA_INVALID", signWith({proposalSlot: Number.NaN}));

  it("signs before the fork what is for after it, and nothing else", async () => {
    const {messages} = setUp();
    const fixture = new GateFixture(SLOT, {config: forkingConfig});
    const gate = fixture.newGate();
    const sign = async (proposalSlot: number) =>
      reasonOf(await gate.signProposerPreferences(KEY_A, {...messages.preferences, proposalSlot}));
    assert.equal(await sign(GLOAS_EPOCH * SLOTS_PER_EPOCH - 1), "BEACON_DATA_INVALID");
    assert.equal(await sign(GLOAS_EPOCH * SLOTS_PER_EPOCH), "signed");
  });
});

describe("SigningGate.signValidatorRegistration", () => {
  it("signs what the settings say", async () => {
    const {fixture, gate, messages} = setUp();
    const outcome = await gate.signValidatorRegistration(KEY_A, messages.registration);
    assert(outcome.kind === "signed");
    assert.equal(outcome.signingRoot, validatorRegistrationSigningRoot(gloasConfig, messages.registration));
    assert.deepEqual(new Set(fixture.purposes), new Set(["administer"]));
  });

  const signWith =
    (over: (nowSec: number) => Partial<SignableMessages["registration"]>): Sign =>
    (gate, {registration}, nowSec) =>
      gate.signValidatorRegistration(KEY_A, {...registration, ...over(nowSec)});
  refuses(
    "another fee recipient",
    "FEE_RECIPIENT_MISMATCH",
    signWith(() => ({feeRecipient: hexToBytes(STRANGER)})),
  );
  const unchanged = signWith(() => ({}));
  refuses("any where none is set", "FEE_RECIPIENT_MISMATCH", unchanged, {feeRecipient: null});
  refuses("one while the builder is off", "BUILDER_NOT_ALLOWED", unchanged, {
    builder: {isEnabled: false, boostFactor: 100n},
  });
  refuses(
    "another gas limit",
    "INTERNAL_ERROR",
    signWith(() => ({gasLimit: 1})),
  );
  refuses(
    "a time to come",
    "INTERNAL_ERROR",
    signWith((nowSec) => ({timestamp: nowSec + 11})),
  );
  refuses(
    "a time that is none",
    "INTERNAL_ERROR",
    signWith(() => ({timestamp: Number.POSITIVE_INFINITY})),
  );
  refuses(
    "another key",
    "INTERNAL_ERROR",
    signWith(() => ({pubkey: hexToBytes(pubkey(2))})),
  );
});

describe("SigningGate.signVoluntaryExit", () => {
  it("signs an exit of now", async () => {
    const {fixture, gate, messages} = setUp();
    const outcome = await gate.signVoluntaryExit(KEY_A, messages.exit);
    assert(outcome.kind === "signed");
    assert.equal(outcome.signingRoot, voluntaryExitSigningRoot(gloasConfig, messages.exit));
    assert.deepEqual(new Set(fixture.purposes), new Set(["administer"]));
  });

  it("signs a changed exit by what is in it, not by a root that the SSZ library kept on it", async () => {
    const {gate, messages} = setUp();
    const keptRoot = voluntaryExitSigningRoot(gloasConfig, messages.exit);
    const outcome = await gate.signVoluntaryExit(KEY_A, {...messages.exit, validatorIndex: 2});
    assert(outcome.kind === "signed");
    assert.notEqual(outcome.signingRoot, keptRoot);
  });

  const signAt =
    (epoch: number): Sign =>
    (gate, {exit}) =>
      gate.signVoluntaryExit(KEY_A, {...exit, epoch});
  refuses("one of a later epoch", "SLOT_IN_FUTURE", signAt(3));
  refuses("one of no epoch", "BEACON_DATA_INVALID", signAt(Number.NaN));
});

describe("SigningGate and the keys of administration", () => {
  const each: [string, Sign][] = [
    ["preferences", (gate, {preferences}) => gate.signProposerPreferences(KEY_A, preferences)],
    ["registrations", (gate, {registration}) => gate.signValidatorRegistration(KEY_A, registration)],
    ["exits", (gate, {exit}) => gate.signVoluntaryExit(KEY_A, exit)],
  ];
  for (const [what, sign] of each) {
    it(`signs no ${what} with a key that may not sign, before or in the moment of signing`, async () => {
      const {fixture, gate, messages} = setUp();
      fixture.refusals.set(KEY_A, INACTIVE);
      assert.equal(reasonOf(await sign(gate, messages, fixture.nowSec)), "KEY_NOT_ACTIVE");
      fixture.refusals.clear();
      const done = sign(gate, messages, fixture.nowSec);
      fixture.refusals.set(KEY_A, INACTIVE);
      assert.equal(reasonOf(await done), "KEY_NOT_ACTIVE");
      assert.deepEqual(fixture.signer.signed, []);
    });
  }
});
