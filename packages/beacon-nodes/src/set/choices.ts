export const STRATEGIES = [
  /** The healthiest node, and the next beside it when it is late. */
  "first",
  /** The best of what all nodes have. */
  "best",
  /** What enough nodes agree on. */
  "threshold",
] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What is asked of beacon nodes, and the strategies that make sense for it; the first is the default. */
export const STRATEGY_CHOICES = {
  attestation: ["threshold", "best", "first"],
  /** Most bits. */
  aggregate: ["best", "first"],
  /** Highest value. Nodes cannot agree on a block: each makes its own. */
  block: ["best", "first"],
  sync_message: ["threshold", "best", "first"],
  /** Most bits. */
  contribution: ["best", "first"],
  /** A vote on what was seen: none is better than another. */
  payload_attestation: ["threshold", "first"],
  /** Duties and lookups: whatever is wrong in them, their dependent roots tell. */
  duties: ["first"],
} as const satisfies Readonly<Record<string, readonly Strategy[]>>;
export type StrategyKind = keyof typeof STRATEGY_CHOICES;
export const STRATEGY_KINDS = Object.keys(STRATEGY_CHOICES) as readonly StrategyKind[];
export type StrategyChoices = {readonly [Kind in StrategyKind]?: (typeof STRATEGY_CHOICES)[Kind][number]};
export type ChosenStrategies = Required<StrategyChoices>;

/** What may go to every node, or to the healthiest one and to the next only when that fails. */
export const BROADCAST_TOPICS = ["attestations", "blocks", "syncMessages", "subscriptions"] as const;
export type BroadcastTopic = (typeof BROADCAST_TOPICS)[number];
export type BroadcastChoices = Readonly<Record<BroadcastTopic, boolean>>;

/**
 * The middleware of a distributed validator agrees by itself, and each question costs its cluster a round: there the first node alone is asked.
 * @throws {Error} when a strategy does not fit its kind
 */
export function chosenStrategies(choices: StrategyChoices, distributed: boolean): ChosenStrategies {
  for (const kind of STRATEGY_KINDS) {
    const chosen: Strategy | undefined = choices[kind];
    const sensible: readonly Strategy[] = STRATEGY_CHOICES[kind];
    if (chosen !== undefined && !sensible.includes(chosen))
      throw new Error(`${chosen} is no strategy for ${kind}: that is ${sensible.join(" or ")}`);
  }
  const chosen = Object.fromEntries(STRATEGY_KINDS.map((kind) => [kind, choices[kind] ?? STRATEGY_CHOICES[kind][0]]));
  const alone = {attestation: "first", block: "first"};
  return {...chosen, ...(distributed ? alone : {})} as ChosenStrategies;
}
