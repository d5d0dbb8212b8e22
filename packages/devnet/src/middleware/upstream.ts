import {Agent, request as httpRequest, type IncomingMessage, type ServerResponse} from "node:http";
import {pipeline} from "node:stream";
import {InvalidValueError} from "@mote/core";
import {sendJson} from "../api/raw-http.ts";
import {JSON_TYPE} from "../api/wire-formats.ts";
import {type Answer, RefusedError} from "./answer.ts";

export interface Question {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

const ANSWER_SIZE_BYTES_MAX = 64 << 20;
const TIMEOUT_MS = 30_000;
/** They belong to one connection and are not passed on. */
const OF_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "host", "date"]);

/** The beacon node behind an operator. */
export class Upstream {
  readonly #url: URL;
  readonly #agent = new Agent({keepAlive: true});

  constructor(init: {readonly url: string}) {
    this.#url = new URL(init.url);
  }

  /** In JSON. @throws {RefusedError} 502 when there is no answer */
  async ask({method, path, headers = {}, body}: Question): Promise<Answer> {
    try {
      return await this.#ask(method, path, {headers: {...headers, accept: JSON_TYPE}, body});
    } catch (error) {
      throw new RefusedError(502, `The beacon node does not answer: ${(error as Error).message}`);
    }
  }

  /** Question and answer as they are, also those without an end. */
  pass(request: IncomingMessage, response: ServerResponse): void {
    const {method, url: path} = request;
    const outgoing = httpRequest(this.#url, {method, path, headers: passedOn(request.headers), agent: this.#agent});
    outgoing.once("error", () => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 502, {code: 502, message: "The beacon node does not answer"});
    });
    outgoing.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
      response.flushHeaders();
      pipeline(answer, response, (error) => {
        if (error) response.destroy();
      });
    });
    response.once("close", () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    request.pipe(outgoing);
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(
    method: string,
    path: string,
    {headers, body}: {readonly headers: Readonly<Record<string, string>>; readonly body: string | undefined},
  ): Promise<Answer> {
    const ofBody = body === undefined ? {} : {"content-type": JSON_TYPE, "content-length": Buffer.byteLength(body)};
    return new Promise((resolve, reject) => {
      const options = {method, path, headers: {...headers, ...ofBody}, agent: this.#agent, timeout: TIMEOUT_MS};
      const outgoing = httpRequest(this.#url, options);
      outgoing.once("error", reject);
      outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      outgoing.once("response", (answer) => readAnswer(answer).then(resolve, reject));
      outgoing.end(body);
    });
  }
}

async function readAnswer(answer: IncomingMessage): Promise<Answer> {
  const body = await readAtMost(answer, ANSWER_SIZE_BYTES_MAX);
  const kept = Object.entries(answer.headers).filter(([name]) => name.startsWith("eth-") || name === "content-type");
  return {status: answer.statusCode ?? 502, headers: Object.fromEntries(kept) as Record<string, string>, body};
}

/** @throws {InvalidValueError} when there is more */
export async function readAtMost(message: IncomingMessage, sizeBytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > sizeBytesMax) throw new InvalidValueError(`a body of more than ${sizeBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const passedOn = <T>(headers: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_CONNECTION.has(name)));
