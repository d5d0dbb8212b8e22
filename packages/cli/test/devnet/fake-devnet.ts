import type {
  DevnetEnd,
  DevnetFigures,
  DevnetHandle,
  DevnetStatus,
  OperatorAccess,
  TestnetFiles,
} from "../../src/devnet/devnet-handle.ts";

const TOTALS = {expected: 8, published: 8, included: 7, missed: 1, correctHead: 7, correctTarget: 7};

export const STATUS: DevnetStatus = {
  slot: 21,
  fork: "fulu",
  justifiedEpoch: 1,
  finalizedEpoch: 0,
  recentSlots: [
    {slot: 21, cells: ["published", "published", "expected", "expected"]},
    {slot: 20, cells: ["included", "included", "included", "published"]},
    {slot: 3, cells: ["included", "included", "missed", "included"]},
  ],
  totals: TOTALS,
  proposals: {expected: 20, included: 19, missed: 1},
  syncCommittee: {participation: 0.96875},
  payloadAttestations: {expected: 16, included: 15, missed: 1},
  headToPublishMs: {last: 8.04, p50: 7.5, p99: 21},
  slashableMessages: 0,
  beaconNodes: [
    {name: "bn0", url: "http://127.0.0.1:5052", dialect: "plain", faults: []},
    {name: "bn1", url: "http://127.0.0.1:5053", dialect: "prysm", faults: ["down", "delay=800ms"]},
  ],
};

export const FIGURES: DevnetFigures = {
  slots: 22,
  finalizedEpoch: 0,
  justifiedEpoch: 1,
  attestations: TOTALS,
  proposals: {expected: 20, included: 19, missed: 1},
  syncCommittee: {participation: 0.96875},
  payloadAttestations: {expected: 0, included: 0, missed: 0},
  aggregates: {published: 30, rejected: 0},
  syncContributions: {published: 40, rejected: 0},
  headToPublishMs: {p50: 7.5, p99: 21},
  slashableMessages: 0,
  votesByPath: null,
  singleVoteShare: 0.125,
};

/** A devnet that does nothing until the test says so. */
export class FakeDevnet implements DevnetHandle {
  readonly peers: readonly string[] = [];
  readonly urls = ["http://127.0.0.1:1", "http://127.0.0.1:2"];
  operators: readonly OperatorAccess[] = [];
  readonly slotDurationMs = 1000;
  readonly slotsPerEpoch = 8;
  readonly genesisMs: number;
  readonly finished: Promise<DevnetEnd>;
  finish: (end: DevnetEnd) => void = () => {};
  chainProblems: string[] = [];
  isStarted = false;
  isStopped = false;
  readonly #listeners: ((slot: number) => void)[] = [];

  constructor(genesisMs: number) {
    this.genesisMs = genesisMs;
    this.finished = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  start(): void {
    this.isStarted = true;
  }

  onSlotEnded(listener: (slot: number) => void): void {
    this.#listeners.push(listener);
  }

  endSlot(slot: number): void {
    for (const listener of this.#listeners) listener(slot);
  }

  testnetFiles(): TestnetFiles {
    return new Map([["genesis.txt", String(this.genesisMs)]]);
  }

  status(): DevnetStatus {
    return STATUS;
  }

  figures(): DevnetFigures {
    return FIGURES;
  }

  problems(): string[] {
    return this.chainProblems;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
  }
}
