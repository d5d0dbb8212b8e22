import {randomBytes} from "node:crypto";
import type {Connection, Stream} from "@libp2p/interface";
import {ATTESTATION_SUBNET_COUNT, ForkName, SLOTS_PER_EPOCH} from "@lodestar/params";
import {ssz} from "@lodestar/types";
import {type Cancel, type Clock, type Epoch, hexToBytes, type Slot} from "@mote/core";
import {type DigestPeriod, digestBytes, ForkDigests, type GossipKind, type LocalStatus} from "@mote/networking";
import {multiaddr} from "@multiformats/multiaddr";
import type {DevnetChain} from "../../chain.ts";
import type {PeerFaultKind} from "../../faults/fault-spec.ts";
import type {LightClientServer} from "../../light-client/light-client-server.ts";
import {ChainOfPeer} from "../chain-of-peer.ts";
import {type Forgery, forgedBlock, forgedLightClientUpdates, forgedVotes, withForgedHeader} from "./forgeries.ts";
import {type HostileHost, openHostileHost} from "./hostile-host.ts";
import {emptyPromise, payload, payloadBomb, snappyBlock, snappyBomb, uvarint} from "./wire-bytes.ts";

export interface HostilePeerComponents {
  readonly chain: DevnetChain;
  readonly lightClient: LightClientServer;
  readonly clock: Clock;
}

const REQUESTS = "/eth2/beacon_chain/req";
const STATUS = [`${REQUESTS}/status/1/ssz_snappy`, `${REQUESTS}/status/2/ssz_snappy`] as const;
const PING = `${REQUESTS}/ping/1/ssz_snappy`;
const METADATA = [`${REQUESTS}/metadata/2/ssz_snappy`, `${REQUESTS}/metadata/3/ssz_snappy`] as const;
const LIGHT_CLIENT = [
  "light_client_bootstrap",
  "light_client_updates_by_range",
  "light_client_finality_update",
  "light_client_optimistic_update",
].map((name) => `${REQUESTS}/${name}/1/ssz_snappy`);
const GOSSIP = "/meshsub/1.2.0";
const BLOCKS = [`${REQUESTS}/beacon_blocks_by_range/2/ssz_snappy`, `${REQUESTS}/beacon_blocks_by_root/2/ssz_snappy`];

const SUCCESS = 0;
const RESOURCE_UNAVAILABLE = 3;
/** Enough to be over every bound, and little enough that the machine bears it. */
const FLOOD_PERIOD_MS = 250;
const FLOOD_STREAMS = 32;
const FLOOD_MESSAGES = 32;
const BOMB_SIZE_BYTES = 8 << 20;
/** Of one gossip RPC: above what any may measure, and above what the library would send. */
const RPC_SIZE_BYTES = 12 << 20;
const STREAM_TIMEOUT_MS = 5_000;
const OTHER_CHAIN: DigestPeriod = {epoch: 0 as Epoch, fork: ForkName.fulu, digest: "deadbeef"};

/**
 * A peer that breaks the rules, one or several at a time, on libp2p itself: nothing that keeps honest peers within them is between it and the wire. Without a fault
 * it does nothing but say who it is.
 */
export class HostilePeer {
  readonly #host: HostileHost;
  readonly #components: HostilePeerComponents;
  readonly #victims: readonly string[];
  readonly #digests: ForkDigests;
  #faults: ReadonlySet<PeerFaultKind> = new Set();
  #cancelFlood: Cancel = () => {};
  #isStopped = false;

  private constructor(
    init: {readonly victims: readonly string[]},
    components: HostilePeerComponents & {readonly host: HostileHost},
  ) {
    this.#host = components.host;
    this.#components = components;
    this.#victims = init.victims;
    this.#digests = new ForkDigests(components.chain.config);
  }

  /** @param init `victims`: multiaddrs of those whom it seeks out; others come by themselves */
  static async open(
    init: {readonly victims: readonly string[]},
    components: HostilePeerComponents,
  ): Promise<HostilePeer> {
    const host = await openHostileHost();
    const peer = new HostilePeer(init, {...components, host});
    await peer.#serve();
    return peer;
  }

