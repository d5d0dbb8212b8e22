import {once} from "node:events";
import {createServer, request, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import {json} from "node:stream/consumers";

/** Bodies of these say what a node has signed; what it posts elsewhere are questions and wishes. */
const SIGNED_PATHS = [
  "/beacon/pool/",
  "/beacon/blocks",
  "/beacon/blinded_blocks",
  "/beacon/execution_payload_envelopes",
  "/validator/aggregate_and_proofs",
  "/validator/contribution_and_proofs",
  "/validator/register_validator",
  "/validator/proposer_preferences",
];
/** Asked with a signature of the proposer in the query. */
const RANDAO_QUERY = "randao_reveal=";

/** What is told in place of some answers. */
export interface Lie {
  /** Of the requests whose answers it changes. */
  readonly path: string;
  readonly told: (answer: object) => object;
}

/** Stands between one node and its beacon node, passes everything on, and keeps which requests there were. */
export class RequestTap {
  readonly requests: string[] = [];
  /** Null: the beacon node's own answers. */
  lie: Lie | null = null;
  readonly #target: URL;
  readonly #server: Server;

  constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, outgoing) => {
      this.requests.push(`${incoming.method} ${incoming.url}`);
      const {hostname, port} = this.#target;
      const {method = "GET", url = "/"} = incoming;
      const lie = this.lie !== null && url.startsWith(this.lie.path) ? this.lie : null;
      const headers = lie === null ? incoming.headers : {...incoming.headers, accept: "application/json"};
      const onward = request({hostname, port, method, path: url, headers}, (answer) => {
        if (lie !== null) {
          void json(answer).then((truth) => outgoing.end(JSON.stringify(lie.told(truth as object))));
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        // An event stream begins with its headers, long before its first event.
        outgoing.flushHeaders();
        answer.pipe(outgoing);
        answer.once("error", () => outgoing.destroy());
      });
      onward.once("error", () => outgoing.destroy());
      outgoing.once("close", () => onward.destroy());
      incoming.pipe(onward);
    });
  }

  /** @returns its own URL */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests that carried a signature. */
  get signed(): string[] {
    return this.requests.filter((each) => {
      if (each.includes(RANDAO_QUERY)) return true;
      return each.startsWith("POST ") && SIGNED_PATHS.some((path) => each.includes(path));
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
