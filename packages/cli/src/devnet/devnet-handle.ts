/** What the command needs of a devnet; `open-devnet.ts` makes it from @mote/devnet, tests from nothing. */
export interface DevnetHandle {
  /** Base URLs of the beacon nodes. */
  readonly urls: readonly string[];
  /** Multiaddrs of the beacon nodes as peers; empty without p2p. */
  readonly peers: readonly string[];
  /** What each node of a cluster needs; empty without middleware. */
  readonly operators: readonly OperatorAccess[];
  /** Unix ms. */
  readonly genesisMs: number;
  readonly slotDurationMs: number;
  readonly slotsPerEpoch: number;
  /** Settles when the run has come to its end by itself: after the epochs that were asked for, or by a failure. Never rejects. */
  readonly finished: Promise<DevnetEnd>;
  /** Lets time run. */
  start(): void;
  /** Calls back at the end of every slot, when its votes have come. */
  onSlotEnded(listener: (slot: number) => void): void;
  /** What a testnet directory of this chain holds, by file name. To be asked for before time runs. */
  testnetFiles(): TestnetFiles;
  status(): DevnetStatus;
  figures(): DevnetFigures;
  /** What went wrong on the chain so far, in sentences; empty for a healthy run. */
  problems(): string[];
  stop(): Promise<void>;
}

/** A place behind the middleware of distributed validators. */
export interface OperatorAccess {
  readonly url: string;
  readonly files: OperatorFiles;
}

/** Contents by file name. */
export interface OperatorFiles {
  readonly keystores: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, string>;
}

export type TestnetFiles = ReadonlyMap<string, string | Uint8Array>;

export type DevnetEnd = {readonly kind: "completed"} | {readonly kind: "failed"; readonly reason: string};

export type VoteCell = "expected" | "published" | "included" | "missed";

export interface SlotVotes {
  readonly slot: number;
  /** One per duty, in the order of committees. */
  readonly cells: readonly VoteCell[];
}

export interface VoteTotals {
  readonly expected: number;
  readonly published: number;
  readonly included: number;
  readonly missed: number;
  readonly correctHead: number;
  readonly correctTarget: number;
}

export interface DutyTotals {
  readonly expected: number;
  readonly included: number;
  readonly missed: number;
}

export interface BeaconNodeStatus {
  readonly name: string;
  readonly url: string;
  readonly dialect: string;
  /** Empty when all is well; otherwise `down`, `delay=800ms`, … */
  readonly faults: readonly string[];
}

export interface DevnetStatus {
  /** −1 before genesis. */
  readonly slot: number;
  /** Name of the fork that the slot is in. */
  readonly fork: string;
  readonly justifiedEpoch: number;
  readonly finalizedEpoch: number;
  /** The newest slots first, this one among them. */
  readonly recentSlots: readonly SlotVotes[];
  /** Votes whose inclusion window has passed. */
  readonly totals: VoteTotals;
  readonly proposals: DevnetFigures["proposals"];
  readonly syncCommittee: DevnetFigures["syncCommittee"];
  readonly payloadAttestations: DevnetFigures["payloadAttestations"];
  /** Null while nothing was measured. */
  readonly headToPublishMs: {readonly last: number | null; readonly p50: number | null; readonly p99: number | null};
  readonly slashableMessages: number;
  readonly beaconNodes: readonly BeaconNodeStatus[];
}

export interface VotesByPath {
  readonly both: number;
  readonly apiOnly: number;
  readonly gossipOnly: number;
}

/** What a run came to. */
export interface DevnetFigures {
  readonly slots: number;
  readonly finalizedEpoch: number;
  readonly justifiedEpoch: number;
  /** Of votes whose inclusion window has passed. */
  readonly attestations: VoteTotals;
  /** One for each slot that is over; slots that were told to be empty left out. */
  readonly proposals: DutyTotals;
  /** The part of the sync committee's seats whose message is in the blocks of the chain: 0 to 1. Null before the first block. */
  readonly syncCommittee: {readonly participation: number | null};
  /** Gloas: one for each validator of a slot's payload committee. */
  readonly payloadAttestations: DutyTotals;
  readonly aggregates: {readonly published: number; readonly rejected: number};
  readonly syncContributions: {readonly published: number; readonly rejected: number};
  /** Null when no vote was set off by a head event. */
  readonly headToPublishMs: {readonly p50: number | null; readonly p99: number | null};
  readonly slashableMessages: number;
  /** Valid votes by the ways on which they came; null without p2p. */
  readonly votesByPath: VotesByPath | null;
  /** Of the votes in blocks, the part for which no aggregate came: 0 to 1. */
  readonly singleVoteShare: number;
}
