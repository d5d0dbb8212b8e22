import {noise} from "@chainsafe/libp2p-noise";
import type {ConnectionEncrypter, MessageStream} from "@libp2p/interface";
import {Uint8ArrayList} from "uint8arraylist";
import {STREAM_WINDOW_BYTES_MAX} from "./reqresp/limits.ts";

/** Beyond this, what has come together goes at once: it fills a message of noise. */
const GATHERED_BYTES_MAX = 65_519;

/** What of the noise library this package leans on beyond its published interface. It is checked when it is used, as in `yamux-seams.ts`. */
interface SeenConnection extends MessageStream {
  readonly decoder: {lengthDecoder(data: Uint8ArrayList | Uint8Array): number};
  /** Above it the connection is aborted. Unset by the library. */
  maxWriteBufferLength?: number;
}
/**
 * What waits for a peer that does not read. Streams wait for its windows, but what the muxer answers to its pings waits here, and nothing else bounds it: some
 * answers that fill their windows at once have room.
 */
const UNSENT_BYTES_MAX = 4 * STREAM_WINDOW_BYTES_MAX;
/** Of every noise message. */
const LENGTH_SIZE_BYTES = 2;
/** More than there is, so that the decoder waits for more. */
const LENGTH_UNKNOWN = 0xffff;

type NoiseComponents = Parameters<ReturnType<typeof noise>>[0];

/**
 * noise for many small frames. What the muxer writes in one turn of the event loop is encrypted as one message and goes to the socket as one write: when a
 * batch of gossip is found valid, each of its messages goes to each peer of a mesh, and by itself each would be encrypted apart and written twice, its length
 * first. The end of what has come is seen without an exception, whose stack took longer than the decryption. And what a peer does not read is bounded.
 */
export function frugalNoise(): (components: NoiseComponents) => ConnectionEncrypter {
  return (components) => {
    const encrypter: ConnectionEncrypter = noise()(components);
    for (const way of ["secureInbound", "secureOutbound"] as const) {
      const secure = encrypter[way].bind(encrypter);
      encrypter[way] = async (connection, options) => {
        const secured = await secure(inOneWrite(connection), options);
        const gathered = new GatheredWrites(frugal(secured.connection as SeenConnection));
        beforeClose(connection, () => gathered.flushQuietly());
        return secured;
      };
    }
    return encrypter;
  };
}

/** The pieces of what is sent as one, which the transport would write one by one. */
function inOneWrite(connection: MessageStream): MessageStream {
  const send = connection.send.bind(connection);
  connection.send = (data) => send(data.subarray());
  return connection;
}

/** @throws {Error} when the library is not the one that this was written for */
function frugal(connection: SeenConnection): MessageStream {
  const {decoder} = connection;
  if (typeof decoder?.lengthDecoder !== "function") throw new Error("@chainsafe/libp2p-noise has changed: decoder");
  if (!("maxWriteBufferLength" in connection)) throw new Error("@libp2p/utils has changed: maxWriteBufferLength");
  connection.maxWriteBufferLength = UNSENT_BYTES_MAX;
  const {lengthDecoder} = decoder;
  decoder.lengthDecoder = (data) => (data.byteLength < LENGTH_SIZE_BYTES ? LENGTH_UNKNOWN : lengthDecoder(data));
  return connection;
}

/** Who uses a connection closes the one below it. */
function beforeClose(connection: MessageStream, run: () => void): void {
  const close = connection.close.bind(connection);
  connection.close = (options) => {
    run();
    return close(options);
  };
}

/** Takes the place of a connection's own `send`. */
class GatheredWrites {
  readonly #connection: MessageStream;
  readonly #send: MessageStream["send"];
  #gathered = new Uint8ArrayList();

  constructor(connection: MessageStream) {
    this.#connection = connection;
    this.#send = connection.send.bind(connection);
    connection.send = (data) => this.#take(data);
  }

  /** A connection that fails ends by itself, and says so to all that use it. */
  flushQuietly(): void {
    if (this.#connection.status !== "open") return;
    try {
      this.#flush();
    } catch {}
  }

  #take(data: Uint8Array | Uint8ArrayList): boolean {
    // Who writes to a closed connection is told so now, as without this.
    if (this.#connection.status !== "open") return this.#send(data);
    const isFirst = this.#gathered.byteLength === 0;
    this.#gathered.append(data);
    if (this.#gathered.byteLength >= GATHERED_BYTES_MAX) return this.#flush();
    if (isFirst) setImmediate(() => this.flushQuietly());
    return !this.#connection.writableNeedsDrain;
  }

  #flush(): boolean {
    const data = this.#gathered;
    this.#gathered = new Uint8ArrayList();
    // In one piece: thousands of small ones take twenty times the memory of their bytes while they wait.
    return data.byteLength === 0 || this.#send(data.subarray());
  }
}
