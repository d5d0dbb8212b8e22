import assert from "node:assert/strict";
import {inspect} from "node:util";
import type {altair, gloas} from "@lodestar/types";
import {
  type AnswerCheck,
  type Attestation,
  type AttestationData,
  type BlockRequest,
  type ChainData,
  type CommitteeIndex,
  FAILURE_REASONS,
  type FailureReason,
  type ProducedBlock,
  type Root,
} from "@mote/core";
import type {FakeClock} from "../clock/fake-clock.ts";
import {type BeaconCondition, UNFIT_CONDITIONS} from "../contract/beacon-condition.ts";
import type {ContractCheck, UnderTest} from "../contract/contract.ts";
import {settledBy, waitsUntil} from "../contract/settling.ts";

export interface ChainDataUnderTest extends UnderTest {
  readonly chainData: ChainData;
  /** The subject's own. */
  readonly clock: FakeClock;
  /** What all beacon nodes have for `data.slot`, for every committee. Its head is theirs. */
  readonly data: AttestationData;
  readonly beaconNodes: readonly string[];
  readonly committeeIndex: CommitteeIndex;
  /** The aggregate of `data` and `committeeIndex` that this beacon node has from now on; at first none has any. */
  readonly setAggregate: (beaconNode: string, aggregate: Attestation) => void;
  /** An aggregate of `data` and `committeeIndex` with votes of so many members, up to three. */
  readonly aggregateOf: (voteCount: number) => Attestation;
  /** As with aggregates: one subcommittee's contribution to one block. */
  readonly setContribution: (beaconNode: string, contribution: altair.SyncCommitteeContribution) => void;
  readonly contributionOf: (voteCount: number) => altair.SyncCommitteeContribution;
  readonly blockRequest: Omit<BlockRequest, "untilMs" | "check">;
  /** A block for `blockRequest`. */
  readonly produced: ProducedBlock;
  /** From now on this beacon node makes `produced`; at first none makes a block. */
  readonly makesBlocks: (beaconNode: string) => void;
  /** Of a slot in Gloas: what all beacon nodes have seen of its payload. */
  readonly payload: gloas.PayloadAttestationData;
  /** From now on no beacon node has seen a block of that slot. */
  readonly hidePayloadBlock: () => void;
  readonly become: (condition: BeaconCondition) => Promise<void> | void;
}

export const PATIENCE_MS = 2_000;
export const OTHER_ROOT = `0x${"0f".repeat(32)}` as Root;

/** Answers are asked for with `untilMs` so far ahead. */
export interface Asked<T> {
  readonly untilMs: number;
  readonly asking: Promise<T>;
}

export const acceptAnything: AnswerCheck<unknown> = () => null;
export const REFUSAL = {reason: "TARGET_IN_FUTURE", detail: "so says the check"} as const;
const refuseAll: AnswerCheck<unknown> = () => REFUSAL;

type Ask<T> = (subject: ChainDataUnderTest, check?: AnswerCheck<unknown>) => Asked<T>;
interface Outcome {
  readonly kind: string;
  readonly reason?: FailureReason;
  readonly detail?: string;
}

export function reasonOf(outcome: Outcome): string {
  assert.ok(outcome.kind === "failed" && outcome.reason !== undefined, inspect(outcome));
  assert.ok(FAILURE_REASONS.includes(outcome.reason), `${outcome.reason} is no failure reason`);
  return outcome.reason;
}

/** The promise of every question that is asked until its time is up. */
export const takesNothingOfUnfitNodes = (what: string, ask: Ask<Outcome>): ContractCheck<ChainDataUnderTest>[] =>
  UNFIT_CONDITIONS.map((condition) => ({
    name: `takes no ${what} from ${condition} beacon nodes, and asks until the time is up`,
    run: async (subject) => {
      await subject.become(condition);
      const {asking, untilMs} = ask(subject);
      await waitsUntil(asking, subject.clock, untilMs - 1);
      reasonOf(await settledBy(asking, subject.clock, untilMs));
    },
  }));

/** The promise of every question that comes with a check. */
export const takesNothingThatIsRefused = (what: string, ask: Ask<Outcome>): ContractCheck<ChainDataUnderTest> => ({
  name: `takes no ${what} that the check refuses, and says why`,
  run: async (subject) => {
    const {asking, untilMs} = ask(subject, refuseAll);
    const outcome = await settledBy(asking, subject.clock, untilMs);
    assert.equal(reasonOf(outcome), REFUSAL.reason);
    assert.match(outcome.detail ?? "", new RegExp(REFUSAL.detail));
  },
});

export const untilOf = ({clock}: ChainDataUnderTest): number => clock.nowMs() + PATIENCE_MS;

/** The check may look at it only later. */
export function kept<T>(asking: Promise<T>): Promise<T> {
  asking.catch(() => {});
  return asking;
}

export const rejection = (asking: Promise<unknown>): Promise<"rejected" | "resolved"> =>
  asking.then(
    () => "resolved",
    () => "rejected",
  );
