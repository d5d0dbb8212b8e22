import type {ValidatorStatuses} from "@mote/core";
import {fakePubkey} from "../../src/beacon-nodes/fake-answers.ts";
import {FakeValidatorStatuses} from "../../src/validator-statuses/fake-validator-statuses.ts";
import {
  VALIDATOR_STATUSES_CHECKS,
  type ValidatorStatusesUnderTest,
  validatorStatusesContract,
} from "../../src/validator-statuses/validator-statuses-contract.ts";
import {declareFlaws, override} from "../support/flaws.ts";
import {validatorOf} from "../support/validators.ts";

const known = [5, 1, 3].map(validatorOf);

function sound(
  flaw: (statuses: FakeValidatorStatuses) => Partial<ValidatorStatuses> = () => ({}),
): () => ValidatorStatusesUnderTest {
  return () => {
    const statuses = new FakeValidatorStatuses({infos: known});
    return {
      statuses: override<ValidatorStatuses>(statuses, flaw(statuses)),
      known,
      unknown: fakePubkey(1_000),
      become: (condition) => {
        statuses.failure = condition === "ready" ? null : condition;
      },
    };
  };
}

describe("FakeValidatorStatuses keeps the contract of its port", () => {
  validatorStatusesContract(sound());
});

describe("the suite of ValidatorStatuses", () => {
  const callsAllExited = sound((statuses) => ({
    validators: async (pubkeys) =>
      (await statuses.validators(pubkeys)).map((info) => ({...info, status: "exited_unslashed"})),
  }));
  const tellsOfAll = sound(() => ({validators: async () => known}));
  const inventsTheUnknown = sound((statuses) => ({
    validators: async (pubkeys) => [
      ...(await statuses.validators(pubkeys)),
      ...pubkeys.filter((pubkey) => pubkey === fakePubkey(1_000)).map(() => validatorOf(1_000)),
    ],
  }));
  const saysNobodyIsThere = sound((statuses) => ({
    validators: (pubkeys) => statuses.validators(pubkeys).catch(() => []),
  }));

  declareFlaws(VALIDATOR_STATUSES_CHECKS, {
    "tells what the head state knows of each key": callsAllExited,
    "tells of no key that was not asked for": tellsOfAll,
    "leaves out a key that is not in the state": inventsTheUnknown,
    "knows nothing when nothing is asked": tellsOfAll,
    "rejects when all beacon nodes are silent": saysNobodyIsThere,
    "rejects when all beacon nodes are syncing": saysNobodyIsThere,
    "rejects when all beacon nodes are optimistic": saysNobodyIsThere,
  });
});
