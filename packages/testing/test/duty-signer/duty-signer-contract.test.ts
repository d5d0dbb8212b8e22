import {
  type AggregateAndProof,
  type AttesterDuty,
  type CommitteeIndex,
  type DutySigner,
  parseExecutionAddress,
  type SignOutcome,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import {fakePubkey, fakeRoot, fakeSignature} from "../../src/beacon-nodes/fake-answers.ts";
import {fakeChain} from "../../src/beacon-nodes/fake-chain.ts";
import {
  DUTY_SIGNER_CHECKS,
  type DutySignerUnderTest,
  dutySignerContract,
} from "../../src/duty-signer/duty-signer-contract.ts";
import {FakeDutySigner} from "../../src/duty-signer/fake-duty-signer.ts";
import {signableMessages} from "../../src/duty-signer/signable-messages.ts";
import {declareFlaws, override} from "../support/flaws.ts";
import {SLOTS_PER_EPOCH} from "../support/validators.ts";

const chain = fakeChain();
const SLOT = 17 as Slot;

const duties = [1, 2, 3].map(
  (index): AttesterDuty => ({
    pubkey: fakePubkey(index),
    validatorIndex: index as ValidatorIndex,
    slot: SLOT,
    committeeIndex: 0 as CommitteeIndex,
    committeeLength: 4,
    committeesAtSlot: 1,
    validatorCommitteeIndex: index,
  }),
);

const aggregate: AggregateAndProof = {
  aggregatorIndex: 1 as ValidatorIndex,
  aggregate: chain.aggregate(SLOT, 0)!,
  selectionProof: fakeSignature(1),
};

const messages = signableMessages({
  slot: SLOT,
  slotsPerEpoch: SLOTS_PER_EPOCH,
  pubkey: fakePubkey(1),
  feeRecipient: parseExecutionAddress(`0x${"fe".repeat(20)}`, "fee recipient"),
  gasLimit: 60_000_000,
  nowSec: 1,
});

function sound(flaw: (signer: FakeDutySigner) => Partial<DutySigner> = () => ({})): () => DutySignerUnderTest {
  return () => {
    const signer = new FakeDutySigner({clock: {nowMs: () => 1_000}});
    return {
      signer: override<DutySigner>(signer, flaw(signer)),
      data: chain.attestationData(SLOT),
      duties,
      aggregate,
      messages,
      failKey: (pubkey) => signer.refusals.set(pubkey, "SIGNER_FAILED"),
    };
  };
}

/** Every vote's outcome changed. */
const changingVotes = (change: (outcome: SignOutcome, at: number) => SignOutcome) =>
  sound((signer) => ({
    signAttestations: async (data, asked) =>
      (await signer.signAttestations(data, asked)).map(({duty, outcome}, at) => ({duty, outcome: change(outcome, at)})),
  }));

describe("FakeDutySigner keeps the contract of its port", () => {
  dutySignerContract(sound());
});

describe("the suite of DutySigner", () => {
  const sortsByValidator = sound((signer) => ({
    signAttestations: (data, asked) =>
      signer.signAttestations(
        data,
        asked.toSorted((a, b) => a.validatorIndex - b.validatorIndex),
      ),
  }));
  const signsSomethingAnyway = sound((signer) => ({
    signAttestations: (data, asked) => signer.signAttestations(data, asked.length === 0 ? duties : asked),
  }));
  const stopsAtTheFirstFailure = sound((signer) => ({
    signAttestations: async (data, asked) => {
      const results = await signer.signAttestations(data, asked);
      const failure = results.find(({outcome}) => outcome.kind === "refused");
      return failure === undefined ? results : results.map(({duty}) => ({duty, outcome: failure.outcome}));
    },
  }));
  const throwsAtNonsense = sound((signer) => ({
    signAttestations: async (data, asked) => {
      if (!Number.isSafeInteger(data.slot)) throw new Error("no slot");
      return signer.signAttestations(data, asked);
    },
  }));

  const throwsAtNonsenseBlocks = sound((signer) => ({
    signBlock: async (pubkey, produced) => {
      if (!Number.isSafeInteger(produced.block.slot)) throw new Error("no slot");
      return signer.signBlock(pubkey, produced);
    },
  }));
  const forgetsRecordsOfBlocks = sound((signer) => ({
    signBlock: async (pubkey, produced) => {
      const {recordedMs: _, ...outcome} = (await signer.signBlock(pubkey, produced)) as SignOutcome & {
        recordedMs: number;
      };
      return outcome;
    },
  }));
  const signsEnvelopesAsBlocks = sound((signer) => ({
    signExecutionPayloadEnvelope: async (pubkey) => {
      const {recordedMs: _, ...outcome} = (await signer.signBlock(pubkey, messages.produced)) as SignOutcome & {
        recordedMs: number;
      };
      return outcome;
    },
  }));

  declareFlaws(DUTY_SIGNER_CHECKS, {
    "signs the duties of a slot, results in the order of the duties": sortsByValidator,
    "gives identical messages one signing root": sound((signer) => ({
      signPayloadAttestations: async (data, asked) =>
        (await signer.signPayloadAttestations(data, asked)).map(({duty, outcome}, at) => ({
          duty,
          outcome: {...outcome, signingRoot: fakeRoot(at)},
        })),
    })),
    "signs nothing when there are no duties": signsSomethingAnyway,
    "gives a whole signature and signing root of every message, each message its own": signsEnvelopesAsBlocks,
    "gives each slot its own selection proof": sound((signer) => ({
      signSelectionProof: (pubkey) => signer.signSelectionProof(pubkey, SLOT),
    })),
    "says when a vote or a block was recorded, before it was signed": forgetsRecordsOfBlocks,
    "claims no record of what cannot be slashed": sound((signer) => ({
      signSelectionProof: async (pubkey, slot) => ({...(await signer.signSelectionProof(pubkey, slot)), recordedMs: 1}),
    })),
    "refuses with a reason what it cannot sign": changingVotes((outcome) =>
      outcome.kind === "refused" ? {...outcome, reason: "" as "SIGNER_FAILED"} : outcome,
    ),
    "lets one failure stop no other": stopsAtTheFirstFailure,
    "answers for every duty whatever the data are, and never rejects": throwsAtNonsense,
    "answers for a block, whatever it is, and never rejects": throwsAtNonsenseBlocks,
  });
});
