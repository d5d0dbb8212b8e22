import {bad, ok, type Parsed} from "@mote/node/config";

/** Of a cluster of nodes with key shares. */
export interface ClusterShape {
  /** How many of them make a signature. */
  readonly threshold: number;
  readonly operators: number;
}

/** A node that is stopped as a slot begins, and started again at once. */
export interface NodeRestart {
  /** Place in the cluster. */
  readonly node: number;
  readonly slot: number;
}

const OPERATORS_MAX = 8;

export function parseShape(text: string): Parsed<ClusterShape> {
  const match = /^(\d{1,2})-of-(\d{1,2})$/.exec(text);
  const [threshold, operators] = [Number(match?.[1]), Number(match?.[2])];
  const isShape = match !== null && operators <= OPERATORS_MAX && threshold <= operators && 2 * threshold > operators;
  if (isShape) return ok({threshold, operators});
  return bad(`is not like 3-of-4: at most ${OPERATORS_MAX} nodes, and more than half of them for a signature`);
}

/** Takes the restarts of nodes out of the faults; the others are the devnet's to read. */
export function readNodeRestarts(
  given: readonly string[],
  {nodes}: {readonly nodes: number},
): {
  readonly faults: readonly string[];
  readonly restarts: readonly NodeRestart[];
  readonly problems: readonly string[];
} {
  const faults: string[] = [];
  const restarts: NodeRestart[] = [];
  const problems: string[] = [];
  for (const text of given) {
    if (!text.startsWith("node")) {
      faults.push(text);
      continue;
    }
    const match = /^node(\d{1,2}):restart@([1-9]\d{0,8})$/.exec(text);
    const node = Number(match?.[1]);
    if (match === null) problems.push(`--fault: "${text}" is not nodeN:restart@SLOT, with a slot from 1 on`);
    else if (node >= nodes) problems.push(`--fault: "${text}": there is no node${node}, ${nodesThereAre(nodes)}`);
    else restarts.push({node, slot: Number(match[2])});
  }
  return {faults, restarts, problems};
}

function nodesThereAre(count: number): string {
  if (count === 0) return "--no-node leaves them out";
  return count === 1 ? "node0 is the only one" : `they are node0 to node${count - 1}`;
}
