import assert from "node:assert/strict";
import {attestationFromSsz, ssz} from "@mote/consensus";
import type {AggregateAndProof, Pubkey, Signature, SignOutcome, Slot, ValidatorIndex} from "@mote/core";
import {blindedBlock, buildersBlock, FakeLog, type FakeWeb3Signer, fullBlock, signableMessages} from "@mote/testing";
import {type KeyRing, openKeyRing} from "../src/signers/key-ring.ts";
import type {SigningGate} from "../src/signing-gate.ts";
import {
  BUILDER_ON,
  dataOf,
  dutyOf,
  FEE_RECIPIENT,
  forkingConfig,
  GAS_LIMIT,
  GateFixture,
  GLOAS_EPOCH,
  reasonOf,
  SLOTS_PER_EPOCH,
  settingsWith,
} from "./gate-fixture.ts";
import {pubkeys, realClock, sayWhenUnjudged, startFake, warnings} from "./signers/support/remote.ts";

const GLOAS_SLOT = GLOAS_EPOCH * SLOTS_PER_EPOCH;
const key = pubkeys[0] as Pubkey;

describe("SigningGate over a remote signer", () => {
  sayWhenUnjudged();
  let fake: FakeWeb3Signer;
  let ring: KeyRing;
  let log: FakeLog;

  beforeEach(async () => {
    log = new FakeLog();
    fake = await startFake();
    ring = openKeyRing({slotsPerEpoch: SLOTS_PER_EPOCH, cores: 1}, {clock: realClock, log});
    ring.addRemote(pubkeys.map((pubkey) => ({pubkey, url: fake.url})));
  });
  afterEach(async () => {
    await ring.close();
    await fake.close();
  });

  /** A gate in the middle of `slot`, and what may be signed there. */
  function inSlot(slot: number) {
    const fixture = new GateFixture(slot, {config: forkingConfig});
    fixture.settings.set(key, settingsWith(BUILDER_ON));
    const messages = signableMessages({
      slot: slot as Slot,
      slotsPerEpoch: SLOTS_PER_EPOCH,
      pubkey: key,
      feeRecipient: FEE_RECIPIENT,
      gasLimit: GAS_LIMIT,
      nowSec: fixture.nowSec,
    });
    return {gate: fixture.newGate({signer: ring}), messages, slot: slot as Slot};
  }

  const signVote = async (gate: SigningGate, slot: Slot): Promise<SignOutcome | undefined> =>
    (await gate.signAttestations(dataOf(slot), [dutyOf(key, slot)]))[0]?.outcome;

  const syncDuty = {pubkey: key, validatorIndex: 1 as ValidatorIndex, seats: [0]};

  async function signWhatEveryForkHas({gate, messages, slot}: ReturnType<typeof inSlot>) {
    return [
      await signVote(gate, slot),
      await gate.signSelectionProof(key, slot),
      await gate.signAggregateAndProof(key, aggregateOf(slot)),
      await gate.signRandaoReveal(key, slot),
      (await gate.signSyncCommitteeMessages(messages.syncCommitteeHead, [syncDuty]))[0]?.outcome,
      await gate.signSyncCommitteeSelectionProof(key, messages.syncSelection),
      await gate.signContributionAndProof(key, messages.contribution),
      await gate.signValidatorRegistration(key, messages.registration),
      await gate.signVoluntaryExit(key, messages.exit),
    ].map(reasonOf);
  }

  it("tells it what it is to sign, on both sides of a fork", async () => {
    for (const slot of [GLOAS_SLOT - 1, GLOAS_SLOT]) {
      const reasons = await signWhatEveryForkHas(inSlot(slot));
      assert.deepEqual(reasons, Array(9).fill("signed"), fake.complaints.join("\n"));
    }
    assert.deepEqual(fake.complaints, []);
  });

  it("has it sign blocks of every form by their headers", async () => {
    const before = {slot: (GLOAS_SLOT - 1) as Slot, feeRecipient: FEE_RECIPIENT};
    const after = {slot: GLOAS_SLOT as Slot, feeRecipient: FEE_RECIPIENT, gasLimit: GAS_LIMIT};
    for (const produced of [fullBlock(before), blindedBlock(before), buildersBlock(after)]) {
      const {gate, messages} = inSlot(produced.block.slot);
      // Without it no builder would be trusted with a blinded block.
      await gate.signValidatorRegistration(key, messages.registration);
      assert.equal(reasonOf(await gate.signBlock(key, produced)), "signed", fake.complaints.join("\n"));
    }
  });

  it("says of what the API does not have that it cannot be signed, and goes on", async () => {
    const {gate, messages, slot} = inSlot(GLOAS_SLOT);
    const ptcDuty = {pubkey: key, validatorIndex: 1 as ValidatorIndex, slot};
    const [vote] = await gate.signPayloadAttestations(messages.payloadAttestation, [ptcDuty]);
    assert.equal(reasonOf(vote?.outcome), "SIGNER_FAILED");
    assert.match(detailOf(vote?.outcome), /cannot sign payload attestations$/);
    assert.equal(reasonOf(await gate.signProposerPreferences(key, messages.preferences)), "SIGNER_FAILED");
    assert.equal(warnings(log).length, 2);
    assert.equal(reasonOf(await signVote(gate, slot)), "signed");
  });

  it("passes on why the signer refuses, and asks no second time in the slot", async () => {
    fake.faults.set("sign", {kind: "status", status: 412});
    const {gate, slot} = inSlot(GLOAS_SLOT);
    const refused = await signVote(gate, slot);
    assert.equal(reasonOf(refused), "SIGNER_FAILED");
    assert.match(detailOf(refused), /its own slashing protection forbids it/);
    fake.faults.clear();
    assert.equal(reasonOf(await signVote(gate, slot)), "ALREADY_ATTEMPTED");
    assert.equal(fake.requests.length, 1);
  });
});

const detailOf = (outcome: SignOutcome | undefined): string => (outcome?.kind === "refused" ? outcome.detail : "");

function aggregateOf(slot: Slot): AggregateAndProof {
  const aggregate = {...attestationFromSsz(ssz.electra.Attestation.defaultValue()), data: dataOf(slot)};
  const selectionProof = new Uint8Array(96).fill(5) as Signature;
  return {aggregatorIndex: 3 as ValidatorIndex, aggregate, selectionProof};
}
