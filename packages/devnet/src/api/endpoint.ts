import {createServer, type IncomingMessage, type Server, type ServerResponse} from "node:http";
import type {AddressInfo} from "node:net";
import type {Clock} from "@mote/core";
import {sleep} from "@mote/core";
import type {FastifyInstance} from "fastify";
import type {ChainEvent} from "../chain/types.ts";
import type {DevnetChain} from "../chain.ts";
import type {Dialect} from "../dialects/dialect.ts";
import {describeFaults, type EndpointFaults} from "../faults/fault-plan.ts";
import type {LightClientNews, LightClientServer} from "../light-client/light-client-server.ts";
import type {ValidatorMessage} from "../p2p/message.ts";
import {createApiServer} from "./api-server.ts";
import {BeaconView} from "./beacon-view.ts";
import {spoilBody} from "./body-faults.ts";
import {DialectFilter} from "./dialect-filter.ts";
import {type EventMessage, lightClientMessageOf, messagesOf} from "./event-messages.ts";
import {EventStreams} from "./event-streams.ts";
import {readTopics} from "./event-topics.ts";
import {wrongEvents} from "./lies/wrong-events.ts";
import {PublishLatency} from "./publish-latency.ts";
import {isPublishing} from "./publishing-routes.ts";
import {emptyAsNotFound, readJson, sendJson} from "./raw-http.ts";
import type {ValidatorIndexes} from "./validator-indexes.ts";

export interface EndpointInit {
  /** `bn0`, `bn1`, … */
  readonly name: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly dialect: Dialect;
  readonly heartbeatMs: number;
}

export interface EndpointComponents {
  readonly chain: DevnetChain;
  readonly indexes: ValidatorIndexes;
  readonly lightClient: LightClientServer;
  readonly clock: Clock;
  /** Has the chain do what is due before a request is looked at. */
  readonly catchUp: () => void;
  /** Told of each message that came by the API and was taken. */
  readonly onPublished: (message: ValidatorMessage) => void;
}

/** What an endpoint is doing now, for a screen. */
export interface EndpointStatus {
  readonly name: string;
  readonly url: string;
  readonly dialect: string;
  /** Empty when all is well; otherwise `down`, `delay=800ms`, … */
  readonly faults: readonly string[];
  readonly streams: number;
  readonly droppedStreams: number;
}

const EVENTS_PATH = "/eth/v1/events";
const EVENT_BUFFER_BYTES_MAX = 256 << 10;
/** Of each event that is repeated. */
const EVENT_COPIES = 3;
const SELECTIONS_BYTES_MAX = 4 << 20;
/** How long a client may take to send a request. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a slot, so that a client finds its connection again. */
const KEEP_ALIVE_MS = 75_000;
const RELISTEN_PAUSE_MS = 50;
const RELISTEN_TRIES_MAX = 100;

/** Another process has the port. */
export class PortInUseError extends Error {
  override name = "PortInUseError";
  readonly port: number;

  constructor(endpoint: string, port: number) {
    super(`${endpoint} cannot listen on 127.0.0.1:${port}: the port is in use`);
    this.port = port;
  }
}

/** One beacon node as clients see it: a port, a view of the chain, a dialect, and what is wrong with it at the moment. */
export class Endpoint {
  readonly name: string;
  readonly latency = new PublishLatency();
  readonly #init: EndpointInit;
  readonly #clock: Clock;
  readonly #catchUp: () => void;
  readonly #view: BeaconView;
  readonly #streams: EventStreams;
  readonly #filter: DialectFilter;
  #api!: FastifyInstance;
  #server: Server | null = null;
  #port: number;
  /** Listening and closing are done one after the other, in the order they were asked for. */
  #transition: Promise<void> = Promise.resolve();
  #unsubscribe = () => {};
  /** Ends what waits for a delay to pass. */
  readonly #closing = new AbortController();

