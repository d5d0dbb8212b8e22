import {createServer, type IncomingMessage, type Server, type ServerResponse} from "node:http";
import type {AddressInfo} from "node:net";
import type {FakeAnswer, FakeRequest} from "./fake-answers.ts";
import {type FakeChain, fakeChain} from "./fake-chain.ts";
import {FAKE_OPERATIONS, FAKE_OTHER_OPERATIONS} from "./fake-operations.ts";

/** What goes wrong with the answers of one operation. */
export type FakeFault =
  /** The request is read and never answered. */
  | {readonly kind: "hang"}
  /** Answered when `until` resolves. */
  | {readonly kind: "delay"; readonly until: Promise<void>}
  /** The connection breaks instead of an answer. */
  | {readonly kind: "reset"}
  /** `Content-Length` promises more than comes. */
  | {readonly kind: "truncate"}
  /** A body of so many bytes, its length said beforehand or not. */
  | {readonly kind: "oversized"; readonly sizeBytes: number; readonly declared: boolean}
  /** A header line of so many bytes. */
  | {readonly kind: "oversized_header"; readonly sizeBytes: number}
  /** One byte now and one every 20 ms, without end. */
  | {readonly kind: "drip"}
  | {readonly kind: "status"; readonly status: number; readonly json?: unknown}
  | {readonly kind: "redirect"; readonly location: string}
  /** Status 200 and this text as JSON. */
  | {readonly kind: "text"; readonly text: string}
  /** The right answer, changed. */
  | {readonly kind: "change"; readonly change: (body: never) => unknown}
  /** The right answer's SSZ, changed. */
  | {readonly kind: "change_ssz"; readonly change: (bytes: Uint8Array) => Uint8Array}
  | {readonly kind: "content_type"; readonly contentType: string}
  | {readonly kind: "compressed"}
  /** Bytes that are no HTTP. */
  | {readonly kind: "garbage"};

const EVENTS = "GET /eth/v1/events";

/**
 * A beacon node on a loopback port: it answers from a {@link FakeChain}, in JSON and SSZ, and goes wrong on demand. It answers as the OpenAPI
 * says, which its own test holds it to.
 */
export class FakeBeaconNode {
  readonly chain: FakeChain = fakeChain();
  /** Everything asked so far, in order. */
  readonly requests: FakeRequest[] = [];
  /** By operation, or `*` for all of them. */
  readonly faults = new Map<string, FakeFault>();
  /** Operations that the node does not have: 404, or 405 where the path exists with another method. */
  readonly missing = new Map<string, 404 | 405>();
  takesSsz = true;
  /** What is said to SSZ when it is not taken. */
  sszRefusal: FakeAnswer = {status: 415, json: {code: 415, message: "only JSON"}};
  givesSsz = true;
  upperCaseHex = false;
  /** `Date` header of all answers; null leaves it out, undefined is the real time. */
  date: string | null | undefined = undefined;
  /** Null knows them all. */
  knownTopics: ReadonlySet<string> | null = null;
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  readonly #waiting = new Set<() => void>();
  #url = "";

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<FakeBeaconNode> {
    const node = new FakeBeaconNode();
    await node.listen(0);
    return node;
  }

  get url(): string {
    return this.#url;
  }

  /** Open event streams. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Up (again) on `port`; 0 takes any. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Down, connections and all. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#streams.clear();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Closes idle connections, as servers do, without going down. */
  closeIdleConnections(): void {
    this.#server.closeIdleConnections();
  }

  count(operation: string): number {
    return this.requests.filter((request) => request.operation === operation).length;
  }

  /** Resolves once `condition` holds; looked at whenever a request or stream comes or goes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Until `operation` was asked `times` times since the node began. */
  asked(operation: string, times = 1): Promise<void> {
    return this.until(() => this.count(operation) >= times);
  }

