import type {Epoch, ValidatorIndex, ValidatorLiveness} from "@mote/core";
import {FakeValidatorLiveness} from "../../src/validator-liveness/fake-validator-liveness.ts";
import {
  VALIDATOR_LIVENESS_CHECKS,
  type ValidatorLivenessUnderTest,
  validatorLivenessContract,
} from "../../src/validator-liveness/validator-liveness-contract.ts";
import {declareFlaws, override} from "../support/flaws.ts";

const epoch = 7 as Epoch;
const live = [4, 2] as ValidatorIndex[];
const absent = [9, 1] as ValidatorIndex[];

function sound(
  flaw: (liveness: FakeValidatorLiveness) => Partial<ValidatorLiveness> = () => ({}),
): () => ValidatorLivenessUnderTest {
  return () => {
    const liveness = new FakeValidatorLiveness();
    liveness.isLive = (of, index) => of === epoch && live.includes(index);
    return {
      liveness: override<ValidatorLiveness>(liveness, flaw(liveness)),
      epoch,
      live,
      absent,
      become: (condition) => {
        liveness.failure = condition === "ready" ? null : condition;
      },
    };
  };
}

describe("FakeValidatorLiveness keeps the contract of its port", () => {
  validatorLivenessContract(sound());
});

describe("the suite of ValidatorLiveness", () => {
  const seesNobody = sound(() => ({
    liveness: async (_, indices) => indices.map((index) => ({index, isLive: false})),
  }));
  const mixesEpochs = sound((liveness) => ({liveness: (_, indices) => liveness.liveness(epoch, indices)}));
  const tellsOfAll = sound((liveness) => ({liveness: (of) => liveness.liveness(of, [...live, ...absent])}));

  declareFlaws(VALIDATOR_LIVENESS_CHECKS, {
    "tells of each validator whether it was seen in the epoch": seesNobody,
    "tells of another epoch what was seen in that one": mixesEpochs,
    "tells of no validator that was not asked for": tellsOfAll,
    "knows nothing when nothing is asked": tellsOfAll,
    "rejects when all beacon nodes are silent": seesNobody,
    "rejects when all beacon nodes are syncing": seesNobody,
    "rejects when all beacon nodes are optimistic": seesNobody,
  });
});
