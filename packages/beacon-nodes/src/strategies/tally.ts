import {type AttestationData, abbreviate, type FailureReason, type Root, type Slot} from "@mote/core";
import type {NamedAnswer} from "./poll-all.ts";

/** Pure counting of what beacon nodes answered. All lists are in the order of configuration, which decides between equals. */

export interface NodeData {
  readonly name: string;
  readonly data: AttestationData;
}

export const dataAnswers = (answers: readonly NamedAnswer<AttestationData>[]): NodeData[] =>
  answers.flatMap(({name, answer}) => (answer.kind === "value" ? [{name, data: answer.value}] : []));

/** Lists with the same key, in the order of their first members. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | number): T[][] {
  const groups = new Map<string | number, T[]>();
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

/** What T nodes must agree on: the FFG vote. */
export const ffgKey = ({data: {source, target}}: NodeData): string =>
  `${source.epoch} ${source.root} ${target.epoch} ${target.root}`;

/**
 * The head that most of an agreeing group has; of equals the newest (by `slotOf`, unknown is oldest), then the first. From Gloas on nodes may
 * differ in `index` for one head (payload seen or not): there most count, then the first.
 */
export function chooseData(group: readonly NodeData[], slotOf: (root: Root) => Slot | undefined): AttestationData {
  const byHead = groupBy(group, ({data}) => data.beaconBlockRoot);
  const mostVotes = largest(byHead).length;
  const newest = (nodes: NodeData[]): number => slotOf((nodes[0] as NodeData).data.beaconBlockRoot) ?? -1;
  const chosenHead = byHead
    .filter((nodes) => nodes.length === mostVotes)
    .reduce((best, nodes) => (newest(nodes) > newest(best) ? nodes : best));
  const chosenIndex = largest(groupBy(chosenHead, ({data}) => data.index));
  return (chosenIndex[0] as NodeData).data;
}

/** Why no agreement came about, judged by the newest answers when the time was up. */
export function failureOf(answers: readonly NamedAnswer<AttestationData>[], threshold: number): FailureReason {
  const groups = groupBy(dataAnswers(answers), ffgKey);
  const best = largest(groups).length;
  const count = (test: (named: NamedAnswer<AttestationData>) => boolean) => answers.filter(test).length;
  const late = count(
    ({answer}) => answer.kind === "waiting" || (answer.kind === "fault" && answer.error.reason === "TIMED_OUT"),
  );
  const invalid = count(
    ({answer}) => answer.kind === "fault" && ["MALFORMED", "TOO_LARGE", "TRUNCATED"].includes(answer.error.reason),
  );
  if (late > 0 && best + late >= threshold) return "BEACON_DATA_LATE";
  if (groups.length > 1) return "BEACON_NODES_DISAGREE";
  if (invalid > 0 && best + late + invalid >= threshold) return "BEACON_DATA_INVALID";
  return "NO_BEACON_NODE";
}

/** Which node said what, short enough for one line. */
export function describe(answers: readonly NamedAnswer<AttestationData>[]): string {
  if (answers.length === 0) return "no beacon node is on our chain";
  return answers.map(({name, answer}) => `${name}: ${describeAnswer(answer)}`).join("; ");
}

function describeAnswer(answer: NamedAnswer<AttestationData>["answer"]): string {
  if (answer.kind === "waiting") return "no answer yet";
  if (answer.kind === "fault") return `${answer.error.reason} ${answer.error.detail}`.slice(0, 120);
  const {beaconBlockRoot, source, target} = answer.value;
  return `head ${abbreviate(beaconBlockRoot)} source ${source.epoch}/${abbreviate(source.root)} target ${target.epoch}/${abbreviate(target.root)}`;
}
