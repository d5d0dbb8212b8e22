/** What a chain of the bench is made of. Slots count from genesis; it may lie in the past. */
export interface BenchChainInit {
  readonly genesisTimeSec: number;
  readonly slotMs: number;
  /** Beacon nodes, all on the same chain. */
  readonly nodes: number;
  /** As `/eth/v1/config/spec` says it. */
  readonly spec: Readonly<Record<string, string>>;
  /** From the start of a slot to its head event. */
  readonly headDelayMs: number;
  /** So many validators, those asked for first, sit in the sync committee. */
  readonly syncSeats: number;
  /** Every block is one of ours. */
  readonly proposes: boolean;
  /** From this slot on there is no SSZ. */
  readonly jsonFromSlot: number | null;
  /** Of the first node. */
  readonly faults: readonly BenchFault[];
}

export interface BenchFault {
  readonly kind: "dead" | "hanging";
  readonly fromSlot: number;
  /** Exclusive. */
  readonly toSlot: number;
}

/** Votes of a slot are all with the first of the nodes. */
export interface VotesTaken {
  readonly event: "votes";
  readonly slot: number;
  readonly votes: number;
  readonly headToPublishMs: number;
}

/** One of our blocks came. */
export interface BlockTaken {
  readonly event: "block";
  readonly slot: number;
  readonly answerBytes: number;
  readonly requestBytes: number;
  /** From the last byte of the answer to the first of the request, and to its last. */
  readonly toFirstByteMs: number;
  readonly toLastByteMs: number;
}
