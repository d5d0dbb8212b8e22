import assert from "node:assert/strict";
import {blockSigningRoot, executionPayloadEnvelopeSigningRoot} from "@mote/consensus";
import {type FailureReason, hexToBytes, type Pubkey, type SelfBuiltPayload, type Slot} from "@mote/core";
import {buildersBlock, type SelfBuiltBlock, selfBuiltBlock} from "@mote/testing";
import type {SigningGate} from "../../src/signing-gate.ts";
import {
  BUILDER_ON,
  FEE_RECIPIENT,
  GAS_LIMIT,
  GateFixture,
  gloasConfig,
  INACTIVE,
  KEYS,
  reasonOf,
  STRANGER,
  settingsWith,
} from "../gate-fixture.ts";

const SLOT = 20 as Slot;
const [KEY_A, KEY_B] = KEYS as [Pubkey, Pubkey];
const INIT = {slot: SLOT, feeRecipient: FEE_RECIPIENT, gasLimit: GAS_LIMIT};

const gloasFixture = (distributed = false) => new GateFixture(SLOT, {config: gloasConfig, distributed});

type Envelope = SelfBuiltPayload["envelope"];

const withEnvelope = (payload: SelfBuiltPayload, change: (envelope: Envelope) => Partial<Envelope>) => ({
  ...payload,
  envelope: {...payload.envelope, ...change(payload.envelope)},
});

const other = (): Uint8Array => new Uint8Array(32).fill(0xee);
const payloadWith =
  (over: Partial<Envelope["payload"]>) =>
  ({payload}: Envelope) => ({payload: {...payload, ...over}});

/** What is wrong, how the gate calls it, and how to make it. */
const misfits: [string, string, (envelope: Envelope) => Partial<Envelope>][] = [
  ["another block", "beacon block root", () => ({beaconBlockRoot: other()})],
  ["another parent", "parent beacon block root", () => ({parentBeaconBlockRoot: other()})],
  ["a builder", "builder index", () => ({builderIndex: 7})],
  [
    "other execution requests",
    "execution requests",
    ({executionRequests}) => ({
      executionRequests: {
        ...executionRequests,
        builderExits: [{sourceAddress: new Uint8Array(20), pubkey: new Uint8Array(48)}],
      },
    }),
  ],
  ["another slot", "slot", payloadWith({slotNumber: SLOT - 1})],
  ["another block hash", "block hash", payloadWith({blockHash: other()})],
  ["another parent hash", "parent hash", payloadWith({parentHash: other()})],
  ["another randomness", "prev randao", payloadWith({prevRandao: other()})],
  ["another gas limit", "gas limit", payloadWith({gasLimit: GAS_LIMIT + 1})],
];