  private constructor(init: EndpointInit, components: EndpointComponents) {
    this.name = init.name;
    this.#init = init;
    this.#port = init.port;
    this.#clock = components.clock;
    this.#catchUp = components.catchUp;
    this.#view = new BeaconView({name: init.name}, {chain: components.chain, onPublished: components.onPublished});
    this.#filter = new DialectFilter(init.dialect);
    this.#streams = new EventStreams(
      {heartbeatMs: init.heartbeatMs, bufferBytesMax: EVENT_BUFFER_BYTES_MAX},
      {clock: components.clock},
    );
  }

  /** Rejects when the port is not to be had. An endpoint that begins its life down takes its port first and gives it back. */
  static async open(init: EndpointInit, components: EndpointComponents): Promise<Endpoint> {
    const endpoint = new Endpoint(init, components);
    const {chain, indexes, lightClient, clock} = components;
    endpoint.#api = await createApiServer({
      view: endpoint.#view,
      indexes,
      lightClient,
      dialect: init.dialect,
      clock,
      onVotes: (votes, lastByteMs) => endpoint.latency.votesReceived(votes, lastByteMs),
    });
    await endpoint.#listen();
    endpoint.#unsubscribe = chain.subscribe((event) => endpoint.#onChainEvent(event));
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  status(): EndpointStatus {
    return {
      name: this.name,
      url: this.url,
      dialect: this.#init.dialect.name,
      faults: describeFaults(this.#view.faults),
      streams: this.#streams.size,
      droppedStreams: this.#streams.dropped,
    };
  }

  /** Resolves when the endpoint stands as `faults` want it. */
  setFaults(faults: EndpointFaults): Promise<void> {
    const before = this.#view.faults;
    this.#view.setFaults(faults);
    if (faults.flags.has("http-500") && !before.flags.has("http-500")) this.#streams.closeAll();
    this.#streams.setSilent(faults.flags.has("stalled-events"));
    if (faults.flags.has("down")) return this.#enqueue(() => this.#shut());
    return this.#enqueue(() => this.#relisten());
  }

  /** Tells the event streams of light clients. */
  announce(news: readonly LightClientNews[]): void {
    if (this.#isMute) return;
    this.#write(
      news.map((one) => lightClientMessageOf(one, this.#view.chain.config)),
      () => {},
    );
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#closing.abort();
    await this.#enqueue(() => this.#shut());
    await this.#api.close();
  }

  #enqueue(step: () => Promise<void>): Promise<void> {
    // A step that failed was told of to whoever asked for it; it does not stop the next.
    this.#transition = this.#transition.catch(() => {}).then(step);
    return this.#transition;
  }

  #onChainEvent(event: ChainEvent): void {
    const {faults, chain, executionOptimistic} = this.#view;
    const {lies} = faults;
    if (this.#isMute) return;
    const told = wrongEvents(lies["wrong-events"], event, chain.pubkeys.length);
    const once = told.flatMap((one) => messagesOf(one, chain.config, executionOptimistic));
    this.#write(once, () => {
      if (event.kind === "head") this.latency.headWritten(event.slot, event.block, this.#clock.nowMs());
    });
  }

  /** No event leaves it. */
  get #isMute(): boolean {
    const {flags} = this.#view.faults;
    return flags.has("down") || flags.has("http-500") || this.#view.isStuck;
  }

  #write(once: readonly EventMessage[], onWritten: () => void): void {
    const {flags, delayMs} = this.#view.faults;
    const messages = flags.has("repeated-events") ? once.flatMap((one) => Array(EVENT_COPIES).fill(one)) : once;
    const write = () => {
      for (const {topic, data} of messages) if (this.#streams.publish(topic, data)) onWritten();
    };
    if (delayMs > 0) sleep(this.#clock, delayMs, this.#closing.signal).then(write);
    else write();
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#catchUp();
    const {faults} = this.#view;
    if (faults.delayMs > 0) {
      await sleep(this.#clock, faults.delayMs, this.#closing.signal);
      if (request.destroyed) return;
    }
    if (faults.flags.has("http-500")) return sendJson(response, 500, {code: 500, message: "Internal server error"});
    spoilBody(response, faults.flags, {clock: this.#clock, signal: this.#closing.signal});
    const url = URL.parse(request.url ?? "", "http://localhost");
    if (url === null) return this.#refuse(response, 400, "The request's target is no URL");
    if (faults.flags.has("no-publish") && isPublishing(request.method, url.pathname))
      return this.#refuse(response, 503, "This node publishes nothing at the moment");
    const refusal = this.#filter.refusal(request, url);
    if (refusal !== null) return this.#refuse(response, refusal.status, refusal.message);
    request.url = this.#filter.describedTarget(url);
    if (url.pathname === EVENTS_PATH && request.method === "GET") return this.#openStream(url, response);
    if (this.#filter.echoesSelections(request, url)) return this.#echo(request, response);
    if (this.#filter.emptyIsNotFound(url)) emptyAsNotFound(response, "Nothing is known of this slot");
    this.#api.routing(request, response);
  }

  #openStream(url: URL, response: ServerResponse): void {
    const topics = readTopics(url, this.#init.dialect);
    if (topics.kind === "refused") this.#refuse(response, 400, topics.message);
    else this.#streams.open(response, topics.topics);
  }

  async #echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const data = await readJson(request, SELECTIONS_BYTES_MAX);
    if (!Array.isArray(data)) return this.#refuse(response, 400, "The body must be a list of selections");
    sendJson(response, 200, {data});
  }

  #refuse(response: ServerResponse, code: number, message: string): void {
    const stacktraces = this.#init.dialect.differences.some(({kind}) => kind === "error_stacktraces");
    sendJson(response, code, {code, message, ...(stacktraces ? {stacktraces: []} : {})});
  }

  /** Another process may have got the port while the endpoint was down: it is tried for until it is free again. */
  async #relisten(): Promise<void> {
    for (
      let attempt = 1;
      this.#server === null && !this.#view.faults.flags.has("down") && !this.#closing.signal.aborted;
      attempt++
    ) {
      try {
        await this.#listen();
      } catch (error) {
        if (attempt === RELISTEN_TRIES_MAX) throw error;
        await sleep(this.#clock, RELISTEN_PAUSE_MS, this.#closing.signal);
      }
    }
  }

  #listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.#onRequest(request, response).catch(() => response.destroy());
    });
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    return new Promise((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) =>
        reject(error.code === "EADDRINUSE" ? new PortInUseError(this.name, this.#port) : error);
      server.once("error", onError);
      server.listen({port: this.#port, host: "127.0.0.1"}, () => {
        server.off("error", onError);
        this.#port = (server.address() as AddressInfo).port;
        this.#server = server;
        resolve();
      });
    });
  }

  #shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.#streams.closeAll();
    if (server === null) return Promise.resolve();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}
