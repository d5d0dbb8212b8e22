import {type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage} from "node:http";
import {Agent as HttpsAgent, request as httpsRequest} from "node:https";
import type {Cancel, Clock} from "@mote/core";
import {type BeaconFault, BeaconNodeError} from "../beacon-node-error.ts";
import {HEADERS_SIZE_BYTES_MAX, IDLE_SOCKETS_MAX, SOCKETS_MAX} from "../limits.ts";
import {type BeaconNodeAddress, parseBeaconNodeUrl} from "./beacon-node-address.ts";

export interface HttpRequest {
  /** Names the call in errors and metrics; it holds no value of the request. */
  readonly route: string;
  readonly method: "GET" | "POST";
  /** From the node's base on, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  readonly connectTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface BoundedHttpRequest extends HttpRequest {
  readonly bodySizeBytesMax: number;
  /** From the call to the last byte of the answer, however steadily bytes come. */
  readonly totalTimeoutMs: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Media type in lower case, without parameters; empty when the answer names none. */
  readonly contentType: string;
  readonly body: Buffer;
}

/** How an exchange ends; the first call counts. */
interface Settle<T> {
  resolve(value: T): void;
  fail(reason: BeaconFault, detail: string, status?: number): void;
}

/**
 * HTTP to one beacon node over kept-alive sockets. Nothing is read beyond its bound, redirects are not followed, compressed answers are not
 * accepted. Every failure is a {@link BeaconNodeError}.
 */
export class HttpClient {
  readonly #name: string;
  readonly #address: BeaconNodeAddress;
  readonly #agent: HttpAgent;
  readonly #clock: Clock;

  /** @throws {Error} when `url` is no http or https URL */
  constructor(init: {readonly name: string; readonly url: string}, components: {readonly clock: Clock}) {
    this.#name = init.name;
    this.#address = parseBeaconNodeUrl(init.url);
    const options = {keepAlive: true, noDelay: true, maxSockets: SOCKETS_MAX, maxFreeSockets: IDLE_SOCKETS_MAX};
    this.#agent = this.#address.secure ? new HttpsAgent(options) : new HttpAgent(options);
    this.#clock = components.clock;
  }

