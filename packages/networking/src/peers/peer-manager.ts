import type {Cancel, Clock, Log, Random, Slot, SlotClock} from "@mote/core";
import {sleep} from "@mote/core";
import {SCORE_THRESHOLDS} from "../gossip/score-params.ts";
import type {LocalStatus, Offence, Peers, PeerView} from "../network.ts";
import {type PeerAddress, parsePeerAddress} from "./addresses.ts";
import {CandidatePool} from "./candidate-pool.ts";
import {otherChain} from "./chain-check.ts";
import {chosenOf, chosenPlaces} from "./chosen-places.ts";
import {askPeer, type ConnectedPeer, connectedPeer, prunableOf, subnetsOf, viewOf} from "./connected-peer.ts";
import type {Connections, Identified, OpenConnection} from "./connections.ts";
import {DialBackOff} from "./dial-back-off.ts";
import {type Candidate, planDials} from "./dial-plan.ts";
import type {GoodPeers} from "./good-peers.ts";
import type {PeerFinder} from "./peer-finder.ts";
import type {PeerScores} from "./peer-score.ts";
import {GOODBYE, type GoodbyeReason, type PeerWire} from "./peer-wire.ts";
import {type PrunablePeer, planPruning} from "./prune-plan.ts";
import {type Subnet, SubnetWants, scarceSubnets} from "./subnet-wants.ts";

export interface PeerManagerInit {
  readonly targetPeers: number;
  readonly directPeers: readonly PeerAddress[];
  /** To begin with. */
  readonly bootPeers: readonly PeerAddress[];
}

export interface PeerManagerComponents {
  readonly clock: Clock;
  readonly slotClock: SlotClock;
  readonly random: Random;
  readonly log: Log;
  readonly connections: Connections;
  readonly wire: PeerWire;
  readonly finder: PeerFinder;
  readonly goodPeers: GoodPeers;
  readonly scores: PeerScores;
  /** What gossip makes of a peer, by its own scale; 0 when it has nothing against it. */
  readonly gossipScore: (peer: string) => number;
  readonly chain: {status(): LocalStatus};
}

const BEAT_MS = 5_000;
/** From the first peer that was found to the beat that dials: a lookup finds several at a time. */
const WAKE_MS = 200;
/** Lighthouse and others ping as often; a quarter more or less, so that peers are not asked all at once. */
const TOUCH_INTERVAL_MS = 5 * 60_000;
const TOUCH_FAILURES_MAX = 2;
const SAVE_INTERVAL_MS = 10 * 60_000;
/** Who stays so long was no failed dial, and is counted on. More than a heartbeat of full nodes, at which they let go whom they have no place for. */
const SETTLED_MS = 60_000;
const DIRECT_PAUSE_MAX_MS = 60_000;
const GOODBYE_TIMEOUT_MS = 1_000;

/** Keeps the node in good company: whom to dial, whom to keep, whom to let go, whom to ban. */
export class PeerManager implements Peers {
  readonly #init: PeerManagerInit;
  readonly #components: PeerManagerComponents;
  readonly #direct: ReadonlySet<string>;
  readonly #peers = new Map<string, ConnectedPeer>();
  readonly #dialing = new Set<string>();
  readonly #candidates = new CandidatePool();
  readonly #backOff: DialBackOff;
  readonly #wants = new SubnetWants();
  /** What peers say of themselves, unasked. */
  readonly news = {
    status: (peer: string, status: LocalStatus): void => this.#onStatus(peer, status),
    ping: (peer: string, seqNumber: bigint): void => this.#onPing(peer, seqNumber),
    goodbye: (peer: string, reason: bigint): void => this.#onGoodbye(peer, reason),
  };
  #cancels: Cancel[] = [];
  #cancelBeat: Cancel = () => {};
  #nextSaveMs: number;
  #isWoken = false;
  #isStopped = false;

  constructor(init: PeerManagerInit, components: PeerManagerComponents) {
    this.#init = init;
    this.#components = components;
    this.#direct = new Set(init.directPeers.map(({peer}) => peer));
    this.#backOff = new DialBackOff(components);
    this.#nextSaveMs = components.clock.nowMs() + SAVE_INTERVAL_MS;
  }

