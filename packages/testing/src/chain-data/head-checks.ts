import assert from "node:assert/strict";
import type {AttestationDataOutcome, HeadRootOutcome, Root} from "@mote/core";
import type {ContractCheck} from "../contract/contract.ts";
import {promptly, settledBy, waitsUntil} from "../contract/settling.ts";
import {
  type Asked,
  acceptAnything,
  type ChainDataUnderTest,
  OTHER_ROOT,
  PATIENCE_MS,
  reasonOf,
  takesNothingOfUnfitNodes,
  takesNothingThatIsRefused,
  untilOf,
} from "./chain-data-under-test.ts";

/** What a vote or a sync-committee message rests on: asked for on a head event, or because it is due. */

interface HeadQuestion<T> {
  readonly what: string;
  /** `head` as if it were announced; without it as if the message were due. */
  readonly ask: (subject: ChainDataUnderTest, head?: Root) => Asked<T>;
  readonly assertRight: (outcome: T, subject: ChainDataUnderTest) => void;
}

function askData(subject: ChainDataUnderTest, head?: Root, check = acceptAnything): Asked<AttestationDataOutcome> {
  const {chainData, data, committeeIndex} = subject;
  const untilMs = untilOf(subject);
  const request = {slot: data.slot, committeeIndex, untilMs, check, ...(head === undefined ? {} : {head})};
  return {untilMs, asking: chainData.attestationData(request)};
}

function askRoot(subject: ChainDataUnderTest, head?: Root): Asked<HeadRootOutcome> {
  const untilMs = untilOf(subject);
  const request = {slot: subject.data.slot, untilMs, ...(head === undefined ? {} : {head})};
  return {untilMs, asking: subject.chainData.headRoot(request)};
}

const DATA: HeadQuestion<AttestationDataOutcome> = {
  what: "data",
  ask: askData,
  assertRight: (outcome, {data, beaconNodes}) => {
    assert.ok(outcome.kind === "data", JSON.stringify(outcome));
    assert.deepEqual(outcome.data, data);
    assert.ok(outcome.beaconNodes.length > 0, "no beacon node is named");
    for (const name of outcome.beaconNodes) assert.ok(beaconNodes.includes(name), `${name} is no beacon node`);
  },
};

const ROOT: HeadQuestion<HeadRootOutcome> = {
  what: "head",
  ask: askRoot,
  assertRight: (outcome, {data}) => assert.deepEqual(outcome, {kind: "root", root: data.beaconBlockRoot}),
};

const checksOf = <T extends {readonly kind: string}>({
  what,
  ask,
  assertRight,
}: HeadQuestion<T>): ContractCheck<ChainDataUnderTest>[] => [
  {
    name: `gives the ${what} of a slot`,
    run: async (subject) => {
      assertRight(await promptly(ask(subject).asking), subject);
    },
  },
  {
    name: `gives the ${what} when that head was announced`,
    run: async (subject) => {
      assertRight(await promptly(ask(subject, subject.data.beaconBlockRoot).asking), subject);
    },
  },
  {
    name: `gives no ${what}, and says so at once, when another head was announced`,
    run: async (subject) => {
      assert.equal(reasonOf(await promptly(ask(subject, OTHER_ROOT).asking)), "HEAD_NOT_AGREED");
    },
  },
  {
    name: `does not wait for ${what} on a head that no beacon node tells of`,
    run: async (subject) => {
      await subject.become("silent");
      const outcome = await promptly(ask(subject, subject.data.beaconBlockRoot).asking);
      assert.equal(reasonOf(outcome), "HEAD_NOT_AGREED");
    },
  },
  ...takesNothingOfUnfitNodes(what, (subject) => ask(subject)),
  {
    name: `takes the ${what} that comes while it asks`,
    run: async (subject) => {
      await subject.become("silent");
      const {asking, untilMs} = ask(subject);
      await waitsUntil(asking, subject.clock, untilMs - PATIENCE_MS / 2);
      await subject.become("ready");
      assertRight(await settledBy(asking, subject.clock, untilMs - 1), subject);
    },
  },
];

export const HEAD_CHECKS: readonly ContractCheck<ChainDataUnderTest>[] = [
  ...checksOf(DATA),
  takesNothingThatIsRefused("data", (subject, check) => askData(subject, undefined, check)),
  ...checksOf(ROOT),
];
