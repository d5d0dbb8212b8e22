import {strict as assert} from "node:assert";
import type {Slot} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {Endpoint} from "../../src/api/endpoint.ts";
import {ValidatorIndexes} from "../../src/api/validator-indexes.ts";
import type {DevnetFork} from "../../src/chain/types.ts";
import type {DevnetChain, DevnetChainInit} from "../../src/chain.ts";
import {type Dialect, PLAIN} from "../../src/dialects/dialect.ts";
import {FaultPlan} from "../../src/faults/fault-plan.ts";
import {parseFaultSpec} from "../../src/faults/fault-spec.ts";
import {LightClientServer} from "../../src/light-client/light-client-server.ts";
import type {ValidatorMessage} from "../../src/p2p/message.ts";
import {GENESIS_TIME_SEC, SlotPlayer, testChain} from "../chain/support.ts";

export interface Served {
  readonly chain: DevnetChain;
  readonly player: SlotPlayer;
  readonly clock: FakeClock;
  readonly endpoint: Endpoint;
}

export interface ServedOptions {
  readonly fork?: DevnetFork;
  readonly dialect?: Dialect;
  /** Slots 0 to this one are played with all their votes before the test begins. */
  readonly slots?: number;
  readonly heartbeatMs?: number;
  readonly validators?: number;
  readonly onPublished?: (message: ValidatorMessage) => void;
  readonly catchUp?: () => void;
  /** What is special about the chain. */
  readonly init?: Partial<DevnetChainInit>;
}

/** One endpoint over a chain that is played by hand. */
export async function serve(options: ServedOptions = {}): Promise<Served> {
  const chain = testChain(options.fork, options.validators, options.init);
  const player = new SlotPlayer(chain);
  const clock = new FakeClock({nowMs: GENESIS_TIME_SEC * 1000});
  const endpoint = await Endpoint.open(
    {name: "bn0", port: 0, dialect: options.dialect ?? PLAIN, heartbeatMs: options.heartbeatMs ?? 10_000},
    partsOf(chain, clock, options),
  );
  player.playTo(options.slots ?? -1);
  return {chain, player, clock, endpoint};
}

function partsOf(
  chain: DevnetChain,
  clock: FakeClock,
  {onPublished = () => {}, catchUp = () => {}}: Pick<ServedOptions, "onPublished" | "catchUp"> = {},
) {
  const lightClient = new LightClientServer({chain});
  return {chain, clock, lightClient, onPublished, catchUp, indexes: new ValidatorIndexes(chain.pubkeys)};
}

/** Another endpoint over the same chain. */
export async function serveBeside(served: Served, dialect: Dialect = PLAIN): Promise<Served> {
  const {chain, clock} = served;
  const endpoint = await Endpoint.open({name: "bn1", port: 0, dialect, heartbeatMs: 10_000}, partsOf(chain, clock));
  return {...served, endpoint};
}

/** Puts the endpoint into the faults that hold in `slot`. */
export const fault = ({endpoint}: Served, text: string, slot = 0): Promise<void> =>
  endpoint.setFaults(new FaultPlan([parseFaultSpec(text)]).endpointFaults("bn0", slot as Slot));

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
  readonly bytes: Uint8Array;
}

/** A bare request, so that the server is not judged by the library that it is made with. */
export async function call({endpoint}: Served, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(endpoint.url + path, {...init, signal: AbortSignal.timeout(10_000)});
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    json: isJson ? JSON.parse(Buffer.from(bytes).toString()) : undefined,
    bytes,
  };
}

export const post = (served: Served, path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(served, path, {
    method: "POST",
    body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
    headers: {"content-type": "application/json", ...headers},
  });

/** Reads Server-Sent Events until told otherwise. */
export class EventReader {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";

  private constructor(response: Response) {
    assert(response.body !== null);
    this.response = response;
    this.#reader = response.body.getReader();
  }

  static async open({endpoint}: Served, topics: string): Promise<EventReader> {
    return new EventReader(await fetch(`${endpoint.url}/eth/v1/events?${topics}`));
  }

  /** The next block of lines, without the empty line that ends it. */
  async next(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const {value, done} = await this.#reader.read();
      if (done) throw new Error("the stream ended");
      this.#text += Buffer.from(value).toString();
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
  async event(): Promise<{readonly topic: string; readonly data: any}> {
    const [first = "", second = ""] = (await this.next()).split("\n");
    return {topic: first.slice("event: ".length), data: JSON.parse(second.slice("data: ".length))};
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}
