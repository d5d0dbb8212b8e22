import {once} from "node:events";
import type {AddressInfo} from "node:net";
import {createServer} from "node:net";

/** Holds a port of this machine and closes every connection at once. */
export class UnwillingServer {
  readonly #server = createServer((socket) => {
    this.#tries++;
    this.#onTry();
    socket.destroy();
  });
  #tries = 0;
  #onTry: () => void = () => {};

  /** @returns the port */
  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when so many connections were made. */
  tries(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onTry = () => {
        if (this.#tries >= count) resolve();
      };
      this.#onTry();
    });
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }
}
