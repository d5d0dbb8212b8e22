import assert from "node:assert/strict";
import {
  type AggregateAndProof,
  type AttestationData,
  type AttesterDuty,
  type DutySigner,
  type Epoch,
  FAILURE_REASONS,
  type PtcDuty,
  type Pubkey,
  parseRoot,
  SIGNATURE_SIZE_BYTES,
  type SignOutcome,
  type SignOutcomes,
  type Slot,
  type SyncDuty,
} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly} from "../contract/settling.ts";
import type {SignableMessages} from "./signable-messages.ts";

export interface DutySignerUnderTest extends UnderTest {
  readonly signer: DutySigner;
  /** Data that may be voted for now. */
  readonly data: AttestationData;
  /** Duties of the slot of `data`: at least three, each with a key of its own that may sign. */
  readonly duties: readonly AttesterDuty[];
  /** What the key of `duties[0]` may sign now. */
  readonly aggregate: AggregateAndProof;
  /** What the key of `duties[0]` may sign now, in the slot of `data`. */
  readonly messages: SignableMessages;
  /** From now on, signing with this key fails. */
  readonly failKey: (pubkey: Pubkey) => void;
}

type Signed = Extract<SignOutcome, {kind: "signed"}>;

function signed(outcome: SignOutcome | undefined): Signed {
  assert.ok(outcome?.kind === "signed", JSON.stringify(outcome));
  return outcome;
}

function assertRefused(outcome: SignOutcome | undefined): void {
  assert.ok(outcome?.kind === "refused", JSON.stringify(outcome));
  assert.ok(FAILURE_REASONS.includes(outcome.reason), `${outcome.reason} is no failure reason`);
  assert.equal(typeof outcome.detail, "string");
}

const keyOf = ([duty]: readonly AttesterDuty[]): Pubkey => (duty as AttesterDuty).pubkey;

const syncDutiesOf = (duties: readonly AttesterDuty[]): SyncDuty[] =>
  duties.map(({pubkey, validatorIndex}, seat) => ({pubkey, validatorIndex, seats: [seat]}));

const ptcDutiesOf = (duties: readonly AttesterDuty[]): PtcDuty[] =>
  duties.map(({pubkey, validatorIndex, slot}) => ({pubkey, validatorIndex, slot}));

const only = (results: SignOutcomes<unknown>): SignOutcome => (results[0] as {outcome: SignOutcome}).outcome;

/** What can be slashed, each signed by the first key. */
async function signSlashable({signer, data, duties, messages}: DutySignerUnderTest): Promise<SignOutcome[]> {
  return [
    only(await signer.signAttestations(data, duties.slice(0, 1))),
    await signer.signBlock(keyOf(duties), messages.produced),
  ];
}

/** One message of each other kind, signed by the first key. The payload comes after its block. */
async function signHarmless({signer, data, duties, aggregate, messages}: DutySignerUnderTest): Promise<SignOutcome[]> {
  const key = keyOf(duties);
  const first = duties.slice(0, 1);
  return [
    await signer.signSelectionProof(key, data.slot),
    await signer.signAggregateAndProof(key, aggregate),
    await signer.signRandaoReveal(key, data.slot),
    await signer.signExecutionPayloadEnvelope(key, messages.produced.payload),
    only(await signer.signSyncCommitteeMessages(messages.syncCommitteeHead, syncDutiesOf(first))),
    await signer.signSyncCommitteeSelectionProof(key, messages.syncSelection),
    await signer.signContributionAndProof(key, messages.contribution),
    only(await signer.signPayloadAttestations(messages.payloadAttestation, ptcDutiesOf(first))),
    await signer.signProposerPreferences(key, messages.preferences),
    await signer.signValidatorRegistration(key, messages.registration),
    await signer.signVoluntaryExit(key, messages.exit),
  ];
}

const signEach = async (subject: DutySignerUnderTest): Promise<SignOutcome[]> => [
  ...(await signSlashable(subject)),
  ...(await signHarmless(subject)),
];

type Result = SignOutcomes<{readonly pubkey: Pubkey}>[number];

/** The duties of a whole slot, signed by each of the methods that take several. */
async function signSlots({signer, data, messages}: DutySignerUnderTest, duties: readonly AttesterDuty[]) {
  return [
    await signer.signAttestations(data, duties),
    await signer.signSyncCommitteeMessages(messages.syncCommitteeHead, syncDutiesOf(duties)),
    await signer.signPayloadAttestations(messages.payloadAttestation, ptcDutiesOf(duties)),
  ] satisfies (readonly Result[])[];
}