  async start(): Promise<void> {
    const {connections, finder, goodPeers} = this.#components;
    for (const {peer, multiaddr} of [...this.#init.bootPeers, ...(await goodPeers.load())])
      this.#candidates.add({peer, multiaddrs: [multiaddr], attnets: [], syncnets: []});
    this.#cancels = [
      connections.subscribe({
        onOpen: (connection) => this.#onOpen(connection),
        onClose: (peer) => this.#onClose(peer),
        onIdentified: (peer, identified) => this.#onIdentified(peer, identified),
        onFlood: (peer, what) => this.report(peer, "rate_limit", what),
      }),
      finder.onFound((found) => this.#onFound(found)),
    ];
    this.#beat();
  }

  /** Says goodbye to all; resolves when all are gone, within {@link GOODBYE_TIMEOUT_MS} and the time that closing takes. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelBeat();
    const leaving = [...this.#peers.keys()].map((peer) => this.#leave(peer, GOODBYE.clientShutdown));
    await Promise.all([...leaving, this.#components.goodPeers.save()]);
    for (const cancel of this.#cancels) cancel();
  }

  list(): readonly PeerView[] {
    return [...this.#peers.values()]
      .filter(({status, isLeaving}) => status !== null && !isLeaving)
      .map((entry) => viewOf(entry, this.#components.scores.scoreOf(entry.connection.peer)));
  }

  isBanned(peer: string): boolean {
    return !this.#direct.has(peer) && this.#components.scores.isBanned(peer);
  }

  report(peer: string, offence: Offence, detail: string): void {
    const {scores, log} = this.#components;
    const standing = scores.report(peer, offence);
    log.debug("A peer's score pays", {peer, offence, detail, score: scores.scoreOf(peer)});
    if (offence === "wrong_chain") this.#drop(peer, GOODBYE.irrelevantNetwork);
    else if (standing !== "good" && !this.#direct.has(peer))
      this.#drop(peer, standing === "banned" ? GOODBYE.banned : GOODBYE.badScore);
  }

  wantSubnets(wanted: readonly (Subnet & {readonly untilSlot: Slot})[]): void {
    this.#wants.add(wanted);
  }

  async dial(multiaddr: string): Promise<void> {
    const address = parsePeerAddress(multiaddr);
    await this.#components.connections.dial(address.peer, [address.multiaddr]);
  }

  #beat(): void {
    const {clock, scores, goodPeers} = this.#components;
    this.#cancelBeat();
    if (this.#isStopped) return;
    this.#isWoken = false;
    this.#cancelBeat = clock.after(BEAT_MS, () => this.#beat());
    scores.forgetOld();
    this.#prune();
    this.#dialMore();
    this.#touchDue();
    const nowMs = clock.nowMs();
    if (nowMs >= this.#nextSaveMs || this.#nextSaveMs > nowMs + SAVE_INTERVAL_MS) {
      this.#nextSaveMs = nowMs + SAVE_INTERVAL_MS;
      void goodPeers.save();
    }
  }

  #prune(): void {
    const {gossipScore} = this.#components;
    const peers: PrunablePeer[] = [];
    for (const entry of this.#peers.values()) {
      if (entry.isLeaving) continue;
      const {peer} = entry.connection;
      const isDirect = this.#direct.has(peer);
      const inGossip = Math.min(0, gossipScore(peer));
      // Gossip does not listen to it any more, so that it is of no use.
      if (inGossip <= SCORE_THRESHOLDS.graylistThreshold && !isDirect) this.#drop(peer, GOODBYE.badScore);
      else peers.push(this.#prunable(entry, inGossip));
    }
    for (const {peer} of planPruning(peers, this.#init.targetPeers, this.#wanted()))
      this.#drop(peer, GOODBYE.tooManyPeers);
  }

  #prunable(entry: ConnectedPeer, inGossip: number): PrunablePeer {
    const {peer} = entry.connection;
    return prunableOf(entry, {
      score: this.#components.scores.scoreOf(peer) + inGossip,
      isDirect: this.#direct.has(peer),
      isChosen: this.#isChosen(entry),
      isSettled: this.#isSettled(entry),
    });
  }

  #dialMore(): void {
    const {random, finder} = this.#components;
    for (const {peer, multiaddr} of this.#init.directPeers)
      if (this.#mayDial(peer)) this.#dial({peer, multiaddrs: [multiaddr], attnets: [], syncnets: []});

    // Without those who leave: who comes in again and again would fill their places for ever.
    const staying = [...this.#peers.values()].filter(({isLeaving}) => !isLeaving);
    const connected = staying.map((entry) => ({...subnetsOf(entry), isChosen: this.#isChosen(entry)}));
    const ours = chosenOf(connected);
    const wanted = this.#wanted();
    const {targetPeers} = this.#init;
    const plan = planDials(
      {
        target: targetPeers,
        connected,
        dialing: this.#dialing.size,
        candidates: this.#candidates.list().filter(({peer}) => this.#mayDial(peer)),
        wanted,
      },
      random,
    );
    for (const candidate of plan) this.#dial(candidate);
    const isShort =
      connected.length + plan.length < targetPeers || ours.length + plan.length < chosenPlaces(targetPeers);
    if (isShort || scarceSubnets(wanted, ours).length > 0) finder.search();
  }

  #isChosen({connection: {peer, direction}}: ConnectedPeer): boolean {
    return direction === "outbound" || this.#direct.has(peer);
  }

  #isSettled({connectedAtMs}: ConnectedPeer): boolean {
    const stayedMs = this.#components.clock.nowMs() - connectedAtMs;
    // Less than nothing: the clock was set back.
    return stayedMs < 0 || stayedMs >= SETTLED_MS;
  }

  #mayDial(peer: string): boolean {
    return !this.#peers.has(peer) && !this.#dialing.has(peer) && !this.isBanned(peer) && this.#backOff.mayDial(peer);
  }

  #dial({peer, multiaddrs}: Candidate): void {
    this.#dialing.add(peer);
    this.#components.connections
      .dial(peer, multiaddrs)
      .catch((error: unknown) => {
        if (this.#isStopped) return;
        this.#components.log.debug("A peer was not reached", {peer, error});
        this.#failed(peer);
      })
      .finally(() => this.#dialing.delete(peer));
  }

  #failed(peer: string): void {
    if (this.#direct.has(peer)) this.#backOff.failed(peer, DIRECT_PAUSE_MAX_MS);
    else this.#backOff.failed(peer);
  }

  #onFound(found: Candidate): void {
    this.#candidates.add(found);
    if (!this.#isWoken && !this.#isStopped && this.#mayDial(found.peer)) {
      this.#isWoken = true;
      this.#cancelBeat();
      this.#cancelBeat = this.#components.clock.after(WAKE_MS, () => this.#beat());
    }
  }

  #onOpen(connection: OpenConnection): void {
    const {peer} = connection;
    const entry = connectedPeer(connection, this.#components.clock.nowMs());
    this.#peers.set(peer, entry);
    if (this.#isStopped) this.#drop(peer, GOODBYE.clientShutdown);
    else if (this.isBanned(peer)) this.#drop(peer, GOODBYE.banned);
    else void this.#greet(entry);
  }

  #onClose(peer: string): void {
    const entry = this.#peers.get(peer);
    this.#peers.delete(peer);
    // Whom this node left, it has judged already.
    if (entry === undefined || entry.isLeaving) return;
    if (this.#isSettled(entry)) this.#backOff.stayed(peer);
    else this.#failed(peer);
  }

  /** A status that was judged is taken over; of another chain nobody stays. */
  #onStatus(peer: string, status: LocalStatus): void {
    const entry = this.#peers.get(peer);
    // Before our own question is answered, the answer decides.
    if (entry !== undefined && entry.status !== null && !this.#isOtherChain(peer, status)) entry.status = status;
  }

  #onPing(peer: string, seqNumber: bigint): void {
    const entry = this.#peers.get(peer);
    if (entry?.metadata && seqNumber > entry.metadata.seqNumber) entry.nextTouchMs = this.#components.clock.nowMs();
  }

  #onGoodbye(peer: string, reason: bigint): void {
    this.#components.log.debug("A peer says goodbye", {peer, reason});
    const entry = this.#peers.get(peer);
    if (entry === undefined || entry.isLeaving) return;
    entry.isLeaving = true;
    this.#failed(peer);
    void this.#components.connections.close(peer);
  }

