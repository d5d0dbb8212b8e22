import {type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage} from "node:http";
import {Agent as HttpsAgent, request as httpsRequest} from "node:https";
import type {Cancel, Clock} from "@mote/core";
import {type BeaconFault, BeaconNodeError} from "../beacon-node-error.ts";
import {HEADERS_SIZE_BYTES_MAX, IDLE_SOCKETS_MAX, SOCKETS_MAX} from "../limits.ts";
import {
  type BeaconNodeAddress,
  checkExtraHeaders,
  checkTls,
  parseBeaconNodeUrl,
  redactor,
  type TlsTexts,
} from "./beacon-node-address.ts";
import {GrowingBytes} from "./growing-bytes.ts";

/** Where one node is, and how it wants to be called. Its credentials (in the URL, in header values, in keys) appear in no error. */
export interface HttpAddress {
  readonly url: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: TlsTexts;
}

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
  /** By its name in lower case; the first where a node sends several. */
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  /** Unix ms by our clock: the request of this answer went out, the head of the answer came in. */
  readonly sentMs: number;
  readonly receivedMs: number;
  /** Unix ms by the server's clock, cut to whole seconds: its `Date` header. */
  readonly serverDateMs: number | null;
}

/** How requests reach one node and its answers come back, within the bounds of each request. Every failure is a {@link BeaconNodeError}. */
export interface Transport extends Pick<HttpClient, "request" | "stream" | "redact" | "close"> {}

/** Opens the way to one node. @throws {Error} when its address cannot be used */
export type Connect = (
  address: HttpAddress & {readonly name: string},
  components: {readonly clock: Clock},
) => Transport;

export const connectByHttp: Connect = (address, components) => new HttpClient(address, components);

/** How an exchange ends; the first call counts. */
interface Settle<T> {
  resolve(value: T): void;
  fail(reason: BeaconFault, detail: string, status?: number): void;
}

/**
 * HTTP to one beacon node over kept-alive sockets. Nothing is read beyond its bound, redirects are not followed, compressed answers are not
 * accepted. Every failure is a {@link BeaconNodeError}.
 */
export class HttpClient implements Transport {
  readonly #name: string;
  readonly #address: BeaconNodeAddress;
  readonly #agent: HttpAgent;
  readonly #ownHeaders: Readonly<Record<string, string>>;
  readonly #tls: TlsTexts;
  readonly #clock: Clock;
  /** Blots out credentials, for texts of the remote side: it may repeat what it was sent. */
  readonly redact: (text: string) => string;