describe("SigningGate.signBlock in Gloas", () => {
  it("signs a block whose payload is the proposer's own", async () => {
    const fixture = gloasFixture();
    const produced = selfBuiltBlock(INIT);
    const outcome = await fixture.newGate().signBlock(KEY_A, produced);
    assert(outcome.kind === "signed", JSON.stringify(outcome));
    assert.equal(outcome.signingRoot, blockSigningRoot(gloasConfig, produced.block));
    assert.equal(outcome.recordedMs, fixture.clock.nowMs());
  });

  for (const [what, field, change] of misfits) {
    it(`refuses a block whose payload is for ${what}`, async () => {
      const produced = selfBuiltBlock(INIT);
      const payload = withEnvelope(produced.payload, change);
      await assertRefused({...produced, payload}, "BEACON_DATA_INVALID", {detail: `the payload's ${field} is`});
    });
  }

  const {block} = selfBuiltBlock(INIT);
  type Signed = (typeof block)["body"]["signedExecutionPayloadBid"];
  const withBid = (change: (signed: Signed) => Partial<Signed>): SelfBuiltBlock => {
    const produced = selfBuiltBlock(INIT);
    const {signedExecutionPayloadBid: signed} = produced.block.body;
    Object.assign(signed, change(signed));
    return produced;
  };
  const bids: [string, string, SelfBuiltBlock][] = [
    ["of another slot", "the bid's slot", withBid(({message}) => ({message: {...message, slot: SLOT - 1}}))],
    [
      "on another parent",
      "the bid's parent",
      withBid(({message}) => ({message: {...message, parentBlockRoot: other()}})),
    ],
    [
      "of its own that promises itself something",
      "promises 1 gwei",
      withBid(({message}) => ({message: {...message, value: 1}})),
    ],
    ["of its own with a signature", "carries a signature", withBid(() => ({signature: new Uint8Array(96).fill(1)}))],
  ];
  for (const [what, detail, produced] of bids) {
    it(`refuses a block with a bid ${what}`, () => assertRefused(produced, "BEACON_DATA_INVALID", {detail}));
  }

  it("refuses a block that promises a payload which is not there", () =>
    assertRefused({...selfBuiltBlock(INIT), payload: null}, "BEACON_DATA_INVALID"));

  it("refuses a bid that pays a stranger, and a payload that does", async () => {
    await assertRefused(selfBuiltBlock({...INIT, feeRecipient: STRANGER}), "FEE_RECIPIENT_MISMATCH");
    const produced = selfBuiltBlock(INIT);
    const payload = withEnvelope(produced.payload, payloadWith({feeRecipient: hexToBytes(STRANGER)}));
    await assertRefused({...produced, payload}, "FEE_RECIPIENT_MISMATCH");
  });

  it("refuses a builder's bid while the builder is off, and one that pays a stranger", async () => {
    await assertRefused(buildersBlock(INIT), "BUILDER_NOT_ALLOWED");
    await assertRefused(buildersBlock({...INIT, feeRecipient: STRANGER}), "FEE_RECIPIENT_MISMATCH", {
      settings: BUILDER_ON,
    });
    await assertRefused(buildersBlock({...INIT, feeRecipient: STRANGER}), "BUILDER_NOT_ALLOWED", {
      settings: {...BUILDER_ON, feeRecipient: null},
      detail: "nobody to pay",
    });
    const fixture = gloasFixture();
    fixture.settings.set(KEY_A, settingsWith(BUILDER_ON));
    assert.equal(reasonOf(await fixture.newGate().signBlock(KEY_A, buildersBlock(INIT))), "signed");
  });

  async function assertRefused(
    produced: Parameters<SigningGate["signBlock"]>[1],
    reason: FailureReason,
    {settings = {}, detail = ""} = {},
  ): Promise<void> {
    const fixture = gloasFixture();
    fixture.settings.set(KEY_A, settingsWith(settings));
    const outcome = await fixture.newGate().signBlock(KEY_A, produced);
    assert.equal(reasonOf(outcome), reason, JSON.stringify(outcome));
    assert(outcome.kind === "refused" && outcome.detail.includes(detail), JSON.stringify(outcome));
    assert.deepEqual(fixture.signer.signed, []);
    assert.equal(await fixture.protection.newest(KEY_A), null);
  }
});

