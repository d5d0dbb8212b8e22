import {Discv5, type IDiscv5CreateOptions} from "@chainsafe/discv5";
import type {ENR} from "@chainsafe/enr";
import type {Secp256k1PrivateKey} from "@libp2p/interface";
import type {NetworkConfig} from "@mote/consensus";
import {type Cancel, type Clock, type Epoch, type Log, type SlotClock, sleep} from "@mote/core";
import type {Multiaddr} from "discv5-multiaddr";
import type {ForkDigests} from "../forks/fork-digests.ts";
import {isPublicIp} from "../peers/addresses.ts";
import type {Candidate} from "../peers/dial-plan.ts";
import type {PeerFinder} from "../peers/peer-finder.ts";
import type {BootNodes} from "./boot-nodes.ts";
import {eventsOf} from "./events-of.ts";
import {forkEntries} from "./fork-id.ts";
import type {LocalRecord, RecordEntries} from "./local-record.ts";
import {PacketLimiter} from "./packet-limiter.ts";
import {portBytes} from "./port-bytes.ts";
import {isSoundRecord, judgeRecord} from "./remote-record.ts";
import {type UdpSockets, UdpTransport} from "./udp-transport.ts";

export interface DiscoveryInit {
  readonly config: NetworkConfig;
  readonly privateKey: Secp256k1PrivateKey;
  readonly bootNodes: BootNodes;
  readonly allowsPrivate: boolean;
  /** That others dial; stands in the record beside an address that is learnt. */
  readonly tcpPort: number;
  /** The operator said what to announce, so that nothing is learnt. */
  readonly isAddressFixed: boolean;
  /** So many peers must agree on what they see as our address. */
  readonly addressVotes: number;
}

export interface DiscoveryComponents {
  readonly clock: Clock;
  readonly slotClock: SlotClock;
  readonly log: Log;
  readonly digests: ForkDigests;
  readonly record: LocalRecord;
  readonly sockets: UdpSockets;
}

/** Between the end of a lookup and the next: one takes some fifty packets, and home routers remember each of them. */
const SEARCH_PAUSE_MS = 10_000;
/** While so few nodes are known, at the start or in a small network, a lookup takes few packets and may well come too early for those who begin as well. */
const FEW_NODES = 16;
const SEARCH_PAUSE_AMONG_FEW_MS = 2_000;
const LOOKUP_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 2_000;

/** Finds peers of our chain by discv5, and keeps this node's own record true. phase0/p2p-interface.md#the-discovery-domain-discv5 */
export class Discovery implements PeerFinder {
  readonly #init: DiscoveryInit;
  readonly #components: DiscoveryComponents;
  readonly #discv5: Discv5;
  readonly #stopped = new AbortController();
  readonly #listeners = new Set<(found: Candidate) => void>();
  #cancelEpoch: Cancel = () => {};
  #isSearching = false;
  #pausedUntilMs = 0;

