import type {Epoch, InclusionSource, Slot} from "@mote/core";
import {fakeChain, fakeRoot} from "../../src/beacon-nodes/fake-chain.ts";
import {FakeInclusionSource} from "../../src/inclusion-source/fake-inclusion-source.ts";
import {
  INCLUSION_SOURCE_CHECKS,
  type InclusionSourceUnderTest,
  inclusionSourceContract,
} from "../../src/inclusion-source/inclusion-source-contract.ts";
import {declareFlaws, override} from "../support/flaws.ts";
import {SLOTS_PER_EPOCH} from "../support/validators.ts";

const EPOCH = 2 as Epoch;
const attestation = fakeChain().aggregate(17 as Slot, 0)!;
const blocks = [
  {root: fakeRoot(0x18), slot: 18 as Slot, parentRoot: fakeRoot(0x17), attestations: [attestation]},
  {root: fakeRoot(0x17), slot: 17 as Slot, parentRoot: fakeRoot(0x16), attestations: []},
];
const committeeLengths = (epoch: Epoch): ReadonlyMap<Slot, readonly number[]> =>
  new Map(Array.from({length: SLOTS_PER_EPOCH}, (_, at) => [(epoch * SLOTS_PER_EPOCH + at) as Slot, [4, 5]]));

function sound(
  flaw: (source: FakeInclusionSource) => Partial<InclusionSource> = () => ({}),
): () => InclusionSourceUnderTest {
  return () => {
    const source = new FakeInclusionSource({committeeLengths});
    for (const {root, ...block} of blocks) source.blocks.set(root, block);
    return {
      source: override<InclusionSource>(source, flaw(source)),
      blocks,
      epoch: EPOCH,
      committeeLengths: committeeLengths(EPOCH),
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
  const forgetsASlot = sound((source) => ({
    committeeLengths: async (epoch) => new Map([...(await source.committeeLengths(epoch))].slice(1)),
  }));

  declareFlaws(INCLUSION_SOURCE_CHECKS, {
    "tells slot and parent of a block": anyHeader,
    "tells the attestations of a block, bits and all": noAttestations,
    "rejects for the header of a block that nobody knows": anyHeader,
    "rejects for the attestations of a block that nobody knows": noAttestations,
    "tells the committee lengths of every slot of the epoch, and of no other": forgetsASlot,
    "rejects when no beacon node answers": sound(() => ({committeeLengths: async () => new Map()})),
  });
});
