import {createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse} from "node:http";
import {createServer as createHttpsServer} from "node:https";
import type {AddressInfo} from "node:net";
import {bytesToHex, type Pubkey, type Root, type Signature} from "@mote/core";
import type {OpenApi} from "../openapi/openapi.ts";
import {type Json, signingRootOfBody} from "./signing-root-of-body.ts";

/** What goes wrong with an answer. */
export type FakeWeb3SignerFault =
  /** The request is read and never answered. */
  | {readonly kind: "hang"}
  /** Answered when `until` resolves. */
  | {readonly kind: "delay"; readonly until: Promise<void>}
  | {readonly kind: "status"; readonly status: number}
  /** Status 200 and this text. */
  | {readonly kind: "text"; readonly text: string; readonly contentType: string}
  /** A body of so many bytes, its length not said beforehand. */
  | {readonly kind: "oversized"; readonly sizeBytes: number}
  /** The connection breaks instead of an answer. */
  | {readonly kind: "reset"}
  /** `Content-Length` promises more than comes. */
  | {readonly kind: "truncate"}
  /** Bytes that are no HTTP. */
  | {readonly kind: "garbage"}
  /** The signature of another root. */
  | {readonly kind: "other_root"; readonly signingRoot: Root};

export type FakeWeb3SignerOperation = "sign" | "publicKeys";

export interface FakeWeb3SignerInit {
  readonly pubkeys: readonly Pubkey[];
  readonly sign: (pubkey: Pubkey, signingRoot: Root) => Signature;
  readonly genesisForkVersion: Uint8Array;
  /** The description of the remote signing API. Null: requests are judged by their signing root alone. */
  readonly openApi: OpenApi | null;
  /** PEM texts of a server that wants a certificate of its clients. */
  readonly tls?: {readonly key: string; readonly cert: string; readonly ca: string};
}

export interface FakeWeb3SignerRequest {
  readonly operation: FakeWeb3SignerOperation | "unknown";
  readonly headers: IncomingMessage["headers"];
  readonly path: string;
  readonly body: Json;
}

const SIGN = "POST /api/v1/eth2/sign/{identifier}";

/**
 * A Web3Signer on a loopback port. It computes the root of what it is told by itself, signs nothing where another root stands beside it, and keeps what was
 * wrong with any request.
 */
export class FakeWeb3Signer {
  readonly requests: FakeWeb3SignerRequest[] = [];
  /** What was wrong with requests; a client that does right leaves none. */
  readonly complaints: string[] = [];
  readonly faults = new Map<FakeWeb3SignerOperation, FakeWeb3SignerFault>();
  readonly pubkeys: Set<Pubkey>;
  /** As Web3Signer answers who does not ask for JSON. */
  answersInText = false;
  readonly #init: FakeWeb3SignerInit;
  readonly #server: Server;
  readonly #waiting = new Set<() => void>();
  #url = "";
  #sockets = 0;

  private constructor(init: FakeWeb3SignerInit) {
    this.#init = init;
    this.pubkeys = new Set(init.pubkeys);
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    const {tls} = init;
    this.#server = tls ? createHttpsServer({...tls, requestCert: true}, serve) : createHttpServer(serve);
    this.#server.on("connection", () => this.#sockets++);
  }

  static async start(init: FakeWeb3SignerInit): Promise<FakeWeb3Signer> {
    const fake = new FakeWeb3Signer(init);
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    fake.#url = `${init.tls ? "https" : "http"}://127.0.0.1:${(fake.#server.address() as AddressInfo).port}`;
    return fake;
  }

  get url(): string {
    return this.#url;
  }

  /** Connections that were ever opened to it. */
  get socketCount(): number {
    return this.#sockets;
  }

  closeIdleConnections(): void {
    this.#server.closeIdleConnections();
  }

