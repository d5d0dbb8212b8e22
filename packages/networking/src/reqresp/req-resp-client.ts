import type {Connection, Libp2p} from "@libp2p/interface";
import {MAX_REQUEST_LIGHT_CLIENT_UPDATES} from "@lodestar/params";
import type {
  LightClientBootstrap,
  LightClientFinalityUpdate,
  LightClientOptimisticUpdate,
  LightClientUpdate,
  SignedBeaconBlock,
} from "@lodestar/types";
import {type NetworkConfig, ssz} from "@mote/consensus";
import {hexToBytes, messageOf, type Root, rootToHex, type Slot, type SlotClock} from "@mote/core";
import {InvalidFrameError} from "../codec/invalid-frame-error.ts";
import type {ForkDigests} from "../forks/fork-digests.ts";
import type {LocalChain, LocalStatus, Offence, PeerRequests} from "../network.ts";
import {blockRoot, ChunkValues} from "./chunk-values.ts";
import {TimeOutError} from "./deadline.ts";
import {exchange, type ResponseChunk} from "./exchange.ts";
import {DEFAULT_TIMEOUTS, quotasOf, type ReqRespTimeouts} from "./limits.ts";
import {decodeMetadata, type Metadata} from "./metadata-message.ts";
import {OutgoingGate} from "./outgoing-gate.ts";
import {type Protocol, protocolsOf, type RequestName} from "./protocols.ts";
import {RequestError, UnsoundError} from "./request-error.ts";
import {ErrorResponse} from "./response-code.ts";
import {periodsCheck, rangeCheck, rootsCheck} from "./sequence-checks.ts";
import {decodeStatus, encodeStatus} from "./status-message.ts";
import type {Quota} from "./token-buckets.ts";

export interface ReqRespClientInit {
  readonly config: NetworkConfig;
  readonly timeouts?: ReqRespTimeouts;
  /** Default: those of `quotasOf(config)`. */
  readonly quotas?: Readonly<Record<RequestName, Quota>>;
}

export interface ReqRespClientComponents {
  readonly node: Pick<Libp2p, "getConnections">;
  readonly slotClock: SlotClock;
  readonly digests: ForkDigests;
  readonly chain: Pick<LocalChain, "status">;
  readonly localMetadata: () => Metadata;
  /** Must not throw. */
  readonly onOffence: (peer: string, offence: Offence, detail: string) => void;
}

interface Question<T> {
  readonly name: RequestName;
  /** SSZ; null where nothing is sent. */
  readonly request: (protocol: Protocol) => Uint8Array | null;
  readonly chunksMax: number;
  readonly decode: (chunk: ResponseChunk) => T;
}

/** Asks connected peers. Every method rejects with a {@link RequestError}. */
export class ReqRespClient implements PeerRequests {
  readonly #init: ReqRespClientInit;
  readonly #components: ReqRespClientComponents;
  readonly #timeouts: ReqRespTimeouts;
  readonly #protocols: readonly Protocol[];
  readonly #gate: OutgoingGate;
  readonly #values: ChunkValues;

  constructor(init: ReqRespClientInit, components: ReqRespClientComponents) {
    this.#init = init;
    this.#components = components;
    this.#timeouts = init.timeouts ?? DEFAULT_TIMEOUTS;
    this.#protocols = protocolsOf(init.config);
    this.#gate = new OutgoingGate({quotas: init.quotas ?? quotasOf(init.config)}, {clock: components.slotClock});
    this.#values = new ChunkValues(components);
  }

  /** Says our own, and rejects for a peer of another chain. */
  status(peer: string): Promise<LocalStatus> {
    return this.#one(peer, {
      name: "status",
      request: (protocol) => encodeStatus(this.#components.chain.status(), protocol, this.#components),
      chunksMax: 1,
      decode: (chunk) => decodeStatus(chunk.ssz, chunk.protocol, this.#components),
    });
  }

