import type {Cancel, Clock} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";
import {type Asker, isRefused, type NamedAnswer} from "./poll-all.ts";
import {LEFT_OVER_MS, POLL_INTERVAL_MS} from "./timing.ts";

export interface RankedAsker<T> extends Asker<T> {
  /** When the node has not answered for so long, the next one is asked beside it; null: it is waited for, however long it takes. */
  readonly hedgeDelayMs: number | null;
  /** Another node, asked later, answered before it, or the time was up. */
  readonly onOvertaken: () => void;
}

export interface FirstInit {
  /** Unix ms; null: each call has its own limit, and there is no other. */
  readonly untilMs: number | null;
  /** Nodes that failed are asked again while there is time. */
  readonly asksAgain: boolean;
  readonly signal: AbortSignal;
}

export type FirstOutcome<T> =
  | {readonly kind: "answered"; readonly beaconNode: string; readonly value: T}
  | {readonly kind: "none"; readonly answers: readonly NamedAnswer<T>[]};

/**
 * The first success of `askers`, asked in their order: the next one when one fails or is late. What is left over may end by itself within a
 * short time, so that a slow node keeps its sockets.
 */
export function first<T>(
  askers: readonly RankedAsker<T>[],
  init: FirstInit,
  components: {readonly clock: Clock},
): Promise<FirstOutcome<T>> {
  return new Promise((resolve, reject) => new Race(askers, init, {...components, resolve, reject}).start());
}

interface Runner<T> {
  readonly asker: RankedAsker<T>;
  readonly place: number;
  answer: NamedAnswer<T>;
  isUnderWay: boolean;
}

class Race<T> {
  readonly #init: FirstInit;
  readonly #clock: Clock;
  readonly #resolve: (outcome: FirstOutcome<T>) => void;
  readonly #reject: (error: unknown) => void;
  readonly #runners: readonly Runner<T>[];
  readonly #queue: Runner<T>[];
  readonly #requests = new AbortController();
  readonly #timers = new Set<Cancel>();
  #cancelHedge: Cancel = () => {};
  /** The one asked last is late, or failed: the next may be asked though others are under way. */
  #mayAskBeside = false;
  #hasEnded = false;

  constructor(
    askers: readonly RankedAsker<T>[],
    init: FirstInit,
    components: {
      readonly clock: Clock;
      readonly resolve: (outcome: FirstOutcome<T>) => void;
      readonly reject: (error: unknown) => void;
    },
  ) {
    this.#init = init;
    this.#clock = components.clock;
    this.#resolve = components.resolve;
    this.#reject = components.reject;
    this.#runners = askers.map((asker, place) => ({
      asker,
      place,
      answer: {name: asker.name, answer: {kind: "waiting"}},
      isUnderWay: false,
    }));
    this.#queue = [...this.#runners];
  }

  start(): void {
    const {untilMs, signal} = this.#init;
    if (signal.aborted) {
      this.#none();
      return;
    }
    signal.addEventListener("abort", this.#stop, {once: true});
    if (untilMs !== null) this.#after(untilMs - this.#clock.nowMs(), () => this.#timeUp());
    this.#askNext();
    this.#endIfHopeless();
  }

  #askNext(): void {
    const isFree = this.#mayAskBeside || this.#runners.every(({isUnderWay}) => !isUnderWay);
    const runner = isFree ? this.#queue.shift() : undefined;
    if (runner === undefined) return;
    this.#mayAskBeside = false;
    this.#cancelHedge();
    const {hedgeDelayMs} = runner.asker;
    if (hedgeDelayMs !== null) {
      this.#cancelHedge = this.#clock.after(hedgeDelayMs, () => {
        this.#mayAskBeside = true;
        this.#askNext();
      });
    }
    runner.isUnderWay = true;
    runner.asker.ask(this.#requests.signal).then(
      (value) => {
        runner.isUnderWay = false;
        this.#answered(runner, value);
      },
      (error: unknown) => {
        runner.isUnderWay = false;
        this.#failed(runner, error);
      },
    );
  }

  #answered(winner: Runner<T>, value: T): void {
    if (this.#hasEnded) return;
    for (const {asker, place, isUnderWay} of this.#runners) {
      if (isUnderWay && place < winner.place) asker.onOvertaken();
    }
    this.#end(() => this.#resolve({kind: "answered", beaconNode: winner.asker.name, value}));
  }

  #failed(runner: Runner<T>, error: unknown): void {
    if (this.#hasEnded) return;
    if (!(error instanceof BeaconNodeError)) {
      this.#end(() => this.#reject(error));
      return;
    }
    runner.answer.answer = {kind: "fault", error};
    if (!this.#isOver(runner)) {
      this.#after(POLL_INTERVAL_MS, () => {
        this.#queue.push(runner);
        this.#askNext();
      });
    }
    if (runner.asker.hedgeDelayMs !== null) this.#mayAskBeside = true;
    this.#askNext();
    this.#endIfHopeless();
  }

  /** Nobody is left to be waited for. */
  #endIfHopeless(): void {
    if (this.#runners.every((runner) => this.#isOver(runner))) this.#none();
  }

  #isOver({answer: {answer}}: Runner<T>): boolean {
    return answer.kind === "fault" && (!this.#init.asksAgain || isRefused(answer));
  }

  #timeUp(): void {
    for (const {asker, isUnderWay} of this.#runners) if (isUnderWay) asker.onOvertaken();
    this.#none();
  }

  readonly #stop = () => this.#none();

  #none(): void {
    this.#end(() => this.#resolve({kind: "none", answers: this.#runners.map(({answer}) => answer)}));
  }

  #end(finish: () => void): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#init.signal.removeEventListener("abort", this.#stop);
    this.#cancelHedge();
    for (const cancel of this.#timers) cancel();
    finish();
    if (this.#runners.some(({isUnderWay}) => isUnderWay)) {
      this.#clock.after(LEFT_OVER_MS, () => this.#requests.abort());
    }
  }

  #after(delayMs: number, run: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }
}
