import {type ForkPostAltair, MAX_REQUEST_LIGHT_CLIENT_UPDATES} from "@lodestar/params";
import {type LightClientBootstrap, type SSZTypesFor, sszTypesFor} from "@lodestar/types";
import {type NetworkConfig, ssz} from "@mote/consensus";
import {type Log, messageOf, ROOT_SIZE_BYTES, rootToHex, type Slot, type SlotClock} from "@mote/core";
import type {DigestPeriod, ForkDigests} from "../forks/fork-digests.ts";
import type {EncodedBlock, LocalChain, LocalStatus} from "../network.ts";
import {encodeMetadata, type Metadata} from "./metadata-message.ts";
import type {Protocol} from "./protocols.ts";
import {UnsoundError} from "./request-error.ts";
import {ErrorResponse, RESPONSE_CODE} from "./response-code.ts";
import {decodeStatus, encodeStatus} from "./status-message.ts";

/** What peers say of themselves when they ask. Must not throw. */
export interface PeerNews {
  /** Of our chain; another one is an offence. */
  status?(peer: string, status: LocalStatus): void;
  /** @param seqNumber of its metadata */
  ping?(peer: string, seqNumber: bigint): void;
  /** phase0/p2p-interface.md#goodbye-v1 */
  goodbye?(peer: string, reason: bigint): void;
}

export interface AnswersComponents {
  readonly slotClock: SlotClock;
  readonly digests: ForkDigests;
  readonly chain: LocalChain;
  readonly localMetadata: () => Metadata;
  readonly onOffence: (peer: string, offence: "wrong_chain", detail: string) => void;
  readonly news: PeerNews;
  readonly log: Log;
}

export interface AnswerChunk {
  /** Null for protocols without context bytes. */
  readonly period: DigestPeriod | null;
  readonly ssz: Uint8Array;
}

export interface Asked {
  readonly peer: string;
  readonly protocol: Protocol;
  /** Its length is within the bounds of the protocol; empty where nothing is sent. */
  readonly request: Uint8Array;
}

/** What this node answers, chunk by chunk. */
export class Answers {
  readonly #config: NetworkConfig;
  readonly #components: AnswersComponents;

  constructor({config}: {readonly config: NetworkConfig}, components: AnswersComponents) {
    this.#config = config;
    this.#components = components;
  }

