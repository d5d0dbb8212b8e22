import type {Connection, Libp2p, Stream} from "@libp2p/interface";
import {MAX_CONCURRENT_REQUESTS} from "@lodestar/params";
import type {NetworkConfig} from "@mote/consensus";
import {type Log, messageOf, type SlotClock, sleep} from "@mote/core";
import {InvalidFrameError} from "../codec/invalid-frame-error.ts";
import {encodePayload, readPayload} from "../codec/payload.ts";
import {digestBytes, type ForkDigests} from "../forks/fork-digests.ts";
import type {LocalChain, Offence} from "../network.ts";
import {Answers, type PeerNews} from "./answers.ts";
import {Deadline, TimeOutError} from "./deadline.ts";
import {DEFAULT_TIMEOUTS, quotasOf, type ReqRespTimeouts} from "./limits.ts";
import type {Metadata} from "./metadata-message.ts";
import {type Protocol, protocolsOf, type RequestName} from "./protocols.ts";
import {ERROR_MESSAGE_BOUNDS, ErrorResponse, RESPONSE_CODE} from "./response-code.ts";
import {StreamReader} from "./stream-reader.ts";
import {sendAll} from "./stream-writer.ts";
import {type Quota, TokenBuckets} from "./token-buckets.ts";

export interface ReqRespServerInit {
  readonly config: NetworkConfig;
  readonly timeouts?: ReqRespTimeouts;
  /** Default: those of `quotasOf(config)`. */
  readonly quotas?: Readonly<Record<RequestName, Quota>>;
}

export interface ReqRespServerComponents {
  readonly node: Pick<Libp2p, "handle" | "unhandle">;
  readonly slotClock: SlotClock;
  readonly digests: ForkDigests;
  readonly chain: LocalChain;
  readonly localMetadata: () => Metadata;
  /** Must not throw. */
  readonly onOffence: (peer: string, offence: Offence, detail: string) => void;
  readonly news: PeerNews;
  readonly log: Log;
}

/** libp2p resets streams beyond so many without a word; those between are ours to count. */
const INBOUND_STREAMS_MAX = 2 * MAX_CONCURRENT_REQUESTS;
/** Of a peer that goes on talking when its answer is said. */
const DISCARDED_BYTES_MAX = 64 * 1024;

/** One request, from the moment that its stream is open. */
interface Visit {
  readonly peer: string;
  readonly protocol: Protocol;
  readonly stream: Stream;
  readonly deadline: Deadline;
}

/** Answers peers, at the pace that its quotas allow. */
export class ReqRespServer {
  readonly #components: ReqRespServerComponents;
  readonly #timeouts: ReqRespTimeouts;
  readonly #quotas: Readonly<Record<RequestName, Quota>>;
  readonly #protocols: readonly Protocol[];
  readonly #answers: Answers;
  readonly #buckets: TokenBuckets;
  /** By peer and protocol. */
  readonly #visits = new Map<string, Set<Visit>>();

  constructor(init: ReqRespServerInit, components: ReqRespServerComponents) {
    this.#components = components;
    this.#timeouts = init.timeouts ?? DEFAULT_TIMEOUTS;
    this.#quotas = init.quotas ?? quotasOf(init.config);
    this.#protocols = protocolsOf(init.config);
    this.#answers = new Answers(init, components);
    this.#buckets = new TokenBuckets({clock: components.slotClock});
  }

  async start(): Promise<void> {
    for (const protocol of this.#protocols) {
      await this.#components.node.handle(
        protocol.id,
        (stream, connection) => this.#enter(protocol, stream, connection),
        {
          maxInboundStreams: INBOUND_STREAMS_MAX,
        },
      );
    }
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    await this.#components.node.unhandle(this.#protocols.map(({id}) => id));
    for (const {deadline} of [...this.#visits.values()].flatMap((visits) => [...visits])) {
      deadline.abort(new Error("this node stops"));
    }
  }

  #enter(protocol: Protocol, stream: Stream, connection: Connection): void {
    const peer = connection.remotePeer.toString();
    const key = `${peer} ${protocol.id}`;
    const visits = this.#visits.get(key) ?? new Set();
    // "MAY penalise peers that concurrently open more". phase0/p2p-interface.md#responding-side
    if (visits.size >= MAX_CONCURRENT_REQUESTS) {
      this.#offence(peer, protocol, "rate_limit", `more than ${MAX_CONCURRENT_REQUESTS} streams at once`);
      stream.abort(new Error("too many streams"));
      return;
    }
    const visit = {peer, protocol, stream, deadline: new Deadline({clock: this.#components.slotClock})};
    this.#visits.set(key, visits.add(visit));
    // Who gives up an answer that is held back has the right to ask again.
    stream.addEventListener("close", ({error}) => {
      if (error !== undefined) visit.deadline.abort(error);
    });
    void this.#attend(visit).finally(() => {
      visit.deadline.clear();
      visits.delete(visit);
      if (visits.size === 0) this.#visits.delete(key);
    });
  }