describe("SigningGate.signExecutionPayloadEnvelope", () => {
  /** A gate that has signed the block. */
  async function afterBlock(produced = selfBuiltBlock(INIT), distributed = false) {
    const fixture = gloasFixture(distributed);
    const gate = fixture.newGate();
    assert.equal(reasonOf(await gate.signBlock(KEY_A, produced)), "signed");
    fixture.signer.signed.length = 0;
    const sign = (payload: SelfBuiltPayload, key = KEY_A) => gate.signExecutionPayloadEnvelope(key, payload);
    return {fixture, gate, payload: produced.payload, sign};
  }

  it("signs the payload of the block that the key has just signed, once", async () => {
    const {fixture, payload, sign} = await afterBlock();
    const outcome = await sign(payload);
    assert(outcome.kind === "signed", JSON.stringify(outcome));
    assert.equal(outcome.signingRoot, executionPayloadEnvelopeSigningRoot(gloasConfig, payload.envelope));
    assert.equal("recordedMs" in outcome, false);
    assert.equal(reasonOf(await sign(payload)), "ALREADY_ATTEMPTED");
    assert.equal(fixture.signer.signed.length, 1);
  });

  for (const [what, field, change] of misfits) {
    it(`refuses a payload that is for ${what}`, async () => {
      const {fixture, payload, sign} = await afterBlock();
      const outcome = await sign(withEnvelope(payload, change));
      assert.equal(reasonOf(outcome), "BEACON_DATA_INVALID");
      assert(outcome.kind === "refused" && outcome.detail.includes(`the payload's ${field} is`), outcome.kind);
      assert.deepEqual(fixture.signer.signed, []);
      assert.equal(reasonOf(await sign(payload)), "signed", "the right one may still be");
    });
  }

  it("refuses it of a key that has signed no block, another block, or a block with a builder's bid", async () => {
    const {fixture, gate, payload, sign} = await afterBlock();
    assert.equal(reasonOf(await sign(payload, KEY_B)), "BEACON_DATA_INVALID");
    fixture.settings.set(KEY_B, settingsWith(BUILDER_ON));
    assert.equal(reasonOf(await gate.signBlock(KEY_B, buildersBlock(INIT))), "signed");
    fixture.signer.signed.length = 0;
    assert.equal(reasonOf(await sign(payload, KEY_B)), "BEACON_DATA_INVALID");
    assert.equal(reasonOf(await sign(selfBuiltBlock({...INIT, graffiti: 1}).payload)), "BEACON_DATA_INVALID");
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("refuses it when the block's signature failed", async () => {
    const fixture = gloasFixture();
    const gate = fixture.newGate();
    const produced = selfBuiltBlock(INIT);
    fixture.signer.failures.set(KEY_A, "no answer");
    assert.equal(reasonOf(await gate.signBlock(KEY_A, produced)), "SIGNER_FAILED");
    fixture.signer.failures.clear();
    assert.equal(reasonOf(await gate.signExecutionPayloadEnvelope(KEY_A, produced.payload)), "BEACON_DATA_INVALID");
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("refuses it when its slot is long over", async () => {
    const {fixture, payload, sign} = await afterBlock();
    fixture.jumpToSlot(SLOT + 2);
    assert.equal(reasonOf(await sign(payload)), "SLOT_PASSED_BY");
    fixture.jumpToSlot(SLOT - 1);
    assert.equal(reasonOf(await sign(payload)), "SLOT_IN_FUTURE");
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("refuses it when it pays a stranger; a share of a cluster's key raises an alarm", async () => {
    const alone = await afterBlock();
    const paysStranger = withEnvelope(alone.payload, payloadWith({feeRecipient: hexToBytes(STRANGER)}));
    assert.equal(reasonOf(await alone.sign(paysStranger)), "FEE_RECIPIENT_MISMATCH");
    assert.deepEqual(alone.fixture.signer.signed, []);
    const share = await afterBlock(selfBuiltBlock(INIT), true);
    assert.equal(reasonOf(await share.sign(paysStranger)), "signed");
    assert.equal(share.fixture.log.lines.length, 1);
  });

  it("passes on why the key may not sign", async () => {
    const {fixture, payload, sign} = await afterBlock();
    fixture.refusals.set(KEY_A, INACTIVE);
    assert.equal(reasonOf(await sign(payload)), "KEY_NOT_ACTIVE");
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("answers nonsense with an outcome", async () => {
    const {fixture, sign} = await afterBlock();
    assert.equal(reasonOf(await sign({} as SelfBuiltPayload)), "INTERNAL_ERROR");
    assert.deepEqual(fixture.signer.signed, []);
  });
});
