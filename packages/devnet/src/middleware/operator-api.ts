import {createServer, type IncomingMessage, type Server, type ServerResponse} from "node:http";
import type {AddressInfo} from "node:net";
import {InvalidValueError} from "@mote/core";
import {sendJson} from "../api/raw-http.ts";
import {SSZ} from "../api/wire-formats.ts";
import type {AgreedAnswers} from "./agreed-answers.ts";
import {type Answer, EMPTY_ANSWER, RefusedError} from "./answer.ts";
import type {BlockProduction} from "./block-production.ts";
import type {Cluster} from "./cluster.ts";
import type {Publication} from "./publication.ts";
import type {SelectionKind, Selections} from "./selections.ts";
import {MESSAGE_KINDS, type MessageKind} from "./signed-messages.ts";
import {readAtMost, type Upstream} from "./upstream.ts";

export interface OperatorApiComponents {
  readonly cluster: Cluster;
  readonly upstream: Upstream;
  readonly agreed: AgreedAnswers;
  readonly production: BlockProduction;
  readonly publication: Publication;
  readonly selections: Selections;
}

interface Call {
  readonly request: IncomingMessage;
  readonly url: URL;
}

type Handler = (call: Call) => Promise<Answer>;

interface Route {
  readonly method: "GET" | "POST";
  readonly path: RegExp;
  readonly handle: Handler;
}

const BODY_SIZE_BYTES_MAX = 16 << 20;
/** Longer than a slot, so that a node finds its connection again. */
const KEEP_ALIVE_MS = 75_000;
/** What these say of validators, they say by public keys. */
const WITH_PUBKEYS = /^\/eth\/v\d\/(beacon\/states\/[^/]+\/validator|validator\/duties\/)/;
/** One answer for the whole cluster, whatever a node asks beside the slot. */
const AGREED_BY_SLOT = /^\/eth\/v1\/validator\/(attestation_data|payload_attestation_data)$/;
/** One answer for the whole cluster to the same question. */
const AGREED_BY_QUESTION = /^\/eth\/v[12]\/validator\/(aggregate_attestation|sync_committee_contribution)$/;

/** The Beacon API as one operator's node meets it: it speaks of shares, and blocks until the cluster has agreed. JSON alone where it reads along. */
export class OperatorApi {
  readonly #operator: number;
  readonly #components: OperatorApiComponents;
  readonly #routes: readonly Route[];
  readonly #server: Server;

  constructor({operator}: {readonly operator: number}, components: OperatorApiComponents) {
    this.#operator = operator;
    this.#components = components;
    this.#routes = this.#makeRoutes();
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({port: 0, host: "127.0.0.1"}, resolve);
    });
  }

  close(): Promise<void> {
    this.#components.upstream.close();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #makeRoutes(): Route[] {
    const {production, upstream} = this.#components;
    const selections = (name: string, kind: SelectionKind): Route => ({
      method: "POST",
      path: new RegExp(`^/eth/v1/validator/${name}$`),
      handle: (call) => this.#select(kind, call),
    });
    return [
      {method: "GET", path: WITH_PUBKEYS, handle: (call) => this.#translate(call)},
      {method: "POST", path: WITH_PUBKEYS, handle: (call) => this.#translate(call)},
      {method: "GET", path: AGREED_BY_SLOT, handle: ({url}) => this.#agree(url, url.searchParams.get("slot") ?? "")},
      {method: "GET", path: AGREED_BY_QUESTION, handle: ({url}) => this.#agree(url, sortedQuery(url))},
      {
        method: "GET",
        path: /^\/eth\/v[34]\/validator\/blocks\/\d+$/,
        handle: ({url}) => production.answer(this.#operator, url, upstream),
      },
      selections("beacon_committee_selections", "committee"),
      selections("sync_committee_selections", "sync_committee"),
      // It names the share's public key, which no builder knows: only the cluster's own registrations could count.
      {method: "POST", path: /^\/eth\/v1\/validator\/register_validator$/, handle: async () => EMPTY_ANSWER},
      ...MESSAGE_KINDS.map((kind): Route => {
        const path = new RegExp(`^${kind.path}$`);
        return {method: "POST", path, handle: (call) => this.#submit(kind, call)};
      }),
    ];
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? "", "http://localhost");
    if (url === null) return sendJson(response, 400, {code: 400, message: "The request's target is no URL"});
    const route = this.#routes.find(({method, path}) => method === request.method && path.test(url.pathname));
    if (route === undefined) return this.#components.upstream.pass(request, response);
    try {
      const {status, headers, body} = await route.handle({request, url});
      response.writeHead(status, {...headers, ...lengthOf(status, body)}).end(body);
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal === null) throw error;
      const {status: code, message, failures} = refusal;
      sendJson(response, code, {code, message, ...(failures.length === 0 ? {} : {failures})});
    }
  }

  /** Passed on in the validators' public keys, answered in the shares'. */
  async #translate({request, url}: Call): Promise<Answer> {
    const {cluster, upstream} = this.#components;
    const path = cluster.withValidators(this.#operator, `${url.pathname}${url.search}`);
    const asked = request.method === "POST" ? (await readAtMost(request, BODY_SIZE_BYTES_MAX)).toString() : undefined;
    const answer = await upstream.ask(
      asked === undefined
        ? {method: "GET", path}
        : {method: "POST", path, body: cluster.withValidators(this.#operator, asked)},
    );
    return {...answer, body: cluster.withShares(this.#operator, answer.body.toString())};
  }

  #agree(url: URL, question: string): Promise<Answer> {
    const {agreed, upstream} = this.#components;
    return agreed.get(`${url.pathname}?${question}`, () =>
      upstream.ask({method: "GET", path: `${url.pathname}${url.search}`}),
    );
  }

  async #select(kind: SelectionKind, {request}: Call): Promise<Answer> {
    return this.#components.selections.answer(this.#operator, kind, await readJson(request));
  }

  async #submit(kind: MessageKind, {request, url}: Call): Promise<Answer> {
    if (request.headers["content-type"]?.startsWith(SSZ)) throw new RefusedError(415, "Only JSON is taken here");
    const ofMessage = Object.entries(request.headers).filter(([name]) => name.startsWith("eth-"));
    const headers = Object.fromEntries(ofMessage) as Record<string, string>;
    const body = await readJson(request);
    const path = `${url.pathname}${url.search}`;
    const submission = {operator: this.#operator, kind, path, headers, body};
    return this.#components.publication.answer(submission, this.#components.upstream);
  }
}

const STATUS_NO_CONTENT = 204;

const lengthOf = (status: number, body: string | Buffer): Record<string, number> =>
  status === STATUS_NO_CONTENT ? {} : {"content-length": Buffer.byteLength(body)};

async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readAtMost(request, BODY_SIZE_BYTES_MAX);
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new InvalidValueError("the body is not JSON");
  }
}

function sortedQuery({searchParams}: URL): string {
  const sorted = new URLSearchParams(searchParams);
  sorted.sort();
  return sorted.toString();
}

/** Null for what is neither the caller's fault nor the beacon node's. */
function asRefusal(error: unknown): RefusedError | null {
  if (error instanceof RefusedError) return error;
  return error instanceof InvalidValueError ? new RefusedError(400, error.message) : null;
}
