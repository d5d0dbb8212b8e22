import type {Attestation, Cancel, Clock} from "@mote/core";
import {NoBeaconNodeError} from "../beacon-node-error.ts";
import {GRACE_MS, POLL_INTERVAL_MS} from "../limits.ts";
import {type Asker, type NamedAnswer, pollAll} from "./poll-all.ts";

/**
 * The aggregate with the most votes among those that the nodes have. Nodes are asked again until one has any; then the others get a short
 * grace.
 * @throws {NoBeaconNodeError} when none has one by `untilMs`
 */
export function bestAggregate(
  init: {readonly untilMs: number; readonly signal: AbortSignal},
  {clock, askers}: {readonly clock: Clock; readonly askers: readonly Asker<Attestation>[]},
): Promise<Attestation> {
  return new Promise((resolve, reject) => {
    const leftOver = new AbortController();
    const timers: Cancel[] = [];
    const end = (finish: () => void) => {
      for (const cancel of timers) cancel();
      init.signal.removeEventListener("abort", finishWithBest);
      finish();
      leftOver.abort();
    };
    const finishWithBest = () => {
      const best = mostVotes(answers);
      end(() => (best === null ? reject(noneOf(answers)) : resolve(best)));
    };
    const onAnswer = () => {
      if (!answers.some(({answer}) => answer.kind === "value")) return;
      if (answers.every(({answer}) => answer.kind !== "waiting")) return finishWithBest();
      if (timers.length === 1) timers.push(clock.after(GRACE_MS, finishWithBest));
    };
    timers.push(clock.after(askers.length === 0 ? 0 : init.untilMs - clock.nowMs(), finishWithBest));
    init.signal.addEventListener("abort", finishWithBest, {once: true});
    const poll = {intervalMs: POLL_INTERVAL_MS, signal: leftOver.signal};
    const onCrash = (error: unknown) => end(() => reject(error));
    const answers: readonly NamedAnswer<Attestation>[] = pollAll(askers, poll, {clock, onAnswer, onCrash});
  });
}

function mostVotes(answers: readonly NamedAnswer<Attestation>[]): Attestation | null {
  let best: {attestation: Attestation; votes: number} | null = null;
  for (const {answer} of answers) {
    if (answer.kind !== "value") continue;
    const votes = countBits(answer.value.aggregationBits.bits);
    if (best === null || votes > best.votes) best = {attestation: answer.value, votes};
  }
  return best?.attestation ?? null;
}

function noneOf(answers: readonly NamedAnswer<Attestation>[]): NoBeaconNodeError {
  const errors = answers.flatMap(({answer}) => (answer.kind === "fault" ? [answer.error] : []));
  const unanswered = answers.flatMap(({name, answer}) => (answer.kind === "waiting" ? [name] : []));
  return new NoBeaconNodeError("aggregate", errors, unanswered);
}

function countBits(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}
