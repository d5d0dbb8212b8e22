import {type Cancel, type Epoch, type Root, type Slot, SlotClock} from "@mote/core";
import {FakeClock, FakeLog, SeededRandom} from "@mote/testing";
import type {LocalStatus, Offence} from "../../src/network.ts";
import type {PeerAddress} from "../../src/peers/addresses.ts";
import type {ConnectionListener, Connections} from "../../src/peers/connections.ts";
import type {Candidate} from "../../src/peers/dial-plan.ts";
import {GoodPeers} from "../../src/peers/good-peers.ts";
import type {PeerFinder} from "../../src/peers/peer-finder.ts";
import {PeerManager} from "../../src/peers/peer-manager.ts";
import {PeerScores} from "../../src/peers/peer-score.ts";
import type {GoodbyeReason, PeerMetadata, PeerWire} from "../../src/peers/peer-wire.ts";
import {MemoryFiles} from "./memory-files.ts";

export const rootOf = (byte: string): Root => `0x${byte.repeat(32)}` as Root;

/** One peer out there, and how it behaves. */
export class FakePeer {
  isUp = true;
  isSilent = false;
  hearsNoGoodbye = false;
  status: LocalStatus;
  metadata: PeerMetadata = {seqNumber: 1n, attnets: [], syncnets: [], custodyGroupCount: 4};
  dials = 0;
  statusRequests = 0;
  readonly goodbyes: GoodbyeReason[] = [];

  constructor(status: LocalStatus) {
    this.status = status;
  }
}

/** A network of fake peers around one peer manager, on a clock that is turned by hand. Slots of 12 s, 32 an epoch; it is slot 320. */
export class FakeWorld {
  readonly clock = new FakeClock({nowMs: (1_600_000_000 + 320 * 12) * 1_000});
  readonly slotClock = new SlotClock(
    {genesisTimeSec: 1_600_000_000, slotDurationMs: 12_000, slotsPerEpoch: 32},
    {clock: this.clock},
  );
  readonly log = new FakeLog();
  readonly files: MemoryFiles;
  readonly peers = new Map<string, FakePeer>();
  readonly connected = new Set<string>();
  readonly scores = new PeerScores({clock: this.clock});
  readonly gossipScores = new Map<string, number>();
  readonly manager: PeerManager;
  searches = 0;
  readonly #listeners = new Set<ConnectionListener>();
  readonly #seekers = new Set<(found: Candidate) => void>();

  constructor(init: {targetPeers: number; directPeers?: readonly PeerAddress[]; files?: MemoryFiles}) {
    this.files = init.files ?? new MemoryFiles();
    const {clock, slotClock, log, files, scores} = this;
    this.manager = new PeerManager(
      {targetPeers: init.targetPeers, directPeers: init.directPeers ?? [], bootPeers: []},
      {
        clock,
        slotClock,
        log,
        scores,
        random: new SeededRandom({seed: 3}),
        connections: this.#connections(),
        wire: this.#wire(),
        finder: this.#finder(),
        goodPeers: new GoodPeers({files, log}),
        gossipScore: (peer) => this.gossipScores.get(peer) ?? 0,
        chain: {status: () => this.status()},
      },
    );
  }

  status(): LocalStatus {
    return {
      finalizedEpoch: 8 as Epoch,
      finalizedRoot: rootOf("f8"),
      headSlot: 320 as Slot,
      headRoot: rootOf("aa"),
      earliestAvailableSlot: 0 as Slot,
    };
  }

  add(peer: string): FakePeer {
    const fake = new FakePeer(this.status());
    this.peers.set(peer, fake);
    return fake;
  }

  /** Discovery finds it. */
  find(peer: string, attnets: readonly number[] = []): FakePeer {
    const fake = this.peers.get(peer) ?? this.add(peer);
    fake.metadata = {...fake.metadata, attnets};
    for (const seeker of this.#seekers) seeker({peer, attnets, syncnets: [], multiaddrs: ["/ip4/9.9.9.9/tcp/9000"]});
    return fake;
  }

  open(peer: string, direction: "inbound" | "outbound"): void {
    this.connected.add(peer);
    for (const listener of this.#listeners) listener.onOpen({peer, direction, multiaddr: "/ip4/9.9.9.9/tcp/9000"});
  }

  close(peer: string): void {
    if (this.connected.delete(peer)) for (const listener of this.#listeners) listener.onClose(peer);
  }

  report(peer: string, offence: Offence, times: number): void {
    for (let i = 0; i < times; i++) this.manager.report(peer, offence, "test");
  }

  goodbyesTo(peer: string): readonly GoodbyeReason[] {
    return this.peers.get(peer)?.goodbyes ?? [];
  }

  #connections(): Connections {
    return {
      dial: async (peer) => {
        const fake = this.peers.get(peer);
        if (fake !== undefined) fake.dials++;
        if (!fake?.isUp) throw new Error("connection refused");
        this.open(peer, "outbound");
      },
      close: async (peer) => this.close(peer),
      subscribe: (listener) => subscribed(this.#listeners, listener),
    };
  }

  #wire(): PeerWire {
    const ask = (peer: string): FakePeer => {
      const fake = this.peers.get(peer);
      if (fake === undefined || !this.connected.has(peer)) throw new Error("not connected");
      if (fake.isSilent) throw new Error("time out");
      return fake;
    };
    return {
      status: async (peer) => {
        const fake = ask(peer);
        fake.statusRequests++;
        return fake.status;
      },
      metadata: async (peer) => ask(peer).metadata,
      ping: async (peer) => ask(peer).metadata.seqNumber,
      goodbye: async (peer, reason) => {
        const fake = this.peers.get(peer);
        fake?.goodbyes.push(reason);
        if (fake?.hearsNoGoodbye) await new Promise(() => {});
      },
    };
  }

  #finder(): PeerFinder {
    return {search: () => void this.searches++, onFound: (listener) => subscribed(this.#seekers, listener)};
  }
}

function subscribed<T>(set: Set<T>, item: T): Cancel {
  set.add(item);
  return () => set.delete(item);
}