  #onIdentified(peer: string, identified: Identified): void {
    const entry = this.#peers.get(peer);
    if (entry !== undefined) entry.identified = identified;
  }

  /** phase0/p2p-interface.md#status: the first thing to say to a new peer; who connects to us is asked just the same. */
  async #greet(entry: ConnectedPeer): Promise<void> {
    const {peer} = entry.connection;
    if (!(await this.#exchange(entry))) this.#drop(peer, GOODBYE.fault);
    else if (this.#isHere(entry) && entry.connection.direction === "outbound" && !this.#direct.has(peer))
      this.#components.goodPeers.add({peer, multiaddr: entry.connection.multiaddr});
  }

  #touchDue(): void {
    const nowMs = this.#components.clock.nowMs();
    for (const entry of this.#peers.values()) {
      const isDue = nowMs >= entry.nextTouchMs || entry.nextTouchMs > nowMs + 2 * TOUCH_INTERVAL_MS;
      if (isDue && !entry.isBusy && !entry.isLeaving) void this.#touch(entry);
    }
  }

  async #touch(entry: ConnectedPeer): Promise<void> {
    if (await this.#exchange(entry)) {
      entry.failures = 0;
    } else if (++entry.failures >= TOUCH_FAILURES_MAX) {
      this.#drop(entry.connection.peer, GOODBYE.fault);
    }
  }

  /** Status, and metadata where it is not known or has changed. False when the peer did not answer. */
  async #exchange(entry: ConnectedPeer): Promise<boolean> {
    const {wire, clock, random, log} = this.#components;
    const {peer} = entry.connection;
    entry.isBusy = true;
    try {
      const {status, metadata} = await askPeer(entry, wire);
      if (!this.#isHere(entry) || this.#isOtherChain(peer, status)) return true;
      entry.status = status;
      entry.metadata = metadata ?? entry.metadata;
      return true;
    } catch (error) {
      log.debug("A peer did not answer", {peer, error});
      return false;
    } finally {
      entry.isBusy = false;
      entry.nextTouchMs = clock.nowMs() + TOUCH_INTERVAL_MS * (0.75 + random.next() / 2);
    }
  }

  #isOtherChain(peer: string, status: LocalStatus): boolean {
    const {chain, slotClock} = this.#components;
    const why = otherChain(chain.status(), status, {slot: slotClock.currentSlot(), epoch: slotClock.currentEpoch()});
    if (why === null) return false;
    this.report(peer, "wrong_chain", why);
    return true;
  }

  #isHere(entry: ConnectedPeer): boolean {
    return this.#peers.get(entry.connection.peer) === entry && !entry.isLeaving;
  }

  #wanted(): readonly Subnet[] {
    return this.#wants.current(this.#components.slotClock.currentSlot());
  }

  #drop(peer: string, reason: GoodbyeReason): void {
    void this.#leave(peer, reason);
  }

  async #leave(peer: string, reason: GoodbyeReason): Promise<void> {
    const {wire, connections, clock, log} = this.#components;
    const entry = this.#peers.get(peer);
    if (entry === undefined || entry.isLeaving) return;
    entry.isLeaving = true;
    log.debug("A peer is left", {peer, reason});
    if (reason !== GOODBYE.clientShutdown) this.#failed(peer);
    if (reason !== GOODBYE.tooManyPeers && reason !== GOODBYE.clientShutdown) {
      this.#candidates.remove(peer);
      this.#components.goodPeers.remove(peer);
    }
    const said = new AbortController();
    const goodbye = wire.goodbye(peer, reason).catch(() => {});
    await Promise.race([goodbye, sleep(clock, GOODBYE_TIMEOUT_MS, said.signal)]);
    said.abort();
    await connections.close(peer);
  }
}
