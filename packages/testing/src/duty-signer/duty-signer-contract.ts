import assert from "node:assert/strict";
import {
  type AggregateAndProof,
  type AttestationData,
  type AttesterDuty,
  type DutySigner,
  type Epoch,
  FAILURE_REASONS,
  type Pubkey,
  parseRoot,
  SIGNATURE_SIZE_BYTES,
  type SignOutcome,
  type Slot,
} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly} from "../contract/settling.ts";

export interface DutySignerUnderTest extends UnderTest {
  readonly signer: DutySigner;
  /** Data that may be voted for now. */
  readonly data: AttestationData;
  /** Duties of the slot of `data`: at least three, each with a key of its own that may sign. */
  readonly duties: readonly AttesterDuty[];
  /** What the key of `duties[0]` may sign now. */
  readonly aggregate: AggregateAndProof;
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

/** One message of each kind, signed by the first key. */
const signEach = async ({signer, data, duties, aggregate}: DutySignerUnderTest): Promise<SignOutcome[]> => {
  const [vote] = await signer.signAttestations(data, duties.slice(0, 1));
  return [
    (vote as {outcome: SignOutcome}).outcome,
    await signer.signSelectionProof(keyOf(duties), data.slot),
    await signer.signAggregateAndProof(keyOf(duties), aggregate),
  ];
};

export const DUTY_SIGNER_CHECKS: readonly ContractCheck<DutySignerUnderTest>[] = [
  {
    name: "signs the votes of a slot, results in the order of the duties",
    run: async ({signer, data, duties}) => {
      const shuffled = [...duties.slice(1), ...duties.slice(0, 1)];
      const results = await signer.signAttestations(data, shuffled);
      assert.deepEqual(
        results.map(({duty}) => duty),
        shuffled,
      );
      const signatures = results.map(({outcome}) => signed(outcome).signature.join());
      assert.equal(new Set(signatures).size, duties.length, "each key has its own signature");
    },
  },
  {
    name: "gives identical votes one signing root",
    run: async ({signer, data, duties}) => {
      const results = await signer.signAttestations(data, duties);
      const roots = new Set(results.map(({outcome}) => signed(outcome).signingRoot));
      assert.equal(roots.size, 1);
    },
  },
  {
    name: "signs nothing when there are no duties",
    run: async ({signer, data}) => {
      assert.deepEqual(await signer.signAttestations(data, []), []);
    },
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
    name: "says when a vote was recorded, before it was signed",
    run: async ({signer, data, duties}) => {
      for (const {outcome} of await signer.signAttestations(data, duties)) {
        const {recordedMs, signedMs} = signed(outcome);
        assert.ok(recordedMs !== undefined && recordedMs <= signedMs, `${recordedMs} is not before ${signedMs}`);
      }
    },
  },
  {
    name: "claims no record of what cannot be slashed",
    run: async (subject) => {
      for (const outcome of (await signEach(subject)).slice(1)) assert.equal(signed(outcome).recordedMs, undefined);
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
    run: async ({signer, data, duties, failKey}) => {
      const failing = duties[1] as AttesterDuty;
      failKey(failing.pubkey);
      for (const {duty, outcome} of await signer.signAttestations(data, duties)) {
        if (duty === failing) assertRefused(outcome);
        else signed(outcome);
      }
    },
  },
  {
    name: "answers for every duty whatever the data are, and never rejects",
    run: async ({signer, data, duties}) => {
      const nonsense: AttestationData[] = [
        {...data, slot: Number.NaN as Slot},
        {...data, target: {...data.target, epoch: Number.POSITIVE_INFINITY as Epoch}},
        {...data, source: {...data.source, epoch: -1 as Epoch}},
      ];
      for (const each of nonsense) {
        const results = await promptly(signer.signAttestations(each, duties));
        assert.equal(results.length, duties.length);
      }
    },
  },
];

/** What every adapter of the port `DutySigner` has to do. */
export const dutySignerContract = contractOf(DUTY_SIGNER_CHECKS);
