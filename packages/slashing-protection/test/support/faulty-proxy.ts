import {once} from "node:events";
import {connect, createServer, type Server, type Socket} from "node:net";

/** A TCP proxy before a server on loopback, that stalls and cuts at will. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #links = new Set<{readonly near: Socket; readonly far: Socket}>();
  #isStalled = false;
  /** When bytes of the client hold this text they still go to the server, and its answer does not come back. */
  #cutAfter: string | null = null;
  #counted: string | null = null;
  #count = 0;

  private constructor(targetPort: number) {
    this.#server = createServer((near) => this.#link(near, connect(targetPort, "127.0.0.1")));
  }

  static async start(targetPort: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(targetPort);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return address.port;
  }

  /** From here on nothing passes, and nothing is closed either. */
  stall(): void {
    this.#isStalled = true;
    for (const {near, far} of this.#links) {
      near.pause();
      far.pause();
    }
  }

  flow(): void {
    this.#isStalled = false;
    for (const {near, far} of this.#links) {
      near.resume();
      far.resume();
    }
  }

  /** Lets the next request with `text` through and cuts the line before the answer. */
  cutAfter(text: string): void {
    this.#cutAfter = text;
  }

  /** Begins to count how often the clients' bytes hold this text. */
  countFrom(text: string): void {
    this.#counted = text;
    this.#count = 0;
  }

  get count(): number {
    return this.#count;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const {near, far} of this.#links) {
      near.destroy();
      far.destroy();
    }
    await once(this.#server, "close");
  }

  #link(near: Socket, far: Socket): void {
    const link = {near, far};
    this.#links.add(link);
    let isCut = false;
    const end = (): void => {
      this.#links.delete(link);
      near.destroy();
      far.destroy();
    };
    near.on("data", (bytes) => {
      if (this.#cutAfter !== null && bytes.includes(this.#cutAfter)) {
        this.#cutAfter = null;
        isCut = true;
      }
      if (this.#counted !== null) this.#count += bytes.toString("latin1").split(this.#counted).length - 1;
      far.write(bytes);
    });
    far.on("data", (bytes) => {
      if (isCut) end();
      else near.write(bytes);
    });
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
    if (this.#isStalled) {
      near.pause();
      far.pause();
    }
  }
}
