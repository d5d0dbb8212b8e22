import {createServer, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import type {NodeStatus} from "../status/node-status.ts";
import {TokenCheck} from "./keymanager/api-token.ts";

/** Who may ask is on this machine; the token keeps its other users out. */
const ADDRESS = "127.0.0.1";
const HEADERS_SIZE_BYTES_MAX = 8 * 1024;
const CONNECTIONS_MAX = 8;
const REQUEST_TIMEOUT_MS = 5_000;
/** Who says nothing keeps its place no longer than this beyond the timeout. */
const CONNECTIONS_CHECK_PAUSE_MS = 2_000;

/** Serves `GET /status` to whoever has the token, and nothing else. */
export class StatusServer {
  readonly #server: Server;

  constructor(init: {readonly token: string}, components: {readonly status: () => NodeStatus}) {
    const tokenCheck = new TokenCheck(init);
    this.#server = createServer(
      {
        maxHeaderSize: HEADERS_SIZE_BYTES_MAX,
        requestTimeout: REQUEST_TIMEOUT_MS,
        headersTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: CONNECTIONS_CHECK_PAUSE_MS,
      },
      (request, response) => {
        if (tokenCheck.judge(request.headers.authorization) !== "right") response.writeHead(401).end();
        else if (request.method !== "GET" || request.url !== "/status") response.writeHead(404).end();
        else {
          const body = JSON.stringify(components.status());
          response.writeHead(200, {"content-type": "application/json", "cache-control": "no-store"}).end(body);
        }
      },
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
    // It never keeps the process alive by itself.
    this.#server.unref();
  }

  /** @returns the base URL. Rejects when it cannot listen */
  start(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, ADDRESS, () => {
        const {port} = this.#server.address() as AddressInfo;
        resolve(`http://${ADDRESS}:${port}`);
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
