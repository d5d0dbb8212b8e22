import {ssz} from "@mote/consensus";
import {type CommitteeIndex, hexToBytes, type Slot} from "@mote/core";
import {chainDataContract, fakeSignature} from "@mote/testing";
import type {StrategyChoices} from "../../src/set/choices.ts";
import {SetUnderTest} from "../support/set-under-test.ts";

const SLOT = 17 as Slot;
/** In Gloas. */
const PAYLOAD_SLOT = 801 as Slot;
const COMMITTEE = 0 as CommitteeIndex;
const SUBCOMMITTEE = 2;
const BLOCKS = "GET /eth/v3/validator/blocks/{slot}";

const FIRST: StrategyChoices = {
  attestation: "first",
  block: "first",
  sync_message: "first",
  payload_attestation: "first",
};
const BEST: StrategyChoices = {attestation: "best", sync_message: "best"};
const CASES: readonly [name: string, count: number, strategies: StrategyChoices][] = [
  ["of 1", 1, {}],
  ["of 3", 3, {}],
  ["of 1, first of all,", 1, FIRST],
  ["of 3, first of all,", 3, FIRST],
  ["of 1, the best of all,", 1, BEST],
  ["of 3, the best of all,", 3, BEST],
];

for (const [name, count, strategies] of CASES) {
  describe(`BeaconNodeSet ${name} keeps the contract of ChainData`, () => {
    chainDataContract(async () => {
      const subject = await SetUnderTest.start(count, {strategies});
      const {set, clock, fakes, names, become} = subject;
      const {chain} = fakes[0]!;
      const template = chain.aggregate(SLOT, COMMITTEE)!;
      const contributionOf = (voteCount: number) => {
        const contribution = ssz.altair.SyncCommitteeContribution.defaultValue();
        const beaconBlockRoot = hexToBytes(chain.headRoot);
        Object.assign(contribution, {slot: SLOT, subcommitteeIndex: SUBCOMMITTEE, beaconBlockRoot});
        for (let bit = 0; bit < voteCount; bit++) contribution.aggregationBits.set(bit, true);
        return contribution;
      };
      for (const fake of fakes) {
        fake.chain.aggregate = () => null;
        fake.chain.contribution = () => null;
        fake.faults.set(BLOCKS, {kind: "status", status: 500});
      }
      const blockRequest = {
        slot: SLOT,
        proposerIndex: chain.proposerIndexAt(SLOT),
        randaoReveal: fakeSignature(1),
        graffiti: null,
        builderBoostFactor: 100n,
      };
      return {
        chainData: set,
        clock,
        data: chain.attestationData(SLOT),
        beaconNodes: names,
        committeeIndex: COMMITTEE,
        aggregateOf: (voteCount) => ({
          ...template,
          aggregationBits: {bits: Uint8Array.of((1 << voteCount) - 1), length: 4},
        }),
        setAggregate: (node, aggregate) => {
          subject.fake(node).chain.aggregate = () => aggregate;
        },
        contributionOf,
        setContribution: (node, contribution) => {
          subject.fake(node).chain.contribution = () => contribution;
        },
        blockRequest,
        produced: chain.proposal(blockRequest).produced,
        makesBlocks: (node) => void subject.fake(node).faults.delete(BLOCKS),
        payload: chain.payloadAttestationData(PAYLOAD_SLOT)!,
        hidePayloadBlock: () => {
          for (const fake of fakes) fake.chain.payloadAttestationData = () => null;
        },
        become,
        close: () => subject.close(),
      };
    });
  });
}
