import assert from "node:assert/strict";
import {randomBytes} from "node:crypto";
import {noise} from "@chainsafe/libp2p-noise";
import type {ConnectionEncrypter, Libp2p, MessageStream, Stream} from "@libp2p/interface";
import {tcp} from "@libp2p/tcp";
import {yamux} from "@libp2p/yamux";
import {createLibp2p} from "libp2p";
import {frugalNoise} from "../../src/noise-seams.ts";
import {until} from "./open-networks.ts";

const PROTOCOL = "/test/1";
const MESSAGES = 50;

/** Of yamux: a frame of type 2 with the flag SYN, whose answer is as long. hashicorp/yamux spec.md */
const PING = Buffer.from("000200010000000000000000", "hex");
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

type Noise = typeof noise | typeof frugalNoise;

/** What goes to the transport: the pieces of each write are written by themselves. */
interface Written {
  pieces: number;
}

describe("frugalNoise", () => {
  const started: Libp2p[] = [];
  afterEach(() => Promise.all(started.splice(0).map((host) => host.stop())));

  async function open(encrypter: Noise, written: Written = {pieces: 0}): Promise<Libp2p> {
    const host = await createLibp2p({
      addresses: {listen: ["/ip4/127.0.0.1/tcp/0"]},
      transports: [tcp()],
      connectionEncrypters: [counting(encrypter, written)],
      streamMuxers: [yamux()],
      connectionMonitor: {enabled: false},
    });
    started.push(host);
    return host;
  }

  /** Two hosts, a stream between them, and what has come through it. */
  async function connect(encrypter: Noise) {
    const written: Written = {pieces: 0};
    const [receiver, sender] = [await open(encrypter), await open(encrypter, written)];
    const received: Uint8Array[] = [];
    let isEnded = false;
    await receiver.handle(PROTOCOL, (stream) => {
      stream.addEventListener("message", ({data}) => {
        received.push(data.slice());
      });
      stream.addEventListener("remoteCloseWrite", () => {
        isEnded = true;
      });
    });
    const connection = await sender.dial(receiver.getMultiaddrs());
    const stream = await connection.newStream(PROTOCOL);
    // What opens a connection is over when something has come through.
    stream.send(new Uint8Array(1));
    await until("the first byte", () => received.length > 0);
    received.pop();
    return {stream, connection, written, received: () => Buffer.concat(received), isEnded: () => isEnded};
  }

  async function piecesOf(encrypter: Noise): Promise<number> {
    const {stream, written, received} = await connect(encrypter);
    const messages = Array.from({length: MESSAGES}, (_, nth) => Buffer.alloc(200, nth));
    const before = written.pieces;
    for (const message of messages) stream.send(message);
    await until("all messages", () => received().length === MESSAGES * 200);
    assert.deepEqual(received(), Buffer.concat(messages));
    return written.pieces - before;
  }

  it("writes once what is sent in one turn of the loop", async () => {
    const pieces = await piecesOf(frugalNoise);
    assert.ok(pieces <= 2, `${pieces}`);
    // What the count would be without it.
    const plain = await piecesOf(noise);
    assert.ok(plain >= 2 * MESSAGES, `${plain}`);
  });

  it("lets any number of bytes through, as they were", async () => {
    const {stream, received} = await connect(frugalNoise);
    const bytes = randomBytes(3_000_000);
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + (bytes[at] as number) * 600;
      if (!stream.send(bytes.subarray(at, at + size))) await stream.onDrain();
      at += size;
    }
    await until("all bytes", () => received().length === bytes.length);
    assert.ok(received().equals(bytes));
  });

  it("is understood by a host that has the library's own, and understands it", async () => {
    for (const [ours, theirs] of [
      [frugalNoise, noise],
      [noise, frugalNoise],
    ] as const) {
      const [receiver, sender] = [await open(theirs), await open(ours)];
      await receiver.handle(PROTOCOL, (stream: Stream) => {
        stream.addEventListener("message", ({data}) => {
          stream.send(data);
        });
      });
      const stream = await (await sender.dial(receiver.getMultiaddrs())).newStream(PROTOCOL);
      let echoedBytes = 0;
      stream.addEventListener("message", ({data}) => {
        echoedBytes += data.byteLength;
      });
      for (let sent = 0; sent < MESSAGES; sent++) stream.send(new Uint8Array(100));
      await until("the echo", () => echoedBytes === MESSAGES * 100);
    }
  });

  it("loses nothing that was sent before a stream and its connection were closed", async () => {
    const {stream, connection, received, isEnded} = await connect(frugalNoise);
    stream.send(new Uint8Array(1_000));
    await stream.close();
    await connection.close();
    await until("the end", isEnded);
    assert.equal(received().length, 1_000);
  });

  it("ends a connection whose other side pings without end and reads no answer, and says why", async () => {
    const theirs: MessageStream[] = [];
    const receiver = await open(frugalNoise);
    const sender = await open((() => watching(noise(), (secured) => theirs.push(secured))) as Noise);
    const ends: (Error | undefined)[] = [];
    receiver.addEventListener("connection:open", ({detail}) => {
      detail.addEventListener("close", ({error}) => void ends.push(error));
    });
    await sender.dial(receiver.getMultiaddrs());
    const [stream] = theirs;
    assert.ok(stream !== undefined);
    stream.pause();
    const pings = Buffer.concat(Array.from({length: 5_000}, () => PING));
    for (let sent = 0; sent < 40 * 2 ** 20 && ends.length === 0; sent += pings.length) {
      if (stream.status === "open" && !stream.send(pings))
        await Promise.race([stream.onDrain().catch(() => {}), tick()]);
    }
    await until("the end", () => ends.length === 1);
    assert.equal(ends[0]?.name, "StreamBufferError");
  });

  it("says at once that a connection is closed", async () => {
    const secured: MessageStream[] = [];
    const receiver = await open(noise);
    const sender = await open((() => watching(frugalNoise(), (connection) => secured.push(connection))) as Noise);
    const connection = await sender.dial(receiver.getMultiaddrs());
    const [stream] = secured;
    assert.ok(stream !== undefined);
    connection.abort(new Error("enough"));
    assert.throws(() => stream.send(new Uint8Array(1)), {name: "StreamStateError"});
  });
});

type Components = Parameters<ReturnType<typeof noise>>[0];

function counting(create: Noise, written: Written): (components: Components) => ConnectionEncrypter {
  return (components) => {
    const encrypter: ConnectionEncrypter = create()(components);
    const secureOutbound = encrypter.secureOutbound.bind(encrypter);
    encrypter.secureOutbound = (connection, options) => {
      const send = connection.send.bind(connection);
      connection.send = (data) => {
        written.pieces += data instanceof Uint8Array ? 1 : [...data].length;
        return send(data);
      };
      return secureOutbound(connection, options);
    };
    return encrypter;
  };
}

function watching(create: ReturnType<typeof frugalNoise>, onSecured: (connection: MessageStream) => void) {
  return (components: Components): ConnectionEncrypter => {
    const encrypter = create(components);
    const secureOutbound = encrypter.secureOutbound.bind(encrypter);
    encrypter.secureOutbound = async (connection, options) => {
      const secured = await secureOutbound(connection, options);
      onSecured(secured.connection);
      return secured;
    };
    return encrypter;
  };
}