  /** The whole answer, whatever its status. */
  async request(request: BoundedHttpRequest): Promise<HttpResponse> {
    let stale = false;
    const attempt = () =>
      this.#exchange<HttpResponse>(
        request,
        this.#agent,
        (response, settle) => readBounded(response, request.bodySizeBytesMax, settle),
        (outgoing, settle) => {
          const cancel = this.#clock.after(request.totalTimeoutMs, () =>
            settle.fail("TIMED_OUT", `no complete answer within ${request.totalTimeoutMs} ms`),
          );
          outgoing.once("error", () => {
            stale = outgoing.reusedSocket;
          });
          return cancel;
        },
      );
    try {
      return await attempt();
    } catch (error) {
      // The node closed a kept-alive socket just as it was taken from the pool: nothing was answered, and a fresh socket will do.
      if (!stale || !(error instanceof BeaconNodeError) || error.reason !== "UNREACHABLE") throw error;
      return await attempt();
    }
  }

  /**
   * Hands on the body's bytes as they come, for as long as the node sends. Never resolves: a stream that ends is a fault.
   * @param onOpen called once when the node answered 200 with `contentType`
   */
  stream(
    request: HttpRequest & {readonly contentType: string; readonly responseTimeoutMs: number},
    handlers: {readonly onOpen: () => void; readonly onChunk: (chunk: Uint8Array) => void},
  ): Promise<never> {
    let cancelResponse: Cancel = () => {};
    return this.#exchange<never>(
      request,
      undefined,
      (response, settle) => {
        cancelResponse();
        const status = response.statusCode ?? 0;
        if (status !== 200) return settle.fail("HTTP_STATUS", `status ${status}`, status);
        if (mediaType(response) !== request.contentType)
          return settle.fail("MALFORMED", `not ${request.contentType}`, status);
        handlers.onOpen();
        response.on("data", handlers.onChunk);
        response.on("end", () => settle.fail("UNREACHABLE", "the node ended the stream"));
      },
      (_outgoing, settle) => {
        cancelResponse = this.#clock.after(request.responseTimeoutMs, () =>
          settle.fail("TIMED_OUT", `no answer within ${request.responseTimeoutMs} ms`),
        );
        return () => cancelResponse();
      },
    );
  }

  /** Closes idle sockets; calls under way must be aborted by their callers. */
  close(): void {
    this.#agent.destroy();
  }

  #exchange<T>(
    request: HttpRequest,
    agent: HttpAgent | undefined,
    onResponse: (response: IncomingMessage, settle: Settle<T>) => void,
    onSend: (outgoing: ClientRequest, settle: Settle<T>) => Cancel,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const {route, signal} = request;
      const faultOf = (reason: BeaconFault, detail: string, status?: number) =>
        new BeaconNodeError({reason, status, beaconNode: this.#name, route, detail});
      if (signal?.aborted) return reject(faultOf("ABORTED", "stopped before it was sent"));

      let settled = false;
      let answered = false;
      const cleanUp: Cancel[] = [];
      const finish = (end: () => void) => {
        if (settled) return;
        settled = true;
        for (const cancel of cleanUp) cancel();
        end();
      };
      const settle: Settle<T> = {
        resolve: (value) => finish(() => resolve(value)),
        fail: (reason, detail, status) =>
          finish(() => {
            reject(faultOf(reason, detail, status));
            outgoing.destroy();
          }),
      };

      const outgoing = this.#open(request, agent);
      const onAbort = () => settle.fail("ABORTED", "stopped");
      signal?.addEventListener("abort", onAbort, {once: true});
      cleanUp.push(() => signal?.removeEventListener("abort", onAbort), onSend(outgoing, settle));
      outgoing.on("socket", (socket) => {
        if (!socket.connecting) return;
        const cancel = this.#clock.after(request.connectTimeoutMs, () =>
          settle.fail("UNREACHABLE", `no connection within ${request.connectTimeoutMs} ms`),
        );
        cleanUp.push(cancel);
        socket.once(this.#address.secure ? "secureConnect" : "connect", cancel);
      });
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        const [reason, detail] = faultOfSocket(error, answered);
        settle.fail(reason, detail);
      });
      outgoing.on("response", (response) => {
        answered = true;
        response.on("error", (error: NodeJS.ErrnoException) => {
          const [reason, detail] = faultOfSocket(error, true);
          settle.fail(reason, detail);
        });
        onResponse(response, settle);
      });
      outgoing.end(request.body);
    });
  }

  #open(request: HttpRequest, agent: HttpAgent | undefined): ClientRequest {
    const {secure, hostname, port, pathPrefix, query, authorization} = this.#address;
    const headers: Record<string, string | number> = {...request.headers, "user-agent": "mote"};
    if (authorization !== null) headers.authorization = authorization;
    if (request.body !== undefined) headers["content-length"] = request.body.length;
    const ownQuery = query === "" || !request.path.includes("?") ? query : `&${query.slice(1)}`;
    return (secure ? httpsRequest : httpRequest)({
      // An event stream holds its socket for good: it gets one outside the pool.
      agent: agent ?? false,
      method: request.method,
      hostname,
      port,
      path: pathPrefix + request.path + ownQuery,
      headers,
      maxHeaderSize: HEADERS_SIZE_BYTES_MAX,
    });
  }
}

function readBounded(response: IncomingMessage, sizeBytesMax: number, settle: Settle<HttpResponse>): void {
  const status = response.statusCode ?? 0;
  const tooLarge = () => settle.fail("TOO_LARGE", `more than ${sizeBytesMax} bytes`, status);
  const declaredBytes = Number(response.headers["content-length"] ?? 0);
  const encoding = response.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    settle.fail("MALFORMED", "compressed, which was not asked for", status);
  } else if (declaredBytes > sizeBytesMax) {
    tooLarge();
  }
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  response.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > sizeBytesMax) return tooLarge();
    chunks.push(chunk);
  });
  response.on("end", () => {
    if (!response.complete) return settle.fail("TRUNCATED", `broke off after ${sizeBytes} bytes`, status);
    settle.resolve({status, contentType: mediaType(response), body: Buffer.concat(chunks, sizeBytes)});
  });
}

const mediaType = (response: IncomingMessage): string =>
  (response.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

function faultOfSocket(error: NodeJS.ErrnoException, answered: boolean): [BeaconFault, string] {
  const code = error.code ?? error.name;
  if (code === "HPE_HEADER_OVERFLOW") return ["TOO_LARGE", `more than ${HEADERS_SIZE_BYTES_MAX} bytes of headers`];
  if (code.startsWith("HPE_")) return ["MALFORMED", `not HTTP (${code})`];
  return answered ? ["TRUNCATED", `broke off (${code})`] : ["UNREACHABLE", code];
}
