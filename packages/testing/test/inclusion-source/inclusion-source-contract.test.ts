import type {InclusionSource, Slot} from "@mote/core";
import {fakeRoot} from "../../src/beacon-nodes/fake-answers.ts";
import {fakeChain} from "../../src/beacon-nodes/fake-chain.ts";
import {FakeInclusionSource} from "../../src/inclusion-source/fake-inclusion-source.ts";
import {
  INCLUSION_SOURCE_CHECKS,
  type InclusionSourceUnderTest,
  inclusionSourceContract,
} from "../../src/inclusion-source/inclusion-source-contract.ts";
import {declareFlaws, override} from "../support/flaws.ts";

const attestation = fakeChain().aggregate(17 as Slot, 0)!;
const blocks = [
  {root: fakeRoot(0x18), slot: 18 as Slot, parentRoot: fakeRoot(0x17), attestations: [attestation]},
  {root: fakeRoot(0x17), slot: 17 as Slot, parentRoot: fakeRoot(0x16), attestations: []},
];
const committeeLengths = (slot: Slot): readonly number[] => (slot === 17 ? [4, 5] : [5, 5]);

function sound(
  flaw: (source: FakeInclusionSource) => Partial<InclusionSource> = () => ({}),
): () => InclusionSourceUnderTest {
  return () => {
    const source = new FakeInclusionSource({committeeLengths});
    for (const {root, ...block} of blocks) source.blocks.set(root, block);
    return {
      source: override<InclusionSource>(source, flaw(source)),
      blocks,
      committeeLengths: new Map(blocks.map(({slot}) => [slot, committeeLengths(slot)])),
      become: (condition) => {
        source.failure = condition === "ready" ? null : condition;
      },
    };
  };
}

describe("FakeInclusionSource keeps the contract of its port", () => {
  inclusionSourceContract(sound());
});

describe("the suite of InclusionSource", () => {
  const anyHeader = sound(() => ({blockHeader: async () => ({slot: 18 as Slot, parentRoot: fakeRoot(0x17)})}));
  const noAttestations = sound(() => ({blockAttestations: async () => []}));
  const takesAnySlot = sound((source) => ({committeeLengths: () => source.committeeLengths(18 as Slot)}));

  declareFlaws(INCLUSION_SOURCE_CHECKS, {
    "tells slot and parent of a block": anyHeader,
    "tells the attestations of a block, bits and all": noAttestations,
    "rejects for the header of a block that nobody knows": anyHeader,
    "rejects for the attestations of a block that nobody knows": noAttestations,
    "tells the committee lengths of the slot that was asked for": takesAnySlot,
    "rejects when no beacon node answers": sound(() => ({committeeLengths: async () => []})),
  });
});
