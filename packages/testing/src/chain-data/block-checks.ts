import assert from "node:assert/strict";
import {inspect} from "node:util";
import type {BlockOutcome} from "@mote/core";
import type {ContractCheck} from "../contract/contract.ts";
import {settledBy, waitsUntil} from "../contract/settling.ts";
import {
  type Asked,
  acceptAnything,
  type ChainDataUnderTest,
  PATIENCE_MS,
  reasonOf,
  takesNothingOfUnfitNodes,
  takesNothingThatIsRefused,
  untilOf,
} from "./chain-data-under-test.ts";

function askBlock(subject: ChainDataUnderTest, check = acceptAnything): Asked<BlockOutcome> {
  const untilMs = untilOf(subject);
  return {untilMs, asking: subject.chainData.block({...subject.blockRequest, untilMs, check})};
}

const allMakeBlocks = ({beaconNodes, makesBlocks}: ChainDataUnderTest): void => beaconNodes.forEach(makesBlocks);

function assertBlockOf(outcome: BlockOutcome, {produced}: ChainDataUnderTest, beaconNode: string): void {
  assert.ok(outcome.kind === "block", inspect(outcome));
  assert.equal(outcome.beaconNode, beaconNode);
  assert.deepEqual(outcome.produced, produced);
}

export const BLOCK_CHECKS: readonly ContractCheck<ChainDataUnderTest>[] = [
  {
    name: "gives a block and the name of the beacon node that made it",
    run: async (subject) => {
      const maker = subject.beaconNodes.at(-1) as string;
      subject.makesBlocks(maker);
      const {asking, untilMs} = askBlock(subject);
      assertBlockOf(await settledBy(asking, subject.clock, untilMs - PATIENCE_MS / 2), subject, maker);
    },
  },
  {
    name: "takes the block that comes while it asks",
    run: async (subject) => {
      const {asking, untilMs} = askBlock(subject);
      await waitsUntil(asking, subject.clock, untilMs - PATIENCE_MS / 2);
      const maker = subject.beaconNodes[0] as string;
      subject.makesBlocks(maker);
      assertBlockOf(await settledBy(asking, subject.clock, untilMs - 1), subject, maker);
    },
  },
  {
    name: "fails when there is no block by the time given",
    run: async (subject) => {
      const {asking, untilMs} = askBlock(subject);
      await waitsUntil(asking, subject.clock, untilMs - 1);
      reasonOf(await settledBy(asking, subject.clock, untilMs));
    },
  },
  ...takesNothingOfUnfitNodes("block", (subject) => {
    allMakeBlocks(subject);
    return askBlock(subject);
  }),
  takesNothingThatIsRefused("block", (subject, check) => {
    allMakeBlocks(subject);
    return askBlock(subject, check);
  }),
];