  constructor(init: DiscoveryInit, components: DiscoveryComponents) {
    this.#init = init;
    this.#components = components;
    const {record, sockets, clock} = components;
    const transport = new UdpTransport({nodeId: record.enr.nodeId}, {sockets, limiter: new PacketLimiter({clock})});
    this.#discv5 = Discv5.create({
      enr: record.enr,
      // Of libp2p's two generations of key types; the bytes and the name of the kind are all that is read.
      privateKey: init.privateKey as unknown as IDiscv5CreateOptions["privateKey"],
      bindAddrs: {ip4: transport.bindAddrs[0] as Multiaddr},
      transport,
      config: {
        enrUpdate: !init.isAddressFixed,
        addrVotesToUpdateEnr: init.addressVotes,
        lookupTimeout: LOOKUP_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
      },
    });
    // Ahead of the library's own listener, which comes with its start.
    eventsOf(this.#discv5.sessionService).on("response", (_from: unknown, response: {enrs?: ENR[]}) => {
      if (response.enrs !== undefined) response.enrs = response.enrs.filter(isSoundRecord);
    });
    const events = eventsOf(this.#discv5);
    events.on("discovered", (enr: ENR) => this.#onRecord(enr));
    events.on("enrAdded", (enr: ENR) => this.#onRecord(enr));
    events.on("multiaddrUpdated", (address: Multiaddr) => this.#onExternalAddress(address));
  }

  get enr(): string {
    return this.#components.record.text;
  }

  async start(): Promise<void> {
    await this.#discv5.start();
    for (const record of this.#init.bootNodes.records) {
      this.#discv5.addEnr(record);
      this.#onRecord(record);
    }
    this.#followEpochs();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#cancelEpoch();
    await this.#discv5.stop();
    await this.#components.record.save();
  }

  onFound(listener: (found: Candidate) => void): Cancel {
    this.#listeners.add(listener);
    // Boot nodes were read before anyone could listen.
    for (const record of this.#init.bootNodes.records) this.#onRecord(record);
    return () => this.#listeners.delete(listener);
  }

  search(): void {
    const nowMs = this.#components.clock.nowMs();
    const waitMs = this.#pausedUntilMs - nowMs;
    if (this.#isSearching || this.#stopped.signal.aborted || (waitMs > 0 && waitMs <= SEARCH_PAUSE_MS)) return;
    void this.#lookUp();
  }

  /** Entries beside those of forks, which it sees to itself. */
  update(entries: RecordEntries): void {
    const {record} = this.#components;
    if (record.update(entries)) void record.save();
  }

  async #lookUp(): Promise<void> {
    const {clock, log} = this.#components;
    this.#isSearching = true;
    this.#tellKnown();
    try {
      // A lookup that is stopped never ends.
      const finding = this.#discv5.findRandomNode();
      const timer = timerOfLookup(this.#discv5);
      const answered = await Promise.race([
        finding.finally(() => clearTimeout(timer)),
        sleep(clock, LOOKUP_TIMEOUT_MS + REQUEST_TIMEOUT_MS, this.#stopped.signal).then(() => []),
      ]);
      this.#askForAddress(answered);
    } catch (error) {
      log.debug("A lookup for peers failed", {error});
    } finally {
      this.#isSearching = false;
      const isAmongFew = this.#discv5.kadValues().length < FEW_NODES;
      this.#pausedUntilMs = clock.nowMs() + (isAmongFew ? SEARCH_PAUSE_AMONG_FEW_MS : SEARCH_PAUSE_MS);
    }
  }

  /**
   * A peer that was lost, as all are in an outage, is no candidate any more, and the library tells of a record only when it is new or when another node names
   * it. Among few nobody else may. (Of many it would take this thread too long: 0.2 ms a record.)
   */
  #tellKnown(): void {
    const known = this.#discv5.kadValues();
    if (known.length < FEW_NODES) for (const record of known) this.#onRecord(record);
  }

  /** A pong says what the other sees as our address. The library sends a ping only every five minutes. */
  #askForAddress(nodes: readonly ENR[]): void {
    const {kvs} = this.#components.record.enr;
    if (this.#init.isAddressFixed || this.#stopped.signal.aborted || kvs.has("ip") || kvs.has("ip6")) return;
    for (const node of nodes) this.#discv5.sendPing(node).catch(() => {});
  }

  #onRecord(enr: ENR): void {
    const {digests, slotClock, record} = this.#components;
    if (enr.nodeId === record.enr.nodeId) return;
    const {ip4, ip6} = this.#components.sockets;
    const verdict = judgeRecord(enr, {
      digests,
      epoch: slotClock.currentEpoch(),
      ip4: ip4 !== null,
      ip6: ip6 !== null,
      allowsPrivate: this.#init.allowsPrivate,
    });
    if (verdict.kind === "candidate") for (const listener of this.#listeners) listener(verdict.candidate);
  }

  /** The library has put it into the record by now, without asking what kind of address it is. */
  #onExternalAddress(address: Multiaddr): void {
    const {record, log} = this.#components;
    const {host, port, family} = address.toOptions();
    const [ipKey, udpKey, tcpKey] = family === 4 ? ["ip", "udp", "tcp"] : ["ip6", "udp6", "tcp6"];
    if (!this.#init.allowsPrivate && !isPublicIp(host)) {
      record.update({[ipKey]: null, [udpKey]: null, [tcpKey]: null});
      log.debug("Peers agree on an address of this node that nobody could reach", {address: host});
    } else {
      record.update({[tcpKey]: portBytes(this.#init.tcpPort)});
      log.info("Peers see this node at an address that was not known; its record (ENR) has it now", {
        address: host,
        udpPort: port,
      });
    }
    void record.save();
  }

  #followEpochs(): void {
    const {slotClock, digests} = this.#components;
    const {config} = this.#init;
    this.update(forkEntries(slotClock.currentEpoch(), {config, digests}));
    const nextEpoch = (slotClock.currentEpoch() + 1) as Epoch;
    this.#cancelEpoch = slotClock.at(slotClock.startMs(slotClock.firstSlotOf(nextEpoch)), () => this.#followEpochs());
  }
}

/** Of the lookup that has just begun. The library lets it run on when the lookup is over, which keeps the process from ending. */
function timerOfLookup(discv5: Discv5): NodeJS.Timeout | undefined {
  const lookups: ReadonlyMap<number, {readonly timeout?: NodeJS.Timeout}> = Reflect.get(discv5, "activeLookups");
  return [...lookups.values()].at(-1)?.timeout;
}