  /** Never rejects. */
  async #attend(visit: Visit): Promise<void> {
    const {stream, deadline} = visit;
    const reader = new StreamReader({stream, signal: deadline.signal});
    try {
      const request = await this.#read(visit, reader);
      if (request !== null) await this.#respond(visit, request);
      await stream.close({signal: deadline.signal});
      // A reset could overtake the answer, so the peer gets the time to end by itself.
      await reader.discard(DISCARDED_BYTES_MAX);
    } catch (error) {
      this.#components.log.debug("a peer's request ended early", {
        peer: visit.peer,
        protocol: visit.protocol.id,
        error: messageOf(error),
      });
    } finally {
      reader.detach();
      // For a stream that is closed on both sides this is nothing.
      stream.abort(new Error("the response is over"));
    }
  }

  /** The whole request, up to the half-close; null when it was refused, or none was made. */
  async #read({peer, protocol, stream, deadline}: Visit, reader: StreamReader): Promise<Uint8Array | null> {
    deadline.set(this.#timeouts.requestMs, "a request");
    try {
      // Who hangs up with a stream just open leaves it so.
      if (protocol.request !== null && (await reader.isAtEnd())) return null;
      const request = protocol.request === null ? new Uint8Array() : await readPayload(reader, protocol.request);
      if ((await reader.readOrEnd(1)) !== null) throw new InvalidFrameError("a request with bytes behind it");
      return request;
    } catch (error) {
      if (error instanceof TimeOutError) this.#offence(peer, protocol, "too_slow", error.message);
      if (!(error instanceof InvalidFrameError)) throw error;
      this.#offence(peer, protocol, "invalid_frame", error.message);
      deadline.set(this.#timeouts.endMs, "an error response");
      await sendAll(stream, errorChunk(RESPONSE_CODE.invalidRequest, error.message), deadline.signal);
      return null;
    }
  }

  /** Too much asked is answered later, never with an error. phase0/p2p-interface.md#responding-side */
  async #respond(visit: Visit, request: Uint8Array): Promise<void> {
    const {peer, protocol, stream, deadline} = visit;
    deadline.clear();
    try {
      await this.#pace(visit);
      let chunks = 0;
      for await (const {period, ssz} of this.#answers.to({peer, protocol, request})) {
        if (chunks++ > 0) await this.#pace(visit);
        deadline.set(this.#timeouts.chunkMs, "taking a chunk");
        const context = period === null ? [] : [digestBytes(period)];
        const before = Buffer.concat([Buffer.of(RESPONSE_CODE.success), ...context]);
        await sendAll(stream, encodePayload(ssz, before), deadline.signal);
        deadline.clear();
      }
      deadline.set(this.#timeouts.endMs, "the end of a stream");
    } catch (error) {
      if (error instanceof TimeOutError) this.#offence(peer, protocol, "too_slow", error.message);
      if (!(error instanceof ErrorResponse)) throw error;
      if (error.code === RESPONSE_CODE.invalidRequest) this.#offence(peer, protocol, "invalid_request", error.message);
      deadline.set(this.#timeouts.endMs, "an error response");
      await sendAll(stream, errorChunk(error.code, error.message), deadline.signal);
    }
  }

  /** A request takes a token, and so does each chunk but the first. */
  async #pace({peer, protocol: {name}, deadline: {signal}}: Visit): Promise<void> {
    const waitMs = this.#buckets.take(`${peer} ${name}`, 1, this.#quotas[name]);
    if (waitMs > 0) await sleep(this.#components.slotClock, waitMs, signal);
    signal.throwIfAborted();
  }

  #offence(peer: string, protocol: Protocol, offence: Offence, detail: string): void {
    this.#components.onOffence(peer, offence, `${protocol.name}: ${detail}`);
  }
}

/** Context bytes come with success only. altair/p2p-interface.md#req-resp-interaction */
function errorChunk(code: number, message: string): ReturnType<typeof encodePayload> {
  return encodePayload(Buffer.from(message).subarray(0, ERROR_MESSAGE_BOUNDS.maxBytes), Buffer.of(code));
}