  emit(event: string, data: unknown): void {
    this.emitRaw(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  emitRaw(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  endStreams(): void {
    for (const stream of this.#streams) stream.end();
  }

  #notify(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const url = new URL(incoming.url ?? "/", "http://fake");
    const {operation, params} = matchOperation(incoming.method ?? "", url.pathname);
    const request: FakeRequest = {
      operation,
      params,
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.concat(chunks),
    };
    this.requests.push(request);
    response.sendDate = this.date === undefined;
    if (typeof this.date === "string") response.setHeader("date", this.date);
    this.#notify();
    const fault = this.faults.get(operation) ?? this.faults.get("*");
    if (fault?.kind === "delay") await fault.until;
    if (operation === EVENTS && (fault === undefined || fault.kind === "delay"))
      return this.#openStream(request, response);
    if (fault !== undefined && applyRawFault(fault, response)) return;
    this.#send(response, request, this.#answer(request), fault);
  }

  #answer(request: FakeRequest): FakeAnswer {
    const {operation} = request;
    const missing = this.missing.get(operation);
    if (missing !== undefined) return {status: missing, json: {code: missing, message: "no such route"}};
    const isSszBody = request.headers["content-type"] === "application/octet-stream";
    if (isSszBody && !this.takesSsz) return this.sszRefusal;
    const wantsSsz = String(request.headers.accept).startsWith("application/octet-stream");
    if (wantsSsz && !this.givesSsz) return {status: 406, json: {code: 406, message: "only JSON"}};
    const answer = OPERATIONS[operation]?.(this.chain, request);
    return answer ?? {status: 404, json: {code: 404, message: `no route ${operation}`}};
  }

  #send(response: ServerResponse, request: FakeRequest, answer: FakeAnswer, fault: FakeFault | undefined): void {
    const headers: Record<string, string> = {...answer.headers};
    if (answer.consensusVersion !== undefined) headers["eth-consensus-version"] = answer.consensusVersion;
    const wantsSsz = String(request.headers.accept).startsWith("application/octet-stream");
    if (wantsSsz && answer.ssz !== undefined && fault?.kind !== "change") {
      response.writeHead(answer.status, {
        ...headers,
        "content-type": fault?.kind === "content_type" ? fault.contentType : "application/octet-stream",
      });
      response.end(fault?.kind === "change_ssz" ? fault.change(answer.ssz) : answer.ssz);
      return;
    }
    if (answer.json === undefined) return void response.writeHead(answer.status, headers).end();
    const json = fault?.kind === "change" ? fault.change(answer.json as never) : answer.json;
    const text = JSON.stringify(json);
    const contentType = fault?.kind === "content_type" ? fault.contentType : "application/json";
    response.writeHead(answer.status, {...headers, "content-type": contentType});
    response.end(
      this.upperCaseHex ? text.replace(/"0x[0-9a-f]+"/g, (hex) => `"0x${hex.slice(3).toUpperCase()}`) : text,
    );
  }

  #openStream({query}: FakeRequest, response: ServerResponse): void {
    const unknown = (query.get("topics") ?? "").split(",").find((topic) => this.knownTopics?.has(topic) === false);
    if (unknown !== undefined) {
      response.writeHead(400, {"content-type": "application/json"});
      response.end(JSON.stringify({code: 400, message: `Invalid topic: ${unknown}`}));
      return;
    }
    response.writeHead(200, {"content-type": "text/event-stream"});
    response.flushHeaders();
    this.#streams.add(response);
    response.on("close", () => {
      this.#streams.delete(response);
      this.#notify();
    });
    this.#notify();
  }
}

/** True when the fault is the whole answer. */
function applyRawFault(fault: FakeFault, response: ServerResponse): boolean {
  const json = {"content-type": "application/json"};
  switch (fault.kind) {
    case "hang":
      return true;
    case "reset":
      response.socket?.resetAndDestroy();
      return true;
    case "truncate":
      response.writeHead(200, {...json, "content-length": "1000"});
      response.write('{"data":');
      // The bytes are on their way before the connection goes.
      setImmediate(() => response.socket?.end());
      return true;
    case "oversized":
      response.writeHead(200, fault.declared ? {...json, "content-length": String(fault.sizeBytes)} : json);
      response.end(Buffer.alloc(fault.sizeBytes, " "));
      return true;
    case "oversized_header":
      response.writeHead(200, {...json, "x-long": "x".repeat(fault.sizeBytes)}).end("{}");
      return true;
    case "drip": {
      response.writeHead(200, {...json, "content-length": "2000"});
      response.write(" ");
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
      return true;
    }
    case "status":
      response.writeHead(fault.status, json).end(fault.json === undefined ? "" : JSON.stringify(fault.json));
      return true;
    case "redirect":
      response.writeHead(302, {location: fault.location}).end();
      return true;
    case "text":
      response.writeHead(200, json).end(fault.text);
      return true;
    case "compressed":
      response.writeHead(200, {...json, "content-encoding": "gzip"}).end(Buffer.from([0x1f, 0x8b, 8]));
      return true;
    case "garbage":
      response.socket?.end("this is no HTTP\r\n\r\n");
      return true;
    default:
      return false;
  }
}

const OPERATIONS = {...FAKE_OPERATIONS, ...FAKE_OTHER_OPERATIONS};
const TEMPLATES = [...Object.keys(OPERATIONS), EVENTS].map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.replace(/\{\w+\}/g, "([^/]+)")}$`),
}));

/** The OpenAPI's name of a request's operation, and the values in its path. */
export function matchOperation(method: string, path: string): {operation: string; params: string[]} {
  for (const {operation, pattern} of TEMPLATES) {
    const found = pattern.exec(`${method} ${path}`);
    if (found !== null) return {operation, params: found.slice(1)};
  }
  return {operation: `${method} ${path}`, params: []};
}
