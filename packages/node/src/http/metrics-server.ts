import {createServer, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";

const HEADERS_SIZE_BYTES_MAX = 8 * 1024;
const CONNECTIONS_MAX = 16;
const REQUEST_TIMEOUT_MS = 5_000;

/** The exposition text; null while there is nothing to measure yet. */
export type Scrape = () => Promise<{readonly contentType: string; readonly text: string} | null>;

/** Serves `GET /metrics` and nothing else. */
export class MetricsServer {
  readonly #server: Server;
  readonly #init: {readonly address: string; readonly port: number};

  constructor(init: {readonly address: string; readonly port: number}, components: {readonly scrape: Scrape}) {
    this.#init = init;
    this.#server = createServer(
      {maxHeaderSize: HEADERS_SIZE_BYTES_MAX, requestTimeout: REQUEST_TIMEOUT_MS},
      async (request, response) => {
        if (request.method !== "GET" || request.url !== "/metrics") {
          response.writeHead(404).end();
          return;
        }
        const scraped = await components.scrape();
        if (scraped === null) response.writeHead(503).end();
        else response.writeHead(200, {"content-type": scraped.contentType}).end(scraped.text);
      },
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /**
   * @returns the port that it listens on
   * @throws {ExitError} when the address cannot be listened on
   */
  start(): Promise<number> {
    const {address, port} = this.#init;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        const why =
          error.code === "EADDRINUSE" ? "the port is in use; choose another by --metrics-port" : error.message;
        reject(new ExitError(`metrics cannot be served at ${address}:${port}: ${why}`, EXIT_NEEDS_HUMAN));
      });
      this.#server.listen(port, address, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
