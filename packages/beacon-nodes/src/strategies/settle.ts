import type {Cancel, Clock} from "@mote/core";
import {type Asker, isRefused, type NamedAnswer, pollAll} from "./poll-all.ts";

export type Answers<T> = readonly NamedAnswer<T>[];

export type Decision<R> =
  | {readonly kind: "open"}
  /** It would do; nodes that have not answered get a short grace for the sake of a better result. */
  | {readonly kind: "enough"; readonly settle: () => R}
  /** Nothing that may still come would make it better. */
  | {readonly kind: "settled"; readonly settle: () => R};

export interface SettleInit {
  /** Unix ms. */
  readonly untilMs: number;
  readonly graceMs: number;
  /** As polling has them. */
  readonly intervalMs: number | null;
  readonly valuesStand?: boolean;
  readonly signal: AbortSignal;
}

export interface SettleComponents<T, R> {
  readonly clock: Clock;
  /** One for each node that may be asked, in the order of configuration. */
  readonly askers: readonly Asker<T>[];
  /** Looks at the newest answers after each of them. */
  readonly judge: (answers: Answers<T>) => Decision<R>;
  /** The time is up, every node was left out, or the set stops. What it throws is the result's rejection. */
  readonly giveUp: (answers: Answers<T>) => R;
}

/** Asks all nodes until their answers decide. Ends as soon as that is known, either way: a node that hangs is not waited for without need. */
export function settle<T, R>(init: SettleInit, components: SettleComponents<T, R>): Promise<R> {
  const {clock, askers, judge, giveUp} = components;
  return new Promise((resolve, reject) => {
    const leftOver = new AbortController();
    const timers: Cancel[] = [];
    /** What would be the result if the grace ended now; null while it would not do. */
    let enough: (() => R) | null = null;
    let grace: "not begun" | "running" | "over" = "not begun";
    const end = (result: () => R) => {
      if (leftOver.signal.aborted) return;
      for (const cancel of timers) cancel();
      init.signal.removeEventListener("abort", timeUp);
      leftOver.abort();
      try {
        resolve(result());
      } catch (error) {
        reject(error);
      }
    };
    const timeUp = () => end(enough ?? (() => giveUp(answers)));
    const onGraceOver = () => {
      grace = "over";
      if (enough !== null) end(enough);
    };
    const onAnswer = () => {
      const decision = judge(answers);
      if (decision.kind === "settled") return end(decision.settle);
      enough = decision.kind === "enough" ? decision.settle : null;
      const allSpoke = answers.every(({answer}) => answer.kind !== "waiting");
      const nobodyIsLeft = init.intervalMs === null ? allSpoke : answers.every(({answer}) => isRefused(answer));
      if (nobodyIsLeft) return timeUp();
      if (enough === null) return;
      if (allSpoke || grace === "over") return end(enough);
      if (grace === "running") return;
      grace = "running";
      timers.push(clock.after(init.graceMs, onGraceOver));
    };
    const onCrash = (error: unknown) =>
      end(() => {
        throw error;
      });
    timers.push(clock.after(init.untilMs - clock.nowMs(), timeUp));
    init.signal.addEventListener("abort", timeUp, {once: true});
    const {intervalMs, valuesStand = false} = init;
    const poll = {intervalMs, valuesStand, signal: leftOver.signal};
    const answers: Answers<T> = pollAll(askers, poll, {clock, onAnswer, onCrash});
    onAnswer();
    if (init.signal.aborted) timeUp();
  });
}
