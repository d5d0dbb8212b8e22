import type {DutiesSource, Epoch, ValidatorIndex} from "@mote/core";
import {fakeRoot} from "../../src/beacon-nodes/fake-chain.ts";
import {
  DUTIES_LIES,
  DUTIES_SOURCE_CHECKS,
  type DutiesSourceUnderTest,
  dutiesSourceContract,
} from "../../src/duties-source/duties-source-contract.ts";
import {FakeDutiesSource} from "../../src/duties-source/fake-duties-source.ts";
import {declareFlaws, override} from "../support/flaws.ts";
import {dutyOf} from "../support/validators.ts";

const INDICES = [3, 1, 10] as ValidatorIndex[];
const dependentRootOf = (epoch: Epoch) => fakeRoot(epoch);

function sound(flaw: (source: FakeDutiesSource) => Partial<DutiesSource> = () => ({})): () => DutiesSourceUnderTest {
  return () => {
    const source = new FakeDutiesSource({dutyOf, dependentRootOf});
    return {
      source: override<DutiesSource>(source, flaw(source)),
      epoch: 2 as Epoch,
      dutiesIn: (epoch) => INDICES.map((index) => dutyOf(epoch, index)),
      dependentRootOf,
      // A fake has no beacon node that it could believe or not: whatever an adapter must not believe is a failure here.
      become: (condition) => {
        source.failure = condition === "ready" ? null : condition;
      },
      lie: (lie) => {
        source.failure = lie;
      },
    };
  };
}

describe("FakeDutiesSource keeps the contract of its port", () => {
  dutiesSourceContract(sound());
});

describe("the suite of DutiesSource", () => {
  const forgetsTheRoot = sound((source) => ({
    attesterDuties: async (epoch, indices) => ({
      ...(await source.attesterDuties(epoch, indices)),
      dependentRoot: fakeRoot(0),
    }),
  }));
  const tellsAllDuties = sound((source) => ({attesterDuties: (epoch) => source.attesterDuties(epoch, INDICES)}));
  const believesAnything = sound((source) => ({
    attesterDuties: async (epoch, indices) => {
      source.failure = null;
      return source.attesterDuties(epoch, indices);
    },
  }));

  declareFlaws(DUTIES_SOURCE_CHECKS, {
    "tells the duties of this and the next epoch, with the root that they rest on": forgetsTheRoot,
    "tells no duties but of the validators asked for": tellsAllDuties,
    "rejects when all beacon nodes are silent": believesAnything,
    "rejects when all beacon nodes are syncing": believesAnything,
    "rejects when all beacon nodes are optimistic": believesAnything,
    ...Object.fromEntries(
      DUTIES_LIES.map((lie) => [`rejects when all beacon nodes tell of a duty ${lie}`, believesAnything]),
    ),
  });
});
