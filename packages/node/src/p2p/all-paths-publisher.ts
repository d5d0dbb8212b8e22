import {
  type CommitteeSubscription,
  type Log,
  messageOf,
  type Publisher,
  type PublishOutcome,
  type PublishReceipt,
  type Slot,
  type SlotClock,
  type SyncCommitteeSubscription,
  sleep,
} from "@mote/core";
import {RETRY_PAUSES_MS} from "@mote/duties";

type Sending =
  | "publishAttestations"
  | "publishAggregates"
  | "publishBlock"
  | "publishExecutionPayloadEnvelope"
  | "publishSyncCommitteeMessages"
  | "publishContributions"
  | "publishPayloadAttestations"
  | "publishVoluntaryExit"
  | "publishProposerPreferences";

/** What gossip can do of a publisher. */
export type SecondPath = Pick<Publisher, Sending | "subscribeCommittees" | "subscribeSyncCommittees">;

export interface AllPathsPublisherComponents {
  readonly beaconNodes: Publisher;
  /** Null while there is no other path. */
  readonly secondPath: () => SecondPath | null;
  readonly slotClock: SlotClock;
  readonly log: Log;
  /** Aborted when Mote stops: what beacon nodes have not answered is sent to them no more. */
  readonly signal: AbortSignal;
  /** Lets the requests to beacon nodes leave: encoding for peers takes time of this thread. */
  readonly yieldToEventLoop: () => Promise<void>;
}

/** Once the second path has taken everything, beacon nodes that do not answer are waited for no longer than this: the duty was done. */
const BEACON_NODES_WAIT_MS = 2_000;
/** Sending to peers takes milliseconds. One that hangs must not hold up the beacon nodes' word. */
const SECOND_PATH_WAIT_MS = 500;

/** Of a few thousand validators in two epochs. */
const SUBSCRIPTIONS_MAX = 8_192;
const SECOND_PATH_NAME = "gossip";

/** By every path there is, side by side: each message's outcome is the best of them, with what became of it on each. */
export class AllPathsPublisher implements Publisher {
  readonly #c: AllPathsPublisherComponents;
  /** What the second path was not there to be told, newest last. */
  #missedCommittees: readonly CommitteeSubscription[] = [];
  #missedSyncCommittees: readonly SyncCommitteeSubscription[] = [];

  constructor(components: AllPathsPublisherComponents) {
    this.#c = components;
  }

