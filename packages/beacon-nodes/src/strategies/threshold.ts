import type {AttestationData, AttestationDataOutcome, Clock, DataFailure, Root} from "@mote/core";
import type {Asker} from "./poll-all.ts";
import {type Answers, type Decision, settle} from "./settle.ts";
import {
  type AnswerView,
  agreeing,
  describe,
  failureOf,
  groupBy,
  largest,
  type NodeValue,
  pluralityChoice,
  type SlotOf,
  valuesIn,
} from "./tally.ts";
import {EARLY_VOTE_TIMEOUT_MS, GRACE_MS, POLL_INTERVAL_MS} from "./timing.ts";
import {ATTESTATION_DATA_VIEW} from "./views.ts";

export interface ThresholdInit {
  /** Nodes that must agree: of all configured ones, whatever their state. */
  readonly threshold: number;
  /** Given for a vote on a head event: the agreement must be on this head, or it fails at once. */
  readonly head: Root | undefined;
  /** Unix ms. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

export interface ThresholdComponents<T> {
  readonly clock: Clock;
  /** One for each node that may be asked, in the order of configuration. */
  readonly askers: readonly Asker<T>[];
  readonly slotOf: SlotOf;
}

export type Agreement<T> =
  | {readonly kind: "agreed"; readonly value: T; readonly beaconNodes: readonly string[]}
  | DataFailure;

export const thresholdOf = (configuredCount: number): number => Math.floor(configuredCount / 2) + 1;

/** An answer that enough nodes agree on, as `view` compares them. */
export function agree<T>(
  init: ThresholdInit,
  {clock, askers, slotOf}: ThresholdComponents<T>,
  view: AnswerView<T>,
): Promise<Agreement<T>> {
  const {head, threshold, signal} = init;
  const agreed = (group: readonly NodeValue<T>[]) => (): Agreement<T> => ({
    kind: "agreed",
    value: pluralityChoice(group, view, slotOf),
    beaconNodes: group.map(({name}) => name),
  });
  if (head === undefined) {
    return settle<T, Agreement<T>>(
      {untilMs: init.untilMs, graceMs: GRACE_MS, intervalMs: POLL_INTERVAL_MS, signal},
      {
        clock,
        askers,
        judge: (answers) => judgeDue(answers, {threshold, view, agreed}),
        giveUp: (answers) => failureOf(answers, threshold, view),
      },
    );
  }
  const notAgreed = (answers: Answers<T>): DataFailure => ({
    kind: "failed",
    reason: "HEAD_NOT_AGREED",
    detail: describe(answers, view.describe),
  });
  const judge = (answers: Answers<T>): Decision<Agreement<T>> => {
    const onHead = valuesIn(answers).filter(({value}) => view.headOf(value) === head);
    const group = largest(groupBy(onHead, ({value}) => view.agreementOf(value)));
    if (group.length >= threshold) return {kind: "settled", settle: agreed(group)};
    const waiting = answers.filter(({answer}) => answer.kind === "waiting").length;
    const isHopeless = group.length + waiting < threshold;
    return isHopeless ? {kind: "settled", settle: () => notAgreed(answers)} : {kind: "open"};
  };
  const untilMs = Math.min(init.untilMs, clock.nowMs() + EARLY_VOTE_TIMEOUT_MS);
  return settle<T, Agreement<T>>(
    {untilMs, graceMs: GRACE_MS, intervalMs: null, signal},
    {clock, askers, judge, giveUp: notAgreed},
  );
}

/** Agreement is what safety needs; the rest of the waiting only serves to take the head that most nodes have. */
function judgeDue<T>(
  answers: Answers<T>,
  init: {
    readonly threshold: number;
    readonly view: AnswerView<T>;
    readonly agreed: (group: readonly NodeValue<T>[]) => () => Agreement<T>;
  },
): Decision<Agreement<T>> {
  const {threshold, view, agreed} = init;
  const group = agreeing(answers, view);
  if (group.length < threshold) return {kind: "open"};
  const headVotes = largest(groupBy(group, ({value}) => view.headOf(value))).length;
  return {kind: headVotes >= threshold ? "settled" : "enough", settle: agreed(group)};
}

/** Data on whose source and target enough nodes agree. */
export async function agreeOnAttestationData(
  init: ThresholdInit,
  components: ThresholdComponents<AttestationData>,
): Promise<AttestationDataOutcome> {
  const outcome = await agree(init, components, ATTESTATION_DATA_VIEW);
  if (outcome.kind === "failed") return outcome;
  return {kind: "data", data: outcome.value, beaconNodes: outcome.beaconNodes};
}
