import type {DataFailure, Root, Slot} from "@mote/core";
import {RefusedAnswerError} from "./answer-check.ts";
import type {NamedAnswer} from "./poll-all.ts";

/** Pure counting of what beacon nodes answered. All lists are in the order of configuration, which decides between equals. */

type Answers<T> = readonly NamedAnswer<T>[];

export interface NodeValue<T> {
  readonly name: string;
  readonly value: T;
}

/** How answers of one kind are compared. */
export interface AnswerView<T> {
  /** What enough nodes must agree on, to the letter. */
  readonly agreementOf: (value: T) => string;
  /** The block that the answer rests on: its plurality within those who agree decides. */
  readonly headOf: (value: T) => Root | null;
  /** What is left to differ between answers that agree on both: the most frequent counts. */
  readonly restOf: (value: T) => string | number;
  /** For people, short. */
  readonly describe: (value: T) => string;
}

/** The slot of a block that a head event named; undefined when none did. */
export type SlotOf = (root: Root) => Slot | undefined;

export const valuesIn = <T>(answers: Answers<T>): NodeValue<T>[] =>
  answers.flatMap(({name, answer}) => (answer.kind === "value" ? [{name, value: answer.value}] : []));

/** Lists with the same key, in the order of their first members. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | number | null): T[][] {
  const groups = new Map<string | number | null, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** The first of the largest. */
export function largest<T>(groups: readonly T[][]): T[] {
  return groups.reduce<T[]>((best, group) => (group.length > best.length ? group : best), []);
}

/** The largest group that agrees. */
export const agreeing = <T>(answers: Answers<T>, view: AnswerView<T>): NodeValue<T>[] =>
  largest(groupBy(valuesIn(answers), ({value}) => view.agreementOf(value)));

/** The head that most of an agreeing group have; of equals the newest (unknown is oldest), then the first. */
export function pluralityChoice<T>(group: readonly NodeValue<T>[], view: AnswerView<T>, slotOf: SlotOf): T {
  const byHead = groupBy(group, ({value}) => view.headOf(value));
  const mostVotes = largest(byHead).length;
  return newestChoice(byHead.filter((nodes) => nodes.length === mostVotes).flat(), view, slotOf).value;
}

/** The newest head of all; where answers on it still differ, the most frequent one. */
export function newestChoice<T>(group: readonly NodeValue<T>[], view: AnswerView<T>, slotOf: SlotOf): NodeValue<T> {
  const byHead = groupBy(group, ({value}) => view.headOf(value));
  const slotOfGroup = (nodes: NodeValue<T>[]): number => {
    const head = view.headOf((nodes[0] as NodeValue<T>).value);
    return (head === null ? undefined : slotOf(head)) ?? -1;
  };
  const newest = byHead.reduce((best, nodes) => (slotOfGroup(nodes) > slotOfGroup(best) ? nodes : best));
  return largest(groupBy(newest, ({value}) => view.restOf(value)))[0] as NodeValue<T>;
}

/** Why nothing came about, judged by the newest answers when the time was up. `threshold` is how many had to agree. */
export function failureOf<T>(answers: Answers<T>, threshold: number, view: AnswerView<T>): DataFailure {
  const failed = (reason: DataFailure["reason"]): DataFailure => ({
    kind: "failed",
    reason,
    detail: describe(answers, view.describe),
  });
  const best = agreeing(answers, view).length;
  const count = (test: (named: NamedAnswer<T>) => boolean) => answers.filter(test).length;
  const late = count(
    ({answer}) => answer.kind === "waiting" || (answer.kind === "fault" && answer.error.reason === "TIMED_OUT"),
  );
  const invalid = count(
    ({answer}) => answer.kind === "fault" && ["MALFORMED", "TOO_LARGE", "TRUNCATED"].includes(answer.error.reason),
  );
  if (late > 0 && best + late >= threshold) return failed("BEACON_DATA_LATE");
  if (groupBy(valuesIn(answers), ({value}) => view.agreementOf(value)).length > 1)
    return failed("BEACON_NODES_DISAGREE");
  for (const {answer} of answers) {
    if (answer.kind === "fault" && answer.error instanceof RefusedAnswerError)
      return failed(answer.error.refusal.reason);
  }
  if (invalid > 0 && best + late + invalid >= threshold) return failed("BEACON_DATA_INVALID");
  return failed("NO_BEACON_NODE");
}

/** Which node said what, short enough for one line. */
export function describe<T>(answers: Answers<T>, describeValue: (value: T) => string): string {
  if (answers.length === 0) return "no beacon node is on our chain";
  return answers
    .map(({name, answer}) => {
      if (answer.kind === "waiting") return `${name}: no answer yet`;
      if (answer.kind === "value") return `${name}: ${describeValue(answer.value)}`;
      const {error} = answer;
      const text = error instanceof RefusedAnswerError ? error.detail : `${error.reason} ${error.detail}`;
      return `${name}: ${text.slice(0, 160)}`;
    })
    .join("; ");
}
