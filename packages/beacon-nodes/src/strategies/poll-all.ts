import type {Cancel, Clock} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";
import {RefusedAnswerError} from "./answer-check.ts";
import {LEFT_OVER_MS} from "./timing.ts";

export interface Asker<T> {
  readonly name: string;
  readonly ask: (signal: AbortSignal) => Promise<T>;
  /** It was cut off: others had answered long before. */
  readonly onOvertaken?: () => void;
}

/** The newest that one node answered. */
export type Answer<T> =
  | {readonly kind: "waiting"}
  | {readonly kind: "value"; readonly value: T}
  | {readonly kind: "fault"; readonly error: BeaconNodeError};

export interface NamedAnswer<T> {
  readonly name: string;
  answer: Answer<T>;
}

export interface PollInit {
  /** Time between two questions to one node; null asks each once. A node that has not answered is not asked again meanwhile. */
  readonly intervalMs: number | null;
  /** True: a node that gave a value has said its word, only faults are asked again. */
  readonly valuesStand?: boolean;
  /** Ends the polling: answers that come later are dropped. */
  readonly signal: AbortSignal;
}

/**
 * Asks all nodes at once, each again and again, until the signal is aborted; one whose answer was refused is left out. The list returned is in
 * the order of `askers` and always holds the newest answers; `onAnswer` is called after each. What is under way when the polling ends may still
 * end by itself within a short time: cutting it off would close sockets that the next calls need warm.
 */
export function pollAll<T>(
  askers: readonly Asker<T>[],
  {intervalMs, valuesStand = false, signal}: PollInit,
  {
    clock,
    onAnswer,
    onCrash,
  }: {readonly clock: Clock; readonly onAnswer: () => void; readonly onCrash: (error: unknown) => void},
): readonly NamedAnswer<T>[] {
  const answers: NamedAnswer<T>[] = askers.map(({name}) => ({name, answer: {kind: "waiting"}}));
  const timers = new Map<NamedAnswer<T>, Cancel>();
  const requests = new AbortController();
  const underWay = new Set<Asker<T>>();
  let cancelAbort: Cancel = () => {};
  const cutOff = () => {
    for (const {onOvertaken} of underWay) onOvertaken?.();
    requests.abort();
  };
  const stop = () => {
    for (const cancel of timers.values()) cancel();
    if (underWay.size > 0) cancelAbort = clock.after(LEFT_OVER_MS, cutOff);
  };
  signal.addEventListener("abort", stop, {once: true});

  const ask = async (asker: Asker<T>, slot: NamedAnswer<T>): Promise<void> => {
    const startedMs = clock.nowMs();
    let answer: Answer<T>;
    underWay.add(asker);
    try {
      answer = {kind: "value", value: await asker.ask(requests.signal)};
    } catch (error) {
      if (!(error instanceof BeaconNodeError)) return onCrash(error);
      answer = {kind: "fault", error};
    } finally {
      underWay.delete(asker);
    }
    if (signal.aborted) {
      if (underWay.size === 0) cancelAbort();
      return;
    }
    slot.answer = answer;
    onAnswer();
    if (signal.aborted || intervalMs === null || isLast(answer, valuesStand)) return;
    // The wall clock may have jumped either way meanwhile.
    const elapsedMs = Math.min(intervalMs, Math.max(0, clock.nowMs() - startedMs));
    timers.set(
      slot,
      clock.after(intervalMs - elapsedMs, () => void ask(asker, slot)),
    );
  };
  askers.forEach((asker, index) => void ask(asker, answers[index] as NamedAnswer<T>));
  return answers;
}

const isLast = (answer: Answer<unknown>, valuesStand: boolean): boolean =>
  isRefused(answer) || (valuesStand && answer.kind === "value");

/** The node is not asked again in this request. */
export const isRefused = (answer: Answer<unknown>): boolean =>
  answer.kind === "fault" && answer.error instanceof RefusedAnswerError;
