import {createServer, type IncomingMessage, type Server, type ServerResponse} from "node:http";
import type {AddressInfo} from "node:net";
import type {BenchChain} from "./bench-chain.ts";
import {answerOf, type ChainAnswer, type ChainRequest} from "./chain-answers.ts";
import type {BenchFault, BlockTaken} from "./chain-init.ts";

const SSZ = "application/octet-stream";
const VOTES_ROUTE = "POST /eth/v2/beacon/pool/attestations";
const SINGLE_ATTESTATION_SIZE_BYTES = 240;
const now = (): number => performance.now();

export interface BenchNodeComponents {
  readonly chain: BenchChain;
  /** So many votes, all of them of the head's slot, came in one request. */
  readonly onVotes: (votes: number) => void;
  readonly onBlock: (block: BlockTaken) => void;
  /** Asked first; null: as the others answer. */
  readonly ownAnswer?: (route: string, request: Omit<ChainRequest, "params">) => ChainAnswer | null;
}

/** One beacon node on a loopback port. */
export class BenchNode {
  fault: BenchFault["kind"] | null = null;
  readonly #c: BenchNodeComponents;
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  #port = 0;
  #blockAnswer = {slot: -1, sizeBytes: 0, lastByteMs: 0};

  constructor(components: BenchNodeComponents) {
    this.#c = components;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** A dead one refuses connections, a hanging one takes them and whatever they bring, and says nothing. */
  async become(fault: BenchFault["kind"] | null): Promise<void> {
    if (fault === this.fault) return;
    const before = this.fault;
    this.fault = fault;
    // Whoever hung in the meantime begins anew.
    if (fault === "dead" || before === "hanging") this.#server.closeAllConnections();
    if (fault === "dead") this.#server.close();
    if (before === "dead") await this.listen();
  }

  emitHead(): void {
    if (this.fault !== null) return;
    for (const stream of this.#streams)
      stream.write(`event: head\ndata: ${JSON.stringify(this.#c.chain.headEvent())}\n\n`);
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const firstByteMs = now();
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    if (this.fault !== null) return;
    const body = Buffer.concat(chunks);
    const {pathname, searchParams: query} = new URL(incoming.url ?? "/", "http://bench");
    const route = `${incoming.method} ${pathname}`;
    if (route === "GET /eth/v1/events") return this.#openStream(response);
    const isSsz = incoming.headers["content-type"] === SSZ;
    if (isSsz && !this.#hasSsz()) return void response.writeHead(415).end();
    this.#take(route, {body, isSsz, firstByteMs});
    this.#answer(route, {query, body}, String(incoming.headers.accept).startsWith(SSZ), response);
  }

  #answer(
    route: string,
    request: {query: URLSearchParams; body: Buffer},
    wantsSsz: boolean,
    response: ServerResponse,
  ): void {
    const {chain, ownAnswer} = this.#c;
    const answer = ownAnswer?.(route, request) ?? answerOf(chain, route, request);
    if (answer === null) return void response.writeHead(404, {"content-type": "application/json"}).end("{}");
    const ssz = wantsSsz && this.#hasSsz() ? answer.ssz : undefined;
    const bytes = ssz === undefined ? Buffer.from(JSON.stringify(answer.json())) : ssz();
    response.writeHead(200, {...answer.headers, "content-type": ssz === undefined ? "application/json" : SSZ});
    const slot = /validator\/blocks\/(\d+)$/.exec(route)?.[1];
    if (slot !== undefined) {
      response.once("finish", () => {
        this.#blockAnswer = {slot: Number(slot), sizeBytes: bytes.length, lastByteMs: now()};
      });
    }
    response.end(bytes);
  }

  #hasSsz(): boolean {
    const {init, headSlot} = this.#c.chain;
    return init.jsonFromSlot === null || headSlot < init.jsonFromSlot;
  }

  #take(route: string, {body, isSsz, firstByteMs}: {body: Buffer; isSsz: boolean; firstByteMs: number}): void {
    if (route === VOTES_ROUTE) {
      const votes = isSsz
        ? body.length / SINGLE_ATTESTATION_SIZE_BYTES
        : (JSON.parse(body.toString()) as unknown[]).length;
      this.#c.onVotes(votes);
    }
    if (route !== "POST /eth/v2/beacon/blocks") return;
    const {slot, sizeBytes, lastByteMs} = this.#blockAnswer;
    this.#c.onBlock({
      event: "block",
      slot,
      answerBytes: sizeBytes,
      requestBytes: body.length,
      toFirstByteMs: firstByteMs - lastByteMs,
      toLastByteMs: now() - lastByteMs,
    });
  }

  #openStream(response: ServerResponse): void {
    response.writeHead(200, {"content-type": "text/event-stream"});
    response.flushHeaders();
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  }
}