  /** @returns the sequence number of the peer's metadata */
  ping(peer: string): Promise<bigint> {
    return this.#one(peer, {
      name: "ping",
      request: () => ssz.phase0.Ping.serialize(this.#components.localMetadata().seqNumber),
      chunksMax: 1,
      decode: (chunk) => ssz.phase0.Ping.deserialize(chunk.ssz),
    });
  }

  metadata(peer: string): Promise<Metadata> {
    return this.#one(peer, {
      name: "metadata",
      request: () => null,
      chunksMax: 1,
      decode: (chunk) => decodeMetadata(chunk.ssz, chunk.protocol),
    });
  }

  /** Resolves when the peer had it; many hang up without a word. @param reason phase0/p2p-interface.md#goodbye-v1 */
  async goodbye(peer: string, reason: number): Promise<void> {
    const question: Question<null> = {
      name: "goodbye",
      request: () => ssz.phase0.Goodbye.serialize(BigInt(reason)),
      chunksMax: 1,
      decode: () => null,
    };
    try {
      for await (const _ of this.#many(peer, question, 1));
    } catch (error) {
      if (!(error instanceof RequestError && error.kind === "lost")) throw error;
    }
  }

  /** Within the range, ascending, each the parent of the next. Of an empty range, or one that the peer has nothing of, nothing. */
  async *blocksByRange(
    peer: string,
    {startSlot, count}: {readonly startSlot: Slot; readonly count: number},
  ): AsyncGenerator<SignedBeaconBlock> {
    this.#requireCount(count, this.#init.config.MAX_REQUEST_BLOCKS_DENEB);
    const check = rangeCheck({startSlot, count});
    yield* this.#many(
      peer,
      {
        name: "beacon_blocks_by_range",
        request: () => ssz.phase0.BeaconBlocksByRangeRequest.serialize({startSlot, count, step: 1}),
        chunksMax: count,
        decode: (chunk) => {
          const {block, fork} = this.#values.block(chunk);
          const {slot, parentRoot} = block.message;
          check({slot, root: blockRoot(block, fork), parentRoot: rootToHex(parentRoot)});
          return block;
        },
      },
      count,
    );
  }

  /** Those of them that the peer has. */
  async *blocksByRoot(peer: string, roots: readonly Root[]): AsyncGenerator<SignedBeaconBlock> {
    this.#requireCount(roots.length, this.#init.config.MAX_REQUEST_BLOCKS_DENEB);
    const check = rootsCheck(roots);
    yield* this.#many(
      peer,
      {
        name: "beacon_blocks_by_root",
        request: () => Buffer.concat(roots.map(hexToBytes)),
        chunksMax: roots.length,
        decode: (chunk) => {
          const {block, fork} = this.#values.block(chunk);
          check(blockRoot(block, fork));
          return block;
        },
      },
      roots.length,
    );
  }

  lightClientBootstrap(peer: string, root: Root): Promise<LightClientBootstrap> {
    return this.#one(peer, {
      name: "light_client_bootstrap",
      request: () => hexToBytes(root),
      chunksMax: 1,
      decode: (chunk) => this.#values.bootstrap(chunk, root),
    });
  }

  async lightClientUpdates(peer: string, startPeriod: number, count: number): Promise<readonly LightClientUpdate[]> {
    this.#requireCount(count, MAX_REQUEST_LIGHT_CLIENT_UPDATES);
    const check = periodsCheck(startPeriod, count);
    const question: Question<LightClientUpdate> = {
      name: "light_client_updates_by_range",
      request: () => ssz.altair.LightClientUpdatesByRange.serialize({startPeriod, count}),
      chunksMax: count,
      decode: (chunk) => {
        const update = this.#values.update(chunk);
        check(this.#values.syncCommitteePeriodOf(update.attestedHeader.beacon.slot));
        return update;
      },
    };
    return collected(this.#many(peer, question, 1));
  }

  lightClientFinalityUpdate(peer: string): Promise<LightClientFinalityUpdate> {
    return this.#one(peer, {
      name: "light_client_finality_update",
      request: () => null,
      chunksMax: 1,
      decode: (chunk) => this.#values.finalityUpdate(chunk),
    });
  }

  lightClientOptimisticUpdate(peer: string): Promise<LightClientOptimisticUpdate> {
    return this.#one(peer, {
      name: "light_client_optimistic_update",
      request: () => null,
      chunksMax: 1,
      decode: (chunk) => this.#values.optimisticUpdate(chunk),
    });
  }

  /** An answer of exactly one chunk. */
  async #one<T>(peer: string, question: Question<T>): Promise<T> {
    const answers = await collected(this.#many(peer, question, 1));
    if (answers.length === 0)
      throw this.#judged(peer, question.name, new UnsoundError("invalid_response", "an empty response"));
    return answers[0] as T;
  }

  async *#many<T>(peer: string, {name, request, chunksMax, decode}: Question<T>, tokens: number): AsyncGenerator<T> {
    // Nobody waits for a turn with a peer that is not there.
    this.#connectionTo(peer);
    const leave = await this.#gate.enter(peer, name, tokens);
    try {
      const connection = this.#connectionTo(peer);
      const protocols = this.#protocols.filter((protocol) => protocol.name === name);
      const init = {connection, protocols, request, chunksMax, timeouts: this.#timeouts};
      const components = {clock: this.#components.slotClock, digests: this.#components.digests};
      for await (const chunk of exchange(init, components)) yield decode(chunk);
    } catch (error) {
      throw this.#judged(peer, name, error);
    } finally {
      leave();
    }
  }

  #connectionTo(peer: string): Connection {
    const connection = this.#components.node
      .getConnections()
      .find(({remotePeer, status}) => status === "open" && remotePeer.toString() === peer);
    if (connection === undefined) throw new RequestError("not_connected", "there is no connection to the peer");
    return connection;
  }

  /** Reports what the peer has to answer for. */
  #judged(peer: string, name: RequestName, error: unknown): RequestError {
    const message = `${name}: ${messageOf(error)}`;
    const offended = (offence: Offence, kind: "unsound" | "time_out"): RequestError => {
      this.#components.onOffence(peer, offence, message);
      return new RequestError(kind, message);
    };
    if (error instanceof RequestError) return error;
    if (error instanceof InvalidFrameError) return offended("invalid_frame", "unsound");
    if (error instanceof UnsoundError) return offended(error.offence, "unsound");
    if (error instanceof TimeOutError) return offended("too_slow", "time_out");
    if (error instanceof ErrorResponse)
      return new RequestError("refused", `${message} (code ${error.code})`, error.code);
    const isUnsupported = error instanceof Error && error.name === "UnsupportedProtocolError";
    return new RequestError(isUnsupported ? "unsupported" : "lost", message);
  }

  #requireCount(count: number, countMax: number): void {
    if (!Number.isInteger(count) || count < 1 || count > countMax)
      throw new RangeError(`${count} is not 1 to ${countMax}`);
  }
}

async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