export const DUTY_SIGNER_CHECKS: readonly ContractCheck<DutySignerUnderTest>[] = [
  {
    name: "signs the duties of a slot, results in the order of the duties",
    run: async (subject) => {
      const {duties} = subject;
      const shuffled = [...duties.slice(1), ...duties.slice(0, 1)];
      for (const results of await signSlots(subject, shuffled)) {
        assert.deepEqual(
          results.map(({duty}) => duty.pubkey),
          shuffled.map(({pubkey}) => pubkey),
        );
        const signatures = results.map(({outcome}) => signed(outcome).signature.join());
        assert.equal(new Set(signatures).size, duties.length, "each key has its own signature");
      }
    },
  },
  {
    name: "gives identical messages one signing root",
    run: async (subject) => {
      for (const results of await signSlots(subject, subject.duties)) {
        const roots = new Set(results.map(({outcome}: Result) => signed(outcome).signingRoot));
        assert.equal(roots.size, 1);
      }
    },
  },
  {
    name: "signs nothing when there are no duties",
    run: async (subject) => assert.deepEqual(await signSlots(subject, []), [[], [], []]),
  },
  {
    name: "gives a whole signature and signing root of every message, each message its own",
    run: async (subject) => {
      const outcomes = (await signEach(subject)).map(signed);
      for (const {signature, signingRoot} of outcomes) {
        assert.equal(signature.length, SIGNATURE_SIZE_BYTES);
        assert.doesNotThrow(() => parseRoot(signingRoot, "signing root"));
      }
      assert.equal(new Set(outcomes.map(({signingRoot}) => signingRoot)).size, outcomes.length);
    },
  },
  {
    name: "gives each slot its own selection proof",
    run: async ({signer, data, duties}) => {
      const slots = [data.slot, (data.slot + 1) as Slot];
      const proofs = await Promise.all(slots.map((slot) => signer.signSelectionProof(keyOf(duties), slot)));
      assert.equal(new Set(proofs.map((proof) => signed(proof).signingRoot)).size, 2);
    },
  },
  {
    name: "says when a vote or a block was recorded, before it was signed",
    run: async (subject) => {
      for (const outcome of await signSlashable(subject)) {
        const {recordedMs, signedMs} = signed(outcome);
        assert.ok(recordedMs !== undefined && recordedMs <= signedMs, `${recordedMs} is not before ${signedMs}`);
      }
    },
  },
  {
    name: "claims no record of what cannot be slashed",
    run: async (subject) => {
      await signSlashable(subject);
      for (const outcome of await signHarmless(subject)) assert.equal(signed(outcome).recordedMs, undefined);
    },
  },
  {
    name: "refuses with a reason what it cannot sign",
    run: async (subject) => {
      subject.failKey(keyOf(subject.duties));
      for (const outcome of await signEach(subject)) assertRefused(outcome);
    },
  },
  {
    name: "lets one failure stop no other",
    run: async (subject) => {
      const failing = (subject.duties[1] as AttesterDuty).pubkey;
      subject.failKey(failing);
      for (const results of await signSlots(subject, subject.duties)) {
        for (const {duty, outcome} of results as readonly Result[]) {
          if (duty.pubkey === failing) assertRefused(outcome);
          else signed(outcome);
        }
      }
    },
  },
  {
    name: "answers for every duty whatever the data are, and never rejects",
    run: async ({signer, data, duties, messages}) => {
      const slot = Number.NaN as Slot;
      const nonsense: AttestationData[] = [
        {...data, slot},
        {...data, target: {...data.target, epoch: Number.POSITIVE_INFINITY as Epoch}},
        {...data, source: {...data.source, epoch: -1 as Epoch}},
      ];
      const answers: Promise<SignOutcomes<unknown>>[] = [
        ...nonsense.map((each) => signer.signAttestations(each, duties)),
        signer.signSyncCommitteeMessages({...messages.syncCommitteeHead, slot}, syncDutiesOf(duties)),
        signer.signPayloadAttestations({...messages.payloadAttestation, slot}, ptcDutiesOf(duties)),
      ];
      for (const answer of answers) assert.equal((await promptly(answer)).length, duties.length);
    },
  },
  {
    name: "answers for a block, whatever it is, and never rejects",
    run: async ({signer, duties, messages}) => {
      const {block} = messages.produced;
      for (const slot of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
        const outcome = await promptly(
          signer.signBlock(keyOf(duties), {...messages.produced, block: {...block, slot}}),
        );
        assert.ok(["signed", "refused"].includes(outcome.kind));
      }
    },
  },
];

/** What every adapter of the port `DutySigner` has to do. */
export const dutySignerContract = contractOf(DUTY_SIGNER_CHECKS);