  /** @throws {Error} when `url` is no http or https URL, or a header or a PEM text cannot be used */
  constructor(init: HttpAddress & {readonly name: string}, components: {readonly clock: Clock}) {
    this.#name = init.name;
    this.#address = parseBeaconNodeUrl(init.url);
    const {authorization} = this.#address;
    this.#ownHeaders = {
      "user-agent": "mote",
      ...(authorization === null ? {} : {authorization}),
      ...checkExtraHeaders(init.headers ?? {}),
    };
    const headerValues = Object.values(init.headers ?? {}).flatMap((value) => [value, ...value.split(" ")]);
    const ofUrl = authorization === null ? [] : authorization.split(" ").slice(1);
    this.redact = redactor([...this.#address.secrets, ...ofUrl, ...headerValues]);
    this.#tls = checkTls(init.tls ?? {}, this.#address);
    const options = {
      ...this.#tls,
      keepAlive: true,
      noDelay: true,
      maxSockets: SOCKETS_MAX,
      maxFreeSockets: IDLE_SOCKETS_MAX,
    };
    this.#agent = this.#address.secure ? new HttpsAgent(options) : new HttpAgent(options);
    this.#clock = components.clock;
  }

  /** The whole answer, whatever its status. */
  async request(request: BoundedHttpRequest): Promise<HttpResponse> {
    let stale = false;
    const attempt = () => {
      const sentMs = this.#clock.nowMs();
      return this.#exchange<HttpResponse>(
        request,
        this.#agent,
        (response, settle) =>
          readBounded(response, {
            sizeBytesMax: request.bodySizeBytesMax,
            times: {sentMs, receivedMs: this.#clock.nowMs()},
            settle,
          }),
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
    };
    for (let staleCount = 0; ; staleCount++) {
      try {
        return await attempt();
      } catch (error) {
        // The node had closed a kept-alive socket of the pool: nothing was answered, and a fresh socket will do. All of the pool may be stale.
        const isStale: boolean = stale && error instanceof BeaconNodeError && error.reason === "UNREACHABLE";
        if (!isStale || staleCount === IDLE_SOCKETS_MAX) throw error;
        stale = false;
      }
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
        if (isCompressed(response)) return settle.fail("MALFORMED", COMPRESSED, status);
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
      // Without an error before it, as after an answer of 101.
      outgoing.on("close", () => settle.fail(answered ? "TRUNCATED" : "UNREACHABLE", "closed"));
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
    const {secure, hostname, port, pathPrefix, query} = this.#address;
    const headers: Record<string, string | number> = {...this.#ownHeaders, ...request.headers};
    if (request.body !== undefined) headers["content-length"] = request.body.length;
    const ownQuery = query === "" || !request.path.includes("?") ? query : `&${query.slice(1)}`;
    return (secure ? httpsRequest : httpRequest)({
      // An event stream holds its socket for good: it gets one outside the pool.
      agent: agent ?? false,
      ...(agent === undefined ? this.#tls : {}),
      method: request.method,
      hostname,
      port,
      path: pathPrefix + request.path + ownQuery,
      headers,
      maxHeaderSize: HEADERS_SIZE_BYTES_MAX,
    });
  }
}

interface BoundedReading {
  readonly sizeBytesMax: number;
  readonly times: Pick<HttpResponse, "sentMs" | "receivedMs">;
  readonly settle: Settle<HttpResponse>;
}

function readBounded(response: IncomingMessage, {sizeBytesMax, times, settle}: BoundedReading): void {
  const status = response.statusCode ?? 0;
  const tooLarge = () => settle.fail("TOO_LARGE", `more than ${sizeBytesMax} bytes`, status);
  const declaredBytes = Number(response.headers["content-length"] ?? 0);
  if (isCompressed(response)) settle.fail("MALFORMED", COMPRESSED, status);
  else if (declaredBytes > sizeBytesMax) tooLarge();
  const bytes = new GrowingBytes();
  response.on("data", (chunk: Buffer) => {
    if (bytes.sizeBytes + chunk.length > sizeBytesMax) return tooLarge();
    bytes.add(chunk);
  });
  response.on("end", () => {
    if (!response.complete) return settle.fail("TRUNCATED", `broke off after ${bytes.sizeBytes} bytes`, status);
    settle.resolve({
      status,
      contentType: mediaType(response),
      header: (name) => [response.headers[name]].flat()[0],
      body: bytes.take(),
      serverDateMs: parseHttpDate(response.headers.date),
      ...times,
    });
  });
}

const COMPRESSED = "compressed, which was not asked for";

function isCompressed({headers}: IncomingMessage): boolean {
  const encoding = headers["content-encoding"];
  return encoding !== undefined && encoding !== "identity";
}

const mediaType = (response: IncomingMessage): string =>
  (response.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** rfc-editor.org/rfc/rfc9110#section-5.6.7, the one form that servers may still send. Null for whatever else stands there. */
function parseHttpDate(date: string | undefined): number | null {
  if (date === undefined || !/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(date)) return null;
  const unixMs = Date.parse(date);
  return Number.isNaN(unixMs) ? null : unixMs;
}

function faultOfSocket(error: NodeJS.ErrnoException, answered: boolean): [BeaconFault, string] {
  const code = error.code ?? error.name;
  if (code === "HPE_HEADER_OVERFLOW") return ["TOO_LARGE", `more than ${HEADERS_SIZE_BYTES_MAX} bytes of headers`];
  if (code.startsWith("HPE_")) return ["MALFORMED", `not HTTP (${code})`];
  return answered ? ["TRUNCATED", `broke off (${code})`] : ["UNREACHABLE", code];
}
