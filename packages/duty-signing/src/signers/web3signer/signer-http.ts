import {type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage} from "node:http";
import {Agent as HttpsAgent, request as httpsRequest} from "node:https";
import type {Clock} from "@mote/core";
import type {Urgency} from "../../urgency.ts";
import {parseSignerUrl, type SignerAddress, type SignerTls} from "./signer-address.ts";
import {WaitingLine} from "./waiting-line.ts";

/** Signatures that a signer is asked for side by side; the others wait their turn. Web3Signer works on far fewer at once. */
const SOCKETS_MAX = 16;
const HEADERS_SIZE_BYTES_MAX = 16_384;

export interface SignerRequest {
  readonly method: "GET" | "POST";
  /** From the base URL on. */
  readonly path: string;
  readonly body?: Uint8Array;
  readonly urgency: Urgency;
  readonly answerSizeBytesMax: number;
  /** From the call to the last byte of the answer, the wait for a free connection included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface SignerAnswer {
  readonly status: number;
  /** Media type in lower case, without parameters; empty when the answer names none. */
  readonly contentType: string;
  readonly text: string;
}

/** The message is a part of a sentence that begins with the signer. It holds nothing of what the other side said. */
export class SignerUnreachableError extends Error {
  override name = "SignerUnreachableError";
  /** The other side had closed a kept-alive connection before a byte of its answer came. */
  readonly isStaleConnection: boolean;

  constructor(message: string, isStaleConnection = false) {
    super(message);
    this.isStaleConnection = isStaleConnection;
  }
}

/** HTTP to one remote signer over one pool of kept-alive connections. Nothing is read beyond its bound, redirects are not followed. */
export class SignerHttp {
  readonly address: SignerAddress;
  readonly #agent: HttpAgent;
  /** The pool itself serves who came first. */
  readonly #line = new WaitingLine({placesMax: SOCKETS_MAX});
  readonly #clock: Clock;

  /** @throws {InvalidValueError} when `url` cannot be used. The PEM texts have been checked before. */
  constructor(init: {readonly url: string; readonly tls: SignerTls}, components: {readonly clock: Clock}) {
    this.address = parseSignerUrl(init.url);
    const options = {keepAlive: true, noDelay: true, maxSockets: SOCKETS_MAX, maxFreeSockets: SOCKETS_MAX};
    this.#agent = this.address.isSecure ? new HttpsAgent({...options, ...init.tls}) : new HttpAgent(options);
    this.#clock = components.clock;
  }

  /** The whole answer, whatever its status. @throws {SignerUnreachableError} */
  async request(request: SignerRequest): Promise<SignerAnswer> {
    const deadlineMs = this.#clock.nowMs() + request.timeoutMs;
    for (let staleCount = 0; ; staleCount++) {
      // A wall clock that was set back must not make the wait longer.
      const timeoutMs = Math.min(request.timeoutMs, deadlineMs - this.#clock.nowMs());
      try {
        return await this.#exchange({...request, timeoutMs});
      } catch (error) {
        const isStale = error instanceof SignerUnreachableError && error.isStaleConnection;
        // All of the pool may be stale, and no more than that.
        if (!isStale || staleCount === SOCKETS_MAX) throw error;
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(request: SignerRequest): Promise<SignerAnswer> {
    return new Promise((resolve, reject) => {
      const {signal, timeoutMs} = request;
      if (signal?.aborted) return reject(new SignerUnreachableError("was not asked: the key is gone"));
      let outgoing: ClientRequest | null = null;
      let isSettled = false;
      const settle = (end: () => void) => {
        if (isSettled) return;
        isSettled = true;
        cancelTimeout();
        signal?.removeEventListener("abort", onAbort);
        end();
        if (outgoing !== null) this.#line.leave();
      };
      const fail = (why: string, isStale = false) =>
        settle(() => {
          reject(new SignerUnreachableError(why, isStale));
          outgoing?.destroy();
        });
      const onAbort = () => fail("was not waited for: the key is gone");
      const cancelTimeout = this.#clock.after(timeoutMs, () => fail(`did not answer within ${request.timeoutMs} ms`));
      signal?.addEventListener("abort", onAbort, {once: true});
      this.#line.join(request.urgency, () => {
        if (isSettled) return false;
        outgoing = this.#open(request);
        send(outgoing, request, {resolve: (answer) => settle(() => resolve(answer)), fail});
        return true;
      });
    });
  }

  #open({method, path, body}: SignerRequest): ClientRequest {
    const {isSecure, hostname, port, pathPrefix, authorization} = this.address;
    return (isSecure ? httpsRequest : httpRequest)({
      agent: this.#agent,
      method,
      hostname,
      port,
      path: pathPrefix + path,
      maxHeaderSize: HEADERS_SIZE_BYTES_MAX,
      headers: {
        accept: "application/json",
        "user-agent": "mote",
        ...(authorization === null ? {} : {authorization}),
        ...(body === undefined ? {} : {"content-type": "application/json", "content-length": body.length}),
      },
    });
  }
}

/** How the system says that the other side had gone before it was asked. */
const STALE_CODES = new Set(["ECONNRESET", "EPIPE"]);

interface Settle {
  readonly resolve: (answer: SignerAnswer) => void;
  readonly fail: (why: string, isStale?: boolean) => void;
}

function send(outgoing: ClientRequest, {body, answerSizeBytesMax}: SignerRequest, settle: Settle): void {
  let hasAnswered = false;
  outgoing.on("error", (error: NodeJS.ErrnoException) => {
    const isStale = outgoing.reusedSocket && !hasAnswered && STALE_CODES.has(error.code ?? "");
    settle.fail(describe(error, hasAnswered), isStale);
  });
  outgoing.on("response", (response) => {
    hasAnswered = true;
    readBounded(response, answerSizeBytesMax, settle);
  });
  // Without an error before it, as after an answer of 101.
  outgoing.on("close", () => settle.fail(hasAnswered ? "broke off in its answer" : "closed the connection"));
  outgoing.end(body);
}

function readBounded(response: IncomingMessage, sizeBytesMax: number, {resolve, fail}: Settle): void {
  // Whole at once: a list of pieces would cost a hundred times their size when single bytes come.
  const bytes = Buffer.allocUnsafe(sizeBytesMax);
  let sizeBytes = 0;
  response.on("error", (error) => fail(describe(error, true)));
  response.on("data", (chunk: Buffer) => {
    if (sizeBytes + chunk.length > sizeBytesMax) return fail(`answered with more than ${sizeBytesMax} bytes`);
    bytes.set(chunk, sizeBytes);
    sizeBytes += chunk.length;
  });
  response.on("end", () => {
    if (!response.complete) return fail("broke off in its answer");
    const text = bytes.toString("utf8", 0, sizeBytes);
    resolve({status: response.statusCode ?? 0, contentType: mediaTypeOf(response), text});
  });
}

const mediaTypeOf = ({headers}: IncomingMessage): string =>
  (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

function describe(error: NodeJS.ErrnoException, hasAnswered: boolean): string {
  const code = error.code ?? error.name;
  if (code.startsWith("HPE_")) return `did not answer in HTTP (${code})`;
  return hasAnswered ? `broke off in its answer (${code})` : `cannot be reached (${code})`;
}
