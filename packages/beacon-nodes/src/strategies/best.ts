import type {Clock, DataFailure, Root} from "@mote/core";
import {NoBeaconNodeError} from "../beacon-node-error.ts";
import type {Asker} from "./poll-all.ts";
import {type Answers, settle} from "./settle.ts";
import {type AnswerView, describe, failureOf, newestChoice, pluralityChoice, type SlotOf, valuesIn} from "./tally.ts";
import type {Agreement} from "./threshold.ts";
import {BLOCK_GRACE_MS, EARLY_VOTE_TIMEOUT_MS, GRACE_MS, POLL_INTERVAL_MS} from "./timing.ts";

interface BestInit {
  /** Unix ms. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

interface BestComponents<T> {
  readonly clock: Clock;
  /** One for each node that may be asked, in the order of configuration. */
  readonly askers: readonly Asker<T>[];
}

/**
 * The answer on the newest head that any node has; one on `head` (of a head event) is that at once.
 * `beaconNodes` names all who agree with it.
 */
export function freshest<T>(
  init: BestInit & {readonly head: Root | undefined},
  {clock, askers, slotOf}: BestComponents<T> & {readonly slotOf: SlotOf},
  view: AnswerView<T>,
): Promise<Agreement<T>> {
  const {head, signal} = init;
  const candidates = (answers: Answers<T>) =>
    valuesIn(answers).filter(({value}) => head === undefined || view.headOf(value) === head);
  const choose = (answers: Answers<T>): Agreement<T> => {
    const {value} = newestChoice(candidates(answers), view, slotOf);
    const same = valuesIn(answers).filter((other) => view.agreementOf(other.value) === view.agreementOf(value));
    return {kind: "agreed", value, beaconNodes: same.map(({name}) => name)};
  };
  const giveUp = (answers: Answers<T>): DataFailure =>
    head === undefined
      ? failureOf(answers, 1, view)
      : {kind: "failed", reason: "HEAD_NOT_AGREED", detail: describe(answers, view.describe)};
  const isEarly = head !== undefined;
  return settle<T, Agreement<T>>(
    {
      untilMs: isEarly ? Math.min(init.untilMs, clock.nowMs() + EARLY_VOTE_TIMEOUT_MS) : init.untilMs,
      graceMs: GRACE_MS,
      intervalMs: isEarly ? null : POLL_INTERVAL_MS,
      signal,
    },
    {
      clock,
      askers,
      giveUp,
      judge: (answers) => {
        if (candidates(answers).length === 0) return {kind: "open"};
        return {kind: isEarly ? "settled" : "enough", settle: () => choose(answers)};
      },
    },
  );
}

/**
 * The collection of votes with the most of them. Nodes are asked again until one has any; then the others get a short grace.
 * @throws {NoBeaconNodeError} when none has one by `untilMs`
 */
export function mostVotes<T>(
  init: BestInit & {readonly what: string},
  {clock, askers, bitsOf}: BestComponents<T> & {readonly bitsOf: (value: T) => Uint8Array},
): Promise<T> {
  const {untilMs, signal, what} = init;
  return settle<T, T>(
    {untilMs: askers.length === 0 ? clock.nowMs() : untilMs, graceMs: GRACE_MS, intervalMs: POLL_INTERVAL_MS, signal},
    {
      clock,
      askers,
      judge: (answers) => {
        const values = valuesIn(answers).map(({value}) => value);
        if (values.length === 0) return {kind: "open"};
        return {kind: "enough", settle: () => greatest(values, (value) => BigInt(countBits(bitsOf(value))))};
      },
      giveUp: (answers) => {
        throw noAnswer(what, answers);
      },
    },
  );
}

export interface Produced<T> {
  readonly beaconNode: string;
  readonly proposal: T;
}

/**
 * The proposal that is worth most among those that came within a short grace of the first and rest on the block that most of them rest on: one on
 * a head that the others have left, or never had, is worth nothing.
 */
export function mostValuable<T>(
  init: BestInit & {readonly asksAgain: boolean},
  {
    clock,
    askers,
    weiOf,
    slotOf,
  }: BestComponents<T> & {
    readonly weiOf: (proposal: T) => bigint;
    readonly slotOf: SlotOf;
  },
  view: AnswerView<T>,
): Promise<({readonly kind: "produced"} & Produced<T>) | DataFailure> {
  return settle<T, ({readonly kind: "produced"} & Produced<T>) | DataFailure>(
    {
      untilMs: init.untilMs,
      graceMs: BLOCK_GRACE_MS,
      intervalMs: init.asksAgain ? POLL_INTERVAL_MS : null,
      valuesStand: true,
      signal: init.signal,
    },
    {
      clock,
      askers,
      judge: (answers) => {
        const proposals = valuesIn(answers);
        if (proposals.length === 0) return {kind: "open"};
        const settleWithBest = () => {
          const parent = view.headOf(pluralityChoice(proposals, view, slotOf));
          const siblings = proposals.filter(({value}) => view.headOf(value) === parent);
          const {name, value} = greatest(siblings, (proposal) => weiOf(proposal.value));
          return {kind: "produced", beaconNode: name, proposal: value} as const;
        };
        return {kind: "enough", settle: settleWithBest};
      },
      giveUp: (answers) => failureOf(answers, 1, view),
    },
  );
}

/** The first of the greatest. */
function greatest<T>(items: readonly T[], sizeOf: (item: T) => bigint): T {
  return items.reduce((best, item) => (sizeOf(item) > sizeOf(best) ? item : best));
}

export function noAnswer<T>(what: string, answers: Answers<T>): NoBeaconNodeError {
  const errors = answers.flatMap(({answer}) => (answer.kind === "fault" ? [answer.error] : []));
  const unanswered = answers.flatMap(({name, answer}) => (answer.kind === "waiting" ? [name] : []));
  return new NoBeaconNodeError(what, errors, unanswered);
}

function countBits(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}
