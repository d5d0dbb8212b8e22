import type {AttestationData, AttestationDataOutcome, Cancel, Clock, Root, Slot} from "@mote/core";
import {EARLY_VOTE_TIMEOUT_MS, GRACE_MS, POLL_INTERVAL_MS} from "../limits.ts";
import {type Asker, type NamedAnswer, pollAll} from "./poll-all.ts";
import {chooseData, dataAnswers, describe, failureOf, ffgKey, groupBy, largest, type NodeData} from "./tally.ts";

export interface ThresholdInit {
  /** Nodes that must agree: ⌊n/2⌋+1 of all configured ones, whatever their state. */
  readonly threshold: number;
  /** Given for a vote on a head event: the agreement must be on this head. */
  readonly head: Root | undefined;
  /** Unix ms. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

export interface ThresholdComponents {
  readonly clock: Clock;
  /** One for each node that may be asked, in the order of configuration. */
  readonly askers: readonly Asker<AttestationData>[];
  /** The slot of a block that a head event named. */
  readonly slotOf: (root: Root) => Slot | undefined;
}

export const thresholdOf = (configuredCount: number): number => Math.floor(configuredCount / 2) + 1;

/**
 * Data on whose source and target enough nodes agree. Ends as soon as that is known, either way: a node that hangs is not waited for when the
 * others decide.
 */
export function agreeOnAttestationData(
  init: ThresholdInit,
  components: ThresholdComponents,
): Promise<AttestationDataOutcome> {
  const {clock, askers, slotOf} = components;
  const {head, untilMs, threshold} = init;
  return new Promise((resolve, reject) => {
    const leftOver = new AbortController();
    const timers: Cancel[] = [];
    const end = (finish: () => void) => {
      for (const cancel of timers) cancel();
      init.signal.removeEventListener("abort", giveUp);
      finish();
      leftOver.abort();
    };
    const succeed = (group: readonly NodeData[]) => {
      const beaconNodes = group.map(({name}) => name);
      end(() => resolve({kind: "data", data: chooseData(group, slotOf), beaconNodes}));
    };
    const giveUp = () => {
      const reason = head === undefined ? failureOf(answers, threshold) : "HEAD_NOT_AGREED";
      end(() => resolve({kind: "failed", reason, detail: describe(answers)}));
    };

    let graceOver = false;
    let graceRunning = false;
    const onAnswer = () => {
      const decision =
        head === undefined ? judgeDue(answers, {threshold, graceOver}) : judgeEarly(answers, {threshold, head});
      if (decision.kind === "agreed") return succeed(decision.group);
      if (decision.kind === "hopeless") return giveUp();
      if (decision.kind === "agreed_but_wait" && !graceRunning) {
        graceRunning = true;
        const over = () => {
          graceOver = true;
          onAnswer();
        };
        timers.push(clock.after(GRACE_MS, over));
      }
    };

    const leftMs = untilMs - clock.nowMs();
    timers.push(clock.after(head === undefined ? leftMs : Math.min(leftMs, EARLY_VOTE_TIMEOUT_MS), giveUp));
    init.signal.addEventListener("abort", giveUp, {once: true});
    const poll = {intervalMs: head === undefined ? POLL_INTERVAL_MS : null, signal: leftOver.signal};
    const onCrash = (error: unknown) => end(() => reject(error));
    const answers: readonly NamedAnswer<AttestationData>[] = pollAll(askers, poll, {clock, onAnswer, onCrash});
    if (head !== undefined) onAnswer();
  });
}

type Decision =
  | {readonly kind: "agreed"; readonly group: readonly NodeData[]}
  | {readonly kind: "agreed_but_wait"}
  | {readonly kind: "open"}
  | {readonly kind: "hopeless"};

function judgeEarly(
  answers: readonly NamedAnswer<AttestationData>[],
  {threshold, head}: {readonly threshold: number; readonly head: Root},
): Decision {
  const onHead = dataAnswers(answers).filter(({data}) => data.beaconBlockRoot === head);
  const group = largest(groupBy(onHead, ffgKey));
  if (group.length >= threshold) return {kind: "agreed", group};
  const waiting = answers.filter(({answer}) => answer.kind === "waiting").length;
  return group.length + waiting >= threshold ? {kind: "open"} : {kind: "hopeless"};
}

/** Agreement on source and target is what safety needs; the rest of the waiting only serves to vote for the head that most nodes have. */
function judgeDue(
  answers: readonly NamedAnswer<AttestationData>[],
  {threshold, graceOver}: {readonly threshold: number; readonly graceOver: boolean},
): Decision {
  const group = largest(groupBy(dataAnswers(answers), ffgKey));
  if (group.length < threshold) return {kind: "open"};
  const headVotes = largest(groupBy(group, ({data}) => data.beaconBlockRoot)).length;
  const allAnswered = answers.every(({answer}) => answer.kind !== "waiting");
  return headVotes >= threshold || allAnswered || graceOver ? {kind: "agreed", group} : {kind: "agreed_but_wait"};
}