  /** Until it was asked so many times since it began. */
  async asked(times: number): Promise<void> {
    while (this.requests.length < times) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = this.#note(incoming, Buffer.concat(chunks).toString());
    const fault = request.operation === "unknown" ? undefined : this.faults.get(request.operation);
    if (fault?.kind === "delay") await fault.until;
    if (fault !== undefined && applyFault(fault, response)) return;
    if (request.operation === "publicKeys") {
      return void response.writeHead(200, JSON_TYPE).end(JSON.stringify([...this.pubkeys]));
    }
    if (request.operation === "sign") return this.#sign(request, response, fault);
    response.writeHead(404).end();
  }

  #note(incoming: IncomingMessage, text: string): FakeWeb3SignerRequest {
    const path = incoming.url ?? "";
    const {headers} = incoming;
    const isSign = incoming.method === "POST" && path.startsWith(SIGN_PATH);
    const isList = incoming.method === "GET" && path === "/api/v1/eth2/publicKeys";
    const operation = isSign ? "sign" : isList ? "publicKeys" : "unknown";
    const request = {operation, headers, path, body: isSign ? (JSON.parse(text) as Json) : {}} as const;
    this.requests.push(request);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    return request;
  }

  #sign({path, body, headers}: FakeWeb3SignerRequest, response: ServerResponse, fault?: FakeWeb3SignerFault): void {
    const complaints = this.#complaintsAbout(body, headers);
    this.complaints.push(...complaints);
    if (complaints.length > 0) return void response.writeHead(400).end();
    const pubkey = path.slice(SIGN_PATH.length) as Pubkey;
    if (!this.pubkeys.has(pubkey)) return void response.writeHead(404).end();
    const root = fault?.kind === "other_root" ? fault.signingRoot : (body.signingRoot as Root);
    const signature = bytesToHex(this.#init.sign(pubkey, root));
    if (this.answersInText) response.writeHead(200, {"content-type": "text/plain; charset=utf-8"}).end(signature);
    else response.writeHead(200, JSON_TYPE).end(JSON.stringify({signature}));
  }

  #complaintsAbout(body: Json, headers: IncomingMessage["headers"]): string[] {
    const {openApi} = this.#init;
    const complaints = openApi === null ? [] : openApi.checkRequest(SIGN, asDescribed(body));
    if (headers["content-type"] !== "application/json") complaints.push(`content type ${headers["content-type"]}`);
    if (headers.accept !== "application/json") complaints.push(`accepts ${headers.accept}`);
    try {
      const root = signingRootOfBody(body, this.#init);
      if (root !== body.signingRoot) complaints.push(`${body.type}: told ${root}, to be signed ${body.signingRoot}`);
    } catch (error) {
      complaints.push(`${body.type}: ${error}`);
    }
    return complaints;
  }
}

const SIGN_PATH = "/api/v1/eth2/sign/";
const JSON_TYPE = {"content-type": "application/json; charset=utf-8"};

/** The description ends with Deneb. What has come since has the same shape: headers for blocks, and aggregates beside a version. */
function asDescribed(body: Json): Json {
  switch (body.type) {
    case "BLOCK_V2":
      return {...body, beacon_block: {...(body.beacon_block as Json), version: "DENEB"}};
    case "AGGREGATE_AND_PROOF_V2":
      return {...body, type: "AGGREGATE_AND_PROOF", aggregate_and_proof: (body.aggregate_and_proof as Json).data};
    default:
      return body;
  }
}

/** True when the fault is the whole answer. */
function applyFault(fault: FakeWeb3SignerFault, response: ServerResponse): boolean {
  switch (fault.kind) {
    case "hang":
      return true;
    case "status":
      response.writeHead(fault.status).end("{}");
      return true;
    case "text":
      response.writeHead(200, {"content-type": fault.contentType}).end(fault.text);
      return true;
    case "oversized":
      response.writeHead(200, JSON_TYPE);
      response.end(Buffer.alloc(fault.sizeBytes, " "));
      return true;
    case "reset":
      response.socket?.resetAndDestroy();
      return true;
    case "truncate":
      response.writeHead(200, {...JSON_TYPE, "content-length": "1000"});
      response.write('{"signature":');
      // The bytes are on their way before the connection goes.
      setImmediate(() => response.socket?.end());
      return true;
    case "garbage":
      response.socket?.end("this is no HTTP\r\n\r\n");
      return true;
    default:
      return false;
  }
}