  publishAttestations: Publisher["publishAttestations"] = (items) =>
    this.#sendAll(items.length, (path) => path.publishAttestations(items));
  publishAggregates: Publisher["publishAggregates"] = (items) =>
    this.#sendAll(items.length, (path) => path.publishAggregates(items));
  publishSyncCommitteeMessages: Publisher["publishSyncCommitteeMessages"] = (items) =>
    this.#sendAll(items.length, (path) => path.publishSyncCommitteeMessages(items), this.#endMs(items[0]?.slot));
  publishContributions: Publisher["publishContributions"] = (items) =>
    this.#sendAll(
      items.length,
      (path) => path.publishContributions(items),
      this.#endMs(items[0]?.message.contribution.slot),
    );
  publishPayloadAttestations: Publisher["publishPayloadAttestations"] = (items) =>
    this.#sendAll(items.length, (path) => path.publishPayloadAttestations(items), this.#endMs(items[0]?.data.slot));
  publishProposerPreferences: Publisher["publishProposerPreferences"] = (items) =>
    this.#sendAll(items.length, (path) => path.publishProposerPreferences(items));

  publishBlock: Publisher["publishBlock"] = (block) => {
    const {produced} = block;
    // What is blinded only the node that made it can make whole.
    if (produced.kind === "blinded") return this.#c.beaconNodes.publishBlock(block);
    const hasBlobs = produced.kind === "full" && produced.blobData.blobs.length > 0;
    return this.#sendOne((path) => path.publishBlock(block), {hasBlobs});
  };

  publishExecutionPayloadEnvelope: Publisher["publishExecutionPayloadEnvelope"] = (envelope) => {
    const {blobData} = envelope;
    if (blobData === null) return this.#c.beaconNodes.publishExecutionPayloadEnvelope(envelope);
    const hasBlobs = blobData.blobs.length > 0;
    return this.#sendOne((path) => path.publishExecutionPayloadEnvelope(envelope), {hasBlobs});
  };

  publishVoluntaryExit: Publisher["publishVoluntaryExit"] = (exit) =>
    this.#sendOne((path) => path.publishVoluntaryExit(exit));

  /** Tells the second path, which has come to be, what beacon nodes were told before. */
  secondPathOpened(): void {
    const second = this.#c.secondPath();
    if (second === null) return;
    this.#safelyTold(second.subscribeCommittees(this.#missedCommittees));
    this.#safelyTold(second.subscribeSyncCommittees(this.#missedSyncCommittees));
    this.#missedCommittees = [];
    this.#missedSyncCommittees = [];
  }

  subscribeCommittees: Publisher["subscribeCommittees"] = (subscriptions) => {
    const second = this.#c.secondPath();
    if (second !== null) this.#safelyTold(second.subscribeCommittees(subscriptions));
    else this.#missedCommittees = [...this.#missedCommittees, ...subscriptions].slice(-SUBSCRIPTIONS_MAX);
    return this.#c.beaconNodes.subscribeCommittees(subscriptions);
  };
  subscribeSyncCommittees: Publisher["subscribeSyncCommittees"] = (subscriptions) => {
    const second = this.#c.secondPath();
    if (second !== null) this.#safelyTold(second.subscribeSyncCommittees(subscriptions));
    else this.#missedSyncCommittees = [...this.#missedSyncCommittees, ...subscriptions].slice(-SUBSCRIPTIONS_MAX);
    return this.#c.beaconNodes.subscribeSyncCommittees(subscriptions);
  };

  // Nobody but a beacon node makes blocks and speaks with builders.

  prepareProposers: Publisher["prepareProposers"] = (preparations) =>
    this.#c.beaconNodes.prepareProposers(preparations);
  registerValidators: Publisher["registerValidators"] = (registrations) =>
    this.#c.beaconNodes.registerValidators(registrations);

  async #sendOne(
    send: (path: SecondPath) => Promise<PublishOutcome>,
    {hasBlobs}: {readonly hasBlobs: boolean} = {hasBlobs: false},
  ): Promise<PublishOutcome> {
    const sendList = async (path: SecondPath): Promise<[PublishOutcome]> => [await send(path)];
    if (hasBlobs) return this.#sendInTurn(sendList);
    return (await this.#sendAll(1, sendList))[0] as PublishOutcome;
  }

  /**
   * What has blobs goes to peers once a beacon node has taken it: their columns travel by beacon nodes alone. Peers that hear of it and see no columns wait
   * for them, stand still, and hold it against whoever told them.
   */
  async #sendInTurn(send: (path: SecondPath) => Promise<[PublishOutcome]>): Promise<PublishOutcome> {
    const {beaconNodes, secondPath, slotClock} = this.#c;
    const [outcome] = await send(beaconNodes);
    const second = secondPath();
    if (outcome.kind !== "accepted" || second === null) return outcome;
    const ended = new AbortController();
    const told = await Promise.race([
      this.#later(() => send(second)),
      sleep(slotClock, SECOND_PATH_WAIT_MS, ended.signal).then(() => null),
    ]);
    ended.abort();
    return {...outcome, receipts: [...outcome.receipts, ...(told?.[0]?.receipts ?? [GOSSIP_NOT_YET])]};
  }

  async #sendAll(
    count: number,
    send: (path: SecondPath) => Promise<readonly PublishOutcome[]>,
    usefulUntilMs = Number.POSITIVE_INFINITY,
  ): Promise<readonly PublishOutcome[]> {
    const {beaconNodes, secondPath, slotClock} = this.#c;
    const second = secondPath();
    if (second === null || count === 0) return send(beaconNodes);
    const told: {first: readonly PublishOutcome[] | null; second: readonly PublishOutcome[] | null} = {
      first: null,
      second: null,
    };
    const first = send(beaconNodes);
    const firstDone = first.then((outcomes) => {
      told.first = outcomes;
    });
    const secondDone = this.#later(() => send(second)).then((outcomes) => {
      told.second = outcomes;
    });
    const ended = new AbortController();
    const enough = secondDone.then(() =>
      areAllAccepted(told.second) ? sleep(slotClock, BEACON_NODES_WAIT_MS, ended.signal) : firstDone,
    );
    try {
      await Promise.race([firstDone, enough]);
      if (!areAllAccepted(told.first))
        await Promise.race([secondDone, sleep(slotClock, SECOND_PATH_WAIT_MS, ended.signal)]);
    } finally {
      ended.abort();
    }
    if (told.second?.some(({kind}) => kind === "accepted")) void this.#untilAnswered(first, send, usefulUntilMs);
    return Array.from({length: count}, (_, i) => best(told.first?.[i], told.second?.[i]));
  }

  /**
   * What peers have taken is done for whoever sent it; but what they made of it nobody says, so beacon nodes that did not answer are asked again, as they
   * would be without peers. Sending twice is harmless.
   */
  async #untilAnswered(
    first: Promise<readonly PublishOutcome[]>,
    send: (path: SecondPath) => Promise<readonly PublishOutcome[]>,
    usefulUntilMs: number,
  ): Promise<void> {
    const {beaconNodes, slotClock, log, signal} = this.#c;
    try {
      let outcomes = await first;
      for (const pauseMs of RETRY_PAUSES_MS) {
        if (!outcomes.some(isUnanswered)) return;
        await sleep(slotClock, pauseMs, signal);
        if (signal.aborted || slotClock.nowMs() >= usefulUntilMs) return;
        outcomes = await send(beaconNodes);
      }
    } catch (error) {
      log.error("unexpected error in publishing again", {reason: messageOf(error)});
    }
  }

  /** Of messages that nobody takes after their slot. */
  #endMs(slot: number | undefined): number | undefined {
    return slot === undefined ? undefined : this.#c.slotClock.startMs((slot + 1) as Slot);
  }

  /** Null when it failed: what it does is never the beacon nodes' fault. */
  async #later(send: () => Promise<readonly PublishOutcome[]>): Promise<readonly PublishOutcome[] | null> {
    try {
      await this.#c.yieldToEventLoop();
      return await send();
    } catch (error) {
      this.#c.log.error("unexpected error in publishing by gossip", {reason: messageOf(error)});
      return null;
    }
  }

  #safelyTold(telling: Promise<void>): void {
    telling.catch((error: unknown) =>
      this.#c.log.error("unexpected error in subscribing by gossip", {reason: messageOf(error)}),
    );
  }
}

