import assert from "node:assert/strict";
import {attestationDataRoot} from "@mote/consensus";
import {
  type Attestation,
  type AttestationData,
  type AttestationDataOutcome,
  type ChainData,
  type CommitteeIndex,
  FAILURE_REASONS,
  type Root,
  rootToHex,
} from "@mote/core";
import type {FakeClock} from "../clock/fake-clock.ts";
import {type BeaconCondition, UNFIT_CONDITIONS} from "../contract/beacon-condition.ts";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly, settledBy, waitsUntil} from "../contract/settling.ts";

export interface ChainDataUnderTest extends UnderTest {
  readonly chainData: ChainData;
  /** The subject's own. */
  readonly clock: FakeClock;
  /** What all beacon nodes have for `data.slot`, for every committee. */
  readonly data: AttestationData;
  readonly beaconNodes: readonly string[];
  readonly committeeIndex: CommitteeIndex;
  /** The aggregate of `data` and `committeeIndex` that this beacon node has from now on; at first none has any. */
  readonly setAggregate: (beaconNode: string, aggregate: Attestation) => void;
  /** An aggregate of `data` and `committeeIndex` with votes of so many members, up to three. */
  readonly aggregateOf: (voteCount: number) => Attestation;
  readonly become: (condition: BeaconCondition) => Promise<void> | void;
}

const PATIENCE_MS = 2_000;
const OTHER_ROOT = `0x${"0f".repeat(32)}` as Root;

/** Asks for the data as if the vote were due; `head` as if it were announced. */
function askData({chainData, clock, data, committeeIndex}: ChainDataUnderTest, head?: Root) {
  const untilMs = clock.nowMs() + PATIENCE_MS;
  const request = {slot: data.slot, committeeIndex, untilMs, ...(head === undefined ? {} : {head})};
  return {untilMs, asking: chainData.attestationData(request)};
}

function askAggregate(
  {chainData, clock, data, committeeIndex}: ChainDataUnderTest,
  dataRoot: Root = rootToHex(attestationDataRoot(data)),
) {
  const untilMs = clock.nowMs() + PATIENCE_MS;
  const request = {slot: data.slot, committeeIndex, attestationDataRoot: dataRoot, untilMs};
  const asking = chainData.aggregateAttestation(request);
  // The check may look at it only later.
  asking.catch(() => {});
  return {untilMs, asking};
}

function assertData(outcome: AttestationDataOutcome, {data, beaconNodes}: ChainDataUnderTest): void {
  assert.ok(outcome.kind === "data", JSON.stringify(outcome));
  assert.deepEqual(outcome.data, data);
  assert.ok(outcome.beaconNodes.length > 0, "no beacon node is named");
  for (const name of outcome.beaconNodes) assert.ok(beaconNodes.includes(name), `${name} is no beacon node`);
}

function reasonOf(outcome: AttestationDataOutcome): string {
  assert.ok(outcome.kind === "failed", JSON.stringify(outcome));
  assert.ok(FAILURE_REASONS.includes(outcome.reason), `${outcome.reason} is no failure reason`);
  return outcome.reason;
}

const rejection = (asking: Promise<unknown>): Promise<"rejected" | "resolved"> =>
  asking.then(
    () => "resolved",
    () => "rejected",
  );

const DATA_CHECKS: readonly ContractCheck<ChainDataUnderTest>[] = [
  {
    name: "gives the data of a slot and the names of the beacon nodes that agree",
    run: async (subject) => {
      assertData(await promptly(askData(subject).asking), subject);
    },
  },
  {
    name: "gives data on the head that was announced",
    run: async (subject) => {
      assertData(await promptly(askData(subject, subject.data.beaconBlockRoot).asking), subject);
    },
  },
  {
    name: "fails at once when the head is another than was announced",
    run: async (subject) => {
      const outcome = await promptly(askData(subject, OTHER_ROOT).asking);
      assert.equal(reasonOf(outcome), "HEAD_NOT_AGREED");
    },
  },
  {
    name: "does not wait for a head that no beacon node tells of",
    run: async (subject) => {
      await subject.become("silent");
      const outcome = await promptly(askData(subject, subject.data.beaconBlockRoot).asking);
      assert.equal(reasonOf(outcome), "HEAD_NOT_AGREED");
    },
  },
  ...UNFIT_CONDITIONS.map(
    (condition): ContractCheck<ChainDataUnderTest> => ({
      name: `takes nothing from ${condition} beacon nodes, and asks until the time is up`,
      run: async (subject) => {
        await subject.become(condition);
        const {asking, untilMs} = askData(subject);
        await waitsUntil(asking, subject.clock, untilMs - 1);
        reasonOf(await settledBy(asking, subject.clock, untilMs));
      },
    }),
  ),
  {
    name: "takes data that come while it asks",
    run: async (subject) => {
      await subject.become("silent");
      const {asking, untilMs} = askData(subject);
      await waitsUntil(asking, subject.clock, untilMs - PATIENCE_MS / 2);
      await subject.become("ready");
      assertData(await settledBy(asking, subject.clock, untilMs - 1), subject);
    },
  },
];

const AGGREGATE_CHECKS: readonly ContractCheck<ChainDataUnderTest>[] = [
  {
    name: "gives the aggregate with the most votes",
    run: async (subject) => {
      const aggregates = subject.beaconNodes.map((_, at) => subject.aggregateOf([1, 3][at] ?? 2));
      subject.beaconNodes.forEach((name, at) => {
        subject.setAggregate(name, aggregates[at] as Attestation);
      });
      const best = subject.aggregateOf(subject.beaconNodes.length === 1 ? 1 : 3);
      assert.deepEqual(await promptly(askAggregate(subject).asking), best);
    },
  },
  {
    name: "takes an aggregate that comes while it asks",
    run: async (subject) => {
      const {asking, untilMs} = askAggregate(subject);
      await waitsUntil(asking, subject.clock, untilMs - PATIENCE_MS / 2);
      for (const name of subject.beaconNodes) subject.setAggregate(name, subject.aggregateOf(2));
      assert.deepEqual(await settledBy(asking, subject.clock, untilMs - 1), subject.aggregateOf(2));
    },
  },
  {
    name: "rejects when there is no aggregate by the time given",
    run: async (subject) => {
      const {asking, untilMs} = askAggregate(subject);
      await waitsUntil(asking, subject.clock, untilMs - 1);
      assert.equal(await settledBy(rejection(asking), subject.clock, untilMs), "rejected");
    },
  },
  {
    name: "gives no aggregate of other data",
    run: async (subject) => {
      for (const name of subject.beaconNodes) subject.setAggregate(name, subject.aggregateOf(2));
      const {asking, untilMs} = askAggregate(subject, OTHER_ROOT);
      assert.equal(await settledBy(rejection(asking), subject.clock, untilMs), "rejected");
    },
  },
];

export const CHAIN_DATA_CHECKS: readonly ContractCheck<ChainDataUnderTest>[] = [...DATA_CHECKS, ...AGGREGATE_CHECKS];

/** What every adapter of the port `ChainData` has to do. */
export const chainDataContract = contractOf(CHAIN_DATA_CHECKS);