  get multiaddrs(): readonly string[] {
    return this.#host.getMultiaddrs().map(String);
  }

  /** What it does from this slot on. */
  onSlot(slot: Slot, faults: ReadonlySet<PeerFaultKind>): void {
    this.#faults = faults;
    this.#cancelFlood();
    for (const victim of this.#victims) void this.#host.dial(multiaddr(victim)).catch(() => {});
    // Of the genesis block there is nothing to forge.
    if (slot < 1) return;
    if (faults.has("flood")) this.#flood();
    if (faults.has("bombs")) this.#throwBombs(slot);
    if (faults.has("lie")) {
      const {chain, lightClient} = this.#components;
      const forgeries = [forgedBlock(chain, slot), ...forgedVotes(chain, slot)];
      for (const forgery of [...forgeries, ...forgedLightClientUpdates(chain, lightClient)]) this.#gossip(forgery);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelFlood();
    await this.#host.stop();
  }

  async #serve(): Promise<void> {
    const chain = new ChainOfPeer(this.#components);
    const answers: readonly [protocols: readonly string[], answer: (protocol: string) => Uint8Array][] = [
      [STATUS, (protocol) => success(this.#status(protocol === STATUS[1], chain.status()))],
      [[PING], () => success(ssz.phase0.Ping.serialize(1n))],
      [METADATA, (protocol) => success(metadata(protocol === METADATA[1]))],
      [LIGHT_CLIENT, (protocol) => this.#lightClientAnswer(protocol)],
      [BLOCKS, () => this.#blockAnswer()],
    ];
    for (const [protocols, answer] of answers) {
      for (const protocol of protocols)
        await this.#host.handle(protocol, (stream) => this.#answer(stream, () => answer(protocol)), {
          maxInboundStreams: FLOOD_STREAMS,
          maxOutboundStreams: FLOOD_STREAMS * FLOOD_STREAMS,
        });
    }
  }

  #answer(stream: Stream, answer: () => Uint8Array): void {
    if (this.#faults.has("stall")) {
      stream.pause();
      return;
    }
    try {
      stream.send(answer());
      void stream.close({signal: AbortSignal.timeout(STREAM_TIMEOUT_MS)}).catch(() => {});
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #lightClientAnswer(protocol: string): Uint8Array {
    const {chain, lightClient} = this.#components;
    if (this.#faults.has("bombs")) return chunk(this.#period(), payloadBomb(BOMB_SIZE_BYTES));
    if (!this.#faults.has("lie") || protocol.includes("bootstrap")) return failure();
    const types = (slot: number) => chain.config.getPostAltairForkTypes(slot);
    if (protocol.includes("updates_by_range")) {
      const chunks = lightClient.updates(0, 1).map((update) => {
        const {slot} = update.attestedHeader.beacon;
        const forged = withForgedHeader(update);
        return success(types(slot).LightClientUpdate.serialize(forged as never), this.#period(slot));
      });
      return Buffer.concat(chunks);
    }
    const [update, name] = protocol.includes("finality")
      ? ([lightClient.finalityUpdate(), "LightClientFinalityUpdate"] as const)
      : ([lightClient.optimisticUpdate(), "LightClientOptimisticUpdate"] as const);
    if (update === null) return failure();
    const {slot} = update.attestedHeader.beacon;
    return success(types(slot)[name].serialize(withForgedHeader(update) as never), this.#period(slot));
  }

  #blockAnswer(): Uint8Array {
    if (this.#faults.has("bombs")) return chunk(this.#period(), payloadBomb(BOMB_SIZE_BYTES));
    if (!this.#faults.has("lie")) return new Uint8Array(0);
    const {chain} = this.#components;
    return success(forgedBlock(chain, Math.max(chain.currentSlot, 1) as Slot).ssz, this.#period());
  }

  #status(
    isNew: boolean,
    {finalizedRoot, finalizedEpoch, headRoot, headSlot, earliestAvailableSlot}: LocalStatus,
  ): Uint8Array {
    const isFork = this.#faults.has("fork");
    const status = {
      forkDigest: isFork ? digestBytes(OTHER_CHAIN) : digestBytes(this.#period()),
      finalizedRoot: isFork ? randomBytes(32) : hexToBytes(finalizedRoot),
      finalizedEpoch,
      headRoot: isFork ? randomBytes(32) : hexToBytes(headRoot),
      headSlot,
      earliestAvailableSlot,
    };
    return isNew ? ssz.fulu.Status.serialize(status) : ssz.phase0.Status.serialize(status);
  }

  /** Votes of nobody on all subnets, and requests that are begun and left. */
  #flood(): void {
    if (this.#isStopped) return;
    for (let i = 0; i < FLOOD_MESSAGES; i++) {
      const vote = {...ssz.electra.SingleAttestation.defaultValue(), attesterIndex: i, signature: randomBytes(96)};
      const subnetId = i % ATTESTATION_SUBNET_COUNT;
      const slot = Math.max(this.#components.chain.currentSlot, 0) as Slot;
      this.#gossip({kind: "beacon_attestation", subnetId, slot, ssz: ssz.electra.SingleAttestation.serialize(vote)});
    }
    for (const connection of this.#host.getConnections()) this.#openStreams(connection);
    this.#cancelFlood = this.#components.clock.after(FLOOD_PERIOD_MS, () => this.#flood());
  }

  #openStreams(connection: Connection): void {
    for (let i = 0; i < FLOOD_STREAMS; i++) {
      this.#openStream(connection, i % 2 === 0 ? PING : [...STATUS])
        .then((stream) => stream.send(uvarint(i)))
        .catch(() => {});
    }
  }

  #openStream(connection: Connection, protocols: string | string[]): Promise<Stream> {
    const signal = AbortSignal.timeout(STREAM_TIMEOUT_MS);
    return connection.newStream(protocols, {signal, maxOutboundStreams: Number.MAX_SAFE_INTEGER});
  }

  #throwBombs(slot: Slot): void {
    // Other bytes in each slot: gossip does not send the same message twice.
    this.#send("beacon_block", null, this.#period(slot), snappyBomb(BOMB_SIZE_BYTES + 64 * slot));
    const promise = Buffer.concat([emptyPromise(), randomBytes(8)]);
    this.#send("light_client_optimistic_update", null, this.#period(slot), promise);
    const rpc = Buffer.concat([uvarint(RPC_SIZE_BYTES), randomBytes(RPC_SIZE_BYTES)]);
    for (const connection of this.#host.getConnections())
      this.#openStream(connection, GOSSIP)
        .then((stream) => stream.send(rpc))
        .catch(() => {});
  }

  #gossip({kind, subnetId, slot, ssz: bytes}: Forgery): void {
    this.#send(kind, subnetId, this.#period(slot), snappyBlock(bytes));
  }

  #send(kind: GossipKind, subnetId: number | null, period: DigestPeriod, bytes: Uint8Array): void {
    const name = subnetId === null ? kind : `${kind}_${subnetId}`;
    const {digest} = this.#faults.has("fork") ? OTHER_CHAIN : period;
    void this.#host.services.gossip.publish(`/eth2/${digest}/${name}/ssz_snappy`, bytes).catch(() => {});
  }

  #period(slot: number = this.#components.chain.currentSlot): DigestPeriod {
    return this.#digests.at(Math.max(0, Math.floor(slot / SLOTS_PER_EPOCH)) as Epoch);
  }
}

const success = (bytes: Uint8Array, period: DigestPeriod | null = null): Uint8Array => chunk(period, payload(bytes));

/** @param period null: the protocol has no context */
function chunk(period: DigestPeriod | null, content: Uint8Array): Uint8Array {
  const context = period === null ? new Uint8Array(0) : digestBytes(period);
  return Buffer.concat([Uint8Array.of(SUCCESS), context, content]);
}

const failure = (): Uint8Array =>
  Buffer.concat([Uint8Array.of(RESOURCE_UNAVAILABLE), payload(Buffer.from("Resource unavailable"))]);

function metadata(isNew: boolean): Uint8Array {
  const value = isNew ? ssz.fulu.Metadata.defaultValue() : ssz.altair.Metadata.defaultValue();
  value.seqNumber = 1n;
  return isNew ? ssz.fulu.Metadata.serialize(value as never) : ssz.altair.Metadata.serialize(value);
}