  /** @throws {ErrorResponse} where an error is the answer, or its end */
  async *to(asked: Asked): AsyncGenerator<AnswerChunk> {
    try {
      yield* this.#answersTo(asked);
    } catch (error) {
      if (error instanceof ErrorResponse) throw error;
      this.#components.log.warn("a peer's request could not be answered", {
        protocol: asked.protocol.id,
        error: messageOf(error),
      });
      throw new ErrorResponse(RESPONSE_CODE.serverError, "the request could not be answered");
    }
  }

  #answersTo(asked: Asked): AsyncIterable<AnswerChunk> | Iterable<AnswerChunk> {
    switch (asked.protocol.name) {
      case "status":
        return [this.#status(asked)];
      case "goodbye":
        return this.#goodbye(asked);
      case "ping":
        return [this.#ping(asked)];
      case "metadata":
        return [{period: null, ssz: encodeMetadata(this.#components.localMetadata(), asked.protocol)}];
      case "beacon_blocks_by_range":
        return this.#blocksByRange(asked.request);
      case "beacon_blocks_by_root":
        return this.#blocksByRoot(asked.request);
      // "Clients MUST respond with at least one, if they have it": nobody here has any.
      case "blob_sidecars_by_range":
      case "blob_sidecars_by_root":
      case "data_column_sidecars_by_range":
      case "data_column_sidecars_by_root":
      case "execution_payload_envelopes_by_range":
      case "execution_payload_envelopes_by_root":
        return [];
      case "light_client_bootstrap":
        return [this.#bootstrap(asked.request)];
      case "light_client_updates_by_range":
        return this.#updates(asked.request);
      case "light_client_finality_update":
        return [this.#finalityUpdate()];
      case "light_client_optimistic_update":
        return [this.#optimisticUpdate()];
    }
  }

  /** A peer of another chain is told ours all the same, so that it knows why it is left. */
  #status({peer, protocol, request}: Asked): AnswerChunk {
    const {chain, news, onOffence} = this.#components;
    try {
      const status = decodeStatus(request, protocol, this.#components);
      news.status?.(peer, status);
    } catch (error) {
      if (!(error instanceof UnsoundError)) throw error;
      if (error.offence !== "wrong_chain") throw new ErrorResponse(RESPONSE_CODE.invalidRequest, error.message);
      onOffence(peer, "wrong_chain", error.message);
    }
    return {period: null, ssz: encodeStatus(chain.status(), protocol, this.#components)};
  }

  /** Told when the answer is out, since whoever hears of it hangs up. */
  *#goodbye({peer, request}: Asked): Generator<AnswerChunk> {
    try {
      yield {period: null, ssz: request};
    } finally {
      this.#components.news.goodbye?.(peer, ssz.phase0.Goodbye.deserialize(request));
    }
  }

  #ping({peer, request}: Asked): AnswerChunk {
    this.#components.news.ping?.(peer, ssz.phase0.Ping.deserialize(request));
    return {period: null, ssz: ssz.phase0.Ping.serialize(this.#components.localMetadata().seqNumber)};
  }

  async *#blocksByRange(request: Uint8Array): AsyncGenerator<AnswerChunk> {
    const {startSlot, count, step} = ssz.phase0.BeaconBlocksByRangeRequest.deserialize(request);
    const countMax = this.#config.MAX_REQUEST_BLOCKS_DENEB;
    if (!(count >= 1 && count <= countMax)) {
      throw new ErrorResponse(RESPONSE_CODE.invalidRequest, `count must be 1 to ${countMax}`);
    }
    if (step !== 1) throw new ErrorResponse(RESPONSE_CODE.invalidRequest, "step must be 1");
    if (!Number.isSafeInteger(startSlot)) throw new ErrorResponse(RESPONSE_CODE.invalidRequest, "no slot is that late");
    yield* this.#blocks(this.#components.chain.blocksByRange(startSlot as Slot, count), count);
  }

  async *#blocksByRoot(request: Uint8Array): AsyncGenerator<AnswerChunk> {
    const count = request.length / ROOT_SIZE_BYTES;
    const countMax = this.#config.MAX_REQUEST_BLOCKS_DENEB;
    if (!Number.isInteger(count)) throw new ErrorResponse(RESPONSE_CODE.invalidRequest, "roots have 32 bytes");
    if (count > countMax) throw new ErrorResponse(RESPONSE_CODE.invalidRequest, `at most ${countMax} blocks at once`);
    const roots = Array.from({length: count}, (_, i) =>
      rootToHex(request.subarray(i * ROOT_SIZE_BYTES, (i + 1) * ROOT_SIZE_BYTES)),
    );
    yield* this.#blocks(this.#components.chain.blocksByRoot(roots), count);
  }

  async *#blocks(
    blocks: AsyncIterable<EncodedBlock> | Iterable<EncodedBlock>,
    countMax: number,
  ): AsyncGenerator<AnswerChunk> {
    let count = 0;
    for await (const block of blocks) {
      yield {period: this.#periodOf(block.slot), ssz: block.ssz};
      if (++count === countMax) return;
    }
  }

  #bootstrap(request: Uint8Array): AnswerChunk {
    const bootstrap: LightClientBootstrap = available(this.#components.chain.lightClientBootstrap(rootToHex(request)));
    return this.#chunkOf(bootstrap.header.beacon.slot, bootstrap, (types) => types.LightClientBootstrap);
  }

  *#updates(request: Uint8Array): Generator<AnswerChunk> {
    const {startPeriod, count} = ssz.altair.LightClientUpdatesByRange.deserialize(request);
    if (!Number.isSafeInteger(startPeriod))
      throw new ErrorResponse(RESPONSE_CODE.invalidRequest, "no period is that late");
    // "No more than min(MAX_REQUEST_LIGHT_CLIENT_UPDATES, count)": to ask for more is not wrong.
    const countMax = Math.min(count, MAX_REQUEST_LIGHT_CLIENT_UPDATES);
    const updates = this.#components.chain.lightClientUpdates(startPeriod, countMax);
    for (const update of updates.slice(0, countMax)) {
      yield this.#chunkOf(update.attestedHeader.beacon.slot, update, (types) => types.LightClientUpdate);
    }
  }

  #finalityUpdate(): AnswerChunk {
    const update = available(this.#components.chain.lightClientFinalityUpdate());
    return this.#chunkOf(update.attestedHeader.beacon.slot, update, (types) => types.LightClientFinalityUpdate);
  }

  #optimisticUpdate(): AnswerChunk {
    const update = available(this.#components.chain.lightClientOptimisticUpdate());
    return this.#chunkOf(update.attestedHeader.beacon.slot, update, (types) => types.LightClientOptimisticUpdate);
  }

  #chunkOf<T>(
    slot: number,
    value: T,
    typeIn: (types: LightClientTypes) => {serialize(value: T): Uint8Array},
  ): AnswerChunk {
    const period = this.#periodOf(slot);
    return {period, ssz: typeIn(sszTypesFor(period.fork as ForkPostAltair)).serialize(value)};
  }

  #periodOf(slot: number): DigestPeriod {
    const {digests, slotClock} = this.#components;
    return digests.at(slotClock.epochOf(slot as Slot));
  }
}

type LightClientTypes = SSZTypesFor<ForkPostAltair>;

/** "Peers SHOULD respond with error code 3". altair/light-client/p2p-interface.md#getlightclientbootstrap and those behind it */
function available<T>(value: T | null): T {
  if (value === null) throw new ErrorResponse(RESPONSE_CODE.resourceUnavailable, "it is not here");
  return value;
}
