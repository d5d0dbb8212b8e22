import {chainConfigFromSpec, createNetworkConfig, type NetworkConfig, verifySignature} from "@mote/consensus";
import {
  type NetworkEvent,
  pubkeyToHex,
  type Root,
  type SignatureVerifier,
  type SignedBy,
  type Slot,
  SlotClock,
} from "@mote/core";
import {FakeClock, FakeLog} from "@mote/testing";
import {ForkDigests} from "../../src/forks/fork-digests.ts";
import type {GossipReason} from "../../src/gossip/validators/judgement.ts";
import {LightGossip, type LightGossipComponents} from "../../src/gossip/validators/light-gossip.ts";
import {GossipObserver} from "../../src/gossip-observer.ts";
import type {Gossip, GossipKind, GossipTypes, Received, Validation} from "../../src/network.ts";
import {FakeChainView, SLOTS_PER_EPOCH} from "./fake-chain-view.ts";

export const GENESIS_SEC = 1_700_000_000;
const SLOT_MS = 6_000;
/** More than votes wait for each other. */
const BATCH_MS = 60;
export const GLOAS_FORK_EPOCH = 4;
/** A slot in the middle of an epoch of Fulu, and one of Gloas. */
export const SLOTS = {fulu: 19 as Slot, gloas: 43 as Slot} as const;
export const FORKS = ["fulu", "gloas"] as const;
export const root = (digits: string): Root => `0x${digits.repeat(32)}` as Root;

export const lightConfig = (): NetworkConfig =>
  createNetworkConfig(
    chainConfigFromSpec({
      SLOT_DURATION_MS: `${SLOT_MS}`,
      ALTAIR_FORK_EPOCH: "0",
      BELLATRIX_FORK_EPOCH: "0",
      CAPELLA_FORK_EPOCH: "0",
      DENEB_FORK_EPOCH: "0",
      ELECTRA_FORK_EPOCH: "0",
      FULU_FORK_EPOCH: "0",
      GLOAS_FORK_EPOCH: `${GLOAS_FORK_EPOCH}`,
    }),
    root("67"),
  );

/** On this thread, each by itself; says how it was asked. */
export class LocalVerifier implements SignatureVerifier {
  readonly batchSizes: number[] = [];

  async verifyAggregate(): Promise<boolean> {
    throw new Error("the tests of slashings have a verifier of their own");
  }

  async verifySameMessage(signingRoot: Root, signed: readonly SignedBy[]): Promise<readonly boolean[]> {
    this.batchSizes.push(signed.length);
    return signed.map(({pubkey, signature}) => verifySignature(pubkeyToHex(pubkey), signingRoot, signature));
  }
}

/** Says yes to everything: what a validator must not have said by itself. */
export class CredulousVerifier implements SignatureVerifier {
  async verifyAggregate(): Promise<boolean> {
    return true;
  }

  async verifySameMessage(_root: Root, signed: readonly SignedBy[]): Promise<readonly boolean[]> {
    return signed.map(() => true);
  }
}

type Handler = (received: Received<GossipKind>) => Validation | Promise<Validation>;

export class FakeGossip implements Gossip {
  readonly handlers = new Map<GossipKind, Handler>();
  readonly topics = new Set<string>();

  handle<Kind extends GossipKind>(
    kind: Kind,
    handler: (received: Received<Kind>) => Validation | Promise<Validation>,
  ): void {
    this.handlers.set(kind, handler as unknown as Handler);
  }

  subscribe(kind: GossipKind, subnetId?: number): void {
    this.topics.add(subnetId === undefined ? kind : `${kind}_${subnetId}`);
  }

  unsubscribe(kind: GossipKind, subnetId?: number): void {
    this.topics.delete(subnetId === undefined ? kind : `${kind}_${subnetId}`);
  }

  publish(): never {
    throw new Error("validators publish nothing");
  }

  onEcho(): never {
    throw new Error("validators hear no echoes");
  }
}

export interface Arrival {
  /** Of the topic. */
  readonly slot: Slot;
  readonly subnetId?: number | null;
  readonly peer?: string;
}

/** A light node's gossip at a slot, two seconds in, with everything around it made up. */
export class LightWorld {
  readonly config = lightConfig();
  readonly view = new FakeChainView();
  readonly gossip = new FakeGossip();
  readonly log = new FakeLog();
  readonly events: NetworkEvent[] = [];
  /** Peers that paid, and what for. */
  readonly reports: string[] = [];
  readonly clock: FakeClock;
  readonly slotClock: SlotClock;
  readonly light: LightGossip;
  readonly #digests: ForkDigests;

  constructor(init: {readonly slot: Slot; readonly verifier?: SignatureVerifier}) {
    this.clock = new FakeClock({nowMs: GENESIS_SEC * 1000 + init.slot * SLOT_MS + 2_000});
    const timing = {genesisTimeSec: GENESIS_SEC, slotDurationMs: SLOT_MS, slotsPerEpoch: SLOTS_PER_EPOCH};
    this.slotClock = new SlotClock(timing, this);
    this.#digests = new ForkDigests(this.config);
    const observer = new GossipObserver(this);
    observer.subscribe((event) => this.events.push(event));
    const {gossip, clock, slotClock, log} = this;
    const verifier = init.verifier ?? new LocalVerifier();
    const peers: LightGossipComponents["peers"] = {
      report: (peer, offence, detail) => this.reports.push(`${peer}: ${offence}, ${detail}`),
    };
    const {view: chainView} = this;
    this.light = new LightGossip(this, {gossip, peers, chainView, slotClock, clock, verifier, observer, log});
    this.light.start();
  }

  /** Sets the clock. @param ms into the slot */
  goTo(slot: number, ms: number): void {
    this.clock.jump(this.slotClock.startMs(slot as Slot) + ms - this.clock.nowMs());
  }

  /** Hands a message over as gossip would, and lets time go by until it is judged. @returns `accept`, or verdict and reason */
  async receive<Kind extends GossipKind>(kind: Kind, value: GossipTypes[Kind], arrival: Arrival): Promise<string> {
    const before = this.counts(kind);
    const judged = this.send(kind, value, arrival);
    await this.clock.advance(BATCH_MS);
    await judged;
    return changeOf(before, this.counts(kind));
  }

  /** As {@link receive}, without waiting. */
  async send<Kind extends GossipKind>(
    kind: Kind,
    value: GossipTypes[Kind],
    {slot, subnetId = null, peer = "a peer"}: Arrival,
  ): Promise<Validation> {
    const period = this.#digests.at(this.slotClock.epochOf(slot));
    const received = {kind, value, subnetId, period, receivedMs: this.clock.nowMs(), peer};
    const handler = this.gossip.handlers.get(kind);
    if (handler === undefined) throw new Error(`no handler for ${kind}`);
    return handler(received as Received<GossipKind>);
  }

  counts(kind: GossipKind): ReadonlyMap<string, number> {
    const counts = this.light.counts().filter((one) => one.kind === kind);
    return new Map(counts.map(({validation, reason, count}) => [wordsOf(validation, reason), count]));
  }
}

/** What was counted in between. */
export function changeOf(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string {
  const [words = "nothing"] = [...after.keys()].filter((key) => before.get(key) !== after.get(key));
  return words;
}

const wordsOf = (validation: Validation, reason: GossipReason | null): string =>
  reason === null ? validation : `${validation} ${reason}`;
