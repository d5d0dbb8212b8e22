import type {Cancel, Clock, Liveness, ValidatorIndex} from "@mote/core";
import {noAnswer} from "./best.ts";
import {type Asker, type NamedAnswer, pollAll} from "./poll-all.ts";
import {LIVENESS_GRACE_MS} from "./timing.ts";

export interface LivenessInit {
  readonly indices: readonly ValidatorIndex[];
  /** Sound answers that it takes to call a validator absent. */
  readonly threshold: number;
  readonly signal: AbortSignal;
}

type NodeAnswers = readonly NamedAnswer<readonly Liveness[]>[];

/**
 * Live is who any node saw; absent is who none of enough nodes saw. Once enough have answered the others are waited for a little more:
 * theirs may be the only eyes that saw a vote.
 * @throws {NoBeaconNodeError} when too few answered and nobody was seen
 */
export function gatherLiveness(
  init: LivenessInit,
  {clock, askers}: {readonly clock: Clock; readonly askers: readonly Asker<readonly Liveness[]>[]},
): Promise<readonly Liveness[]> {
  return new Promise((resolve, reject) => {
    const leftOver = new AbortController();
    let cancelGrace: Cancel | null = null;
    const end = (finish: () => void) => {
      cancelGrace?.();
      init.signal.removeEventListener("abort", decide);
      finish();
      leftOver.abort();
    };
    const decide = () =>
      end(() => {
        const told = tally(answers, init);
        if (told.length > 0) resolve(told);
        else reject(noAnswer("liveness", answers));
      });
    const onAnswer = () => {
      if (answers.every(({answer}) => answer.kind !== "waiting")) return decide();
      if (soundCount(answers) >= init.threshold) cancelGrace ??= clock.after(LIVENESS_GRACE_MS, decide);
    };
    init.signal.addEventListener("abort", decide, {once: true});
    const onCrash = (error: unknown) => end(() => reject(error));
    const answers = pollAll(askers, {intervalMs: null, signal: leftOver.signal}, {clock, onAnswer, onCrash});
    if (askers.length === 0 || init.signal.aborted) decide();
  });
}

const soundCount = (answers: NodeAnswers): number => answers.filter(({answer}) => answer.kind === "value").length;

function tally(answers: NodeAnswers, {indices, threshold}: LivenessInit): Liveness[] {
  const live = new Set<ValidatorIndex>();
  for (const {answer} of answers) {
    if (answer.kind !== "value") continue;
    for (const {index, isLive} of answer.value) if (isLive) live.add(index);
  }
  const knowsAbsent = soundCount(answers) >= threshold;
  return indices.filter((index) => knowsAbsent || live.has(index)).map((index) => ({index, isLive: live.has(index)}));
}
