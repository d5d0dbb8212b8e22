import {createServer, type IncomingMessage, type Server, type ServerResponse} from "node:http";
import type {AddressInfo} from "node:net";
import type {Cancel} from "@mote/core";
import {FakeClock} from "@mote/testing";
import type {DevnetChain} from "../../src/chain.ts";
import type {InteropKeys} from "../../src/interop-keys.ts";
import {Cluster} from "../../src/middleware/cluster.ts";
import {Middleware} from "../../src/middleware/middleware.ts";
import {GENESIS_TIME_SEC, TestVoters, testChain, testKeys} from "../chain/support.ts";
import {TestValidators} from "../support/test-validators.ts";

export const SHAPE = {threshold: 3, operators: 4};
export const VALIDATORS = 16;

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** A beacon node that says what the test wants, and remembers what it was asked. */
export class FakeUpstream {
  readonly asked: Asked[] = [];
  reply: (asked: Asked, response: ServerResponse) => Reply | null | Promise<Reply | null> = () => ({});
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen({port: 0, host: "127.0.0.1"}, resolve));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** What came to a path, query left out. */
  askedFor(path: string): Asked[] {
    return this.asked.filter((each) => each.path.split("?")[0] === path);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const {method = "", url: path = "", headers} = request;
    const asked = {method, path, headers, body: Buffer.concat(chunks).toString()};
    this.asked.push(asked);
    const reply = await this.reply(asked, response);
    if (reply === null) return;
    response.writeHead(reply.status ?? 200, {"content-type": "application/json", ...reply.headers});
    response.end(reply.json === undefined ? "" : JSON.stringify(reply.json));
  }
}

class ShareVoters extends TestVoters {
  override readonly keys: InteropKeys;

  constructor(chain: DevnetChain, keys: InteropKeys) {
    super(chain);
    this.keys = keys;
  }
}

/** Stands until it is advanced, and tells when somebody waits for it. */
export class WaitedClock extends FakeClock {
  #begunCount = 0;
  readonly #listeners = new Set<() => void>();

  override after(delayMs: number, run: () => void): Cancel {
    this.#begunCount++;
    for (const listener of this.#listeners) listener();
    return super.after(delayMs, run);
  }

  /** To be called before what begins to wait. Resolves when `count` more waits have begun. */
  waits(count: number): Promise<void> {
    const goal = this.#begunCount + count;
    return new Promise((resolve) => {
      const listener = () => {
        if (this.#begunCount < goal) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }
}

/** One operator's side: it signs with its shares and speaks to its port. */
export class TestOperator {
  readonly url: string;
  readonly voters: TestVoters;
  readonly validators: TestValidators;
  readonly keys: InteropKeys;

  constructor(init: {readonly url: string; readonly keys: InteropKeys}, chain: DevnetChain) {
    this.url = init.url;
    this.keys = init.keys;
    this.voters = new ShareVoters(chain, init.keys);
    this.validators = new TestValidators(chain, init.keys);
  }

  get(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`);
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const json = {"content-type": "application/json", ...headers};
    return fetch(`${this.url}${path}`, {method: "POST", headers: json, body: JSON.stringify(body)});
  }
}

/** A middleware between a chain's clients and a beacon node that is none. */
export class MiddlewareUnderTest {
  readonly chain: DevnetChain;
  readonly upstream = new FakeUpstream();
  readonly clock = new WaitedClock({nowMs: GENESIS_TIME_SEC * 1000});
  readonly said: string[] = [];
  middleware!: Middleware;
  operators: readonly TestOperator[] = [];

  constructor(fork: "fulu" | "gloas" = "fulu") {
    this.chain = testChain(fork, VALIDATORS);
  }

  async open(): Promise<void> {
    await this.upstream.listen();
    const keys = testKeys(VALIDATORS);
    const {chain, clock} = this;
    this.middleware = await Middleware.open(
      {shape: SHAPE, keys, urls: [this.upstream.url]},
      {config: chain.config, clock, log: (line) => this.said.push(line)},
    );
    const cluster = new Cluster({keys, shape: SHAPE});
    this.operators = this.middleware.operators.map(({url}, operator) => {
      const shares = cluster.shares(operator).map(({secretKey, publicKey, pubkey}) => {
        return {secretKey, pubkey, publicKey: publicKey.toBytes()};
      });
      return new TestOperator({url, keys: shares}, chain);
    });
  }

  /** @throws when there is none */
  operator(at: number): TestOperator {
    const operator = this.operators[at];
    if (operator === undefined) throw new Error(`no operator ${at}`);
    return operator;
  }

  async close(): Promise<void> {
    await this.middleware.close();
    await this.upstream.close();
  }
}