const areAllAccepted = (outcomes: readonly PublishOutcome[] | null): boolean =>
  outcomes?.every(({kind}) => kind === "accepted") ?? false;

const isUnanswered = (outcome: PublishOutcome): boolean =>
  outcome.kind === "failed" && outcome.reason === "PUBLISH_UNANSWERED";

const NOT_YET: Omit<PublishReceipt, "path"> = {kind: "unanswered", detail: "no answer yet"};
const GOSSIP_NOT_YET: PublishReceipt = {path: SECOND_PATH_NAME, ...NOT_YET};

function best(first: PublishOutcome | undefined, second: PublishOutcome | undefined): PublishOutcome {
  const receipts = [
    ...(first?.receipts ?? [{path: "beacon nodes", ...NOT_YET}]),
    ...(second?.receipts ?? [GOSSIP_NOT_YET]),
  ];
  const accepted = [first, second].filter((outcome) => outcome?.kind === "accepted");
  if (accepted.length > 0) return {kind: "accepted", atMs: Math.min(...accepted.map(({atMs}) => atMs)), receipts};
  // That nobody was there to take it on gossip says nothing of the message; a beacon node's word does.
  const reason = first?.kind === "failed" ? first.reason : "PUBLISH_UNANSWERED";
  return {kind: "failed", reason, receipts};
}
