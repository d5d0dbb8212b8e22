import assert from "node:assert/strict";
import {noise} from "@chainsafe/libp2p-noise";
import type {Libp2p, Stream} from "@libp2p/interface";
import {tcp} from "@libp2p/tcp";
import {yamux} from "@libp2p/yamux";
import {createLibp2p} from "libp2p";
import {frugalYamux} from "../../src/yamux-seams.ts";
import {until} from "./open-networks.ts";

const PROTOCOL = "/test/1";
const MESSAGE = new Uint8Array(1_000);
/** Less than half of the 256 KiB that a window has at first. */
const FEW = 100;
/** More than all of it. */
const MANY = 1_000;

type Yamux = typeof yamux | typeof frugalYamux;

describe("frugalYamux", () => {
  const started: Libp2p[] = [];
  afterEach(() => Promise.all(started.splice(0).map((host) => host.stop())));

  async function open(muxer: Yamux): Promise<Libp2p> {
    const host = await createLibp2p({
      addresses: {listen: ["/ip4/127.0.0.1/tcp/0"]},
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [muxer({})],
      connectionMonitor: {enabled: false},
    });
    started.push(host);
    return host;
  }

  /** How often the sender was told that the window is open, by then. */
  async function updates(muxer: Yamux, messages: number): Promise<number> {
    const [receiver, sender] = [await open(muxer), await open(yamux)];
    let receivedBytes = 0;
    await receiver.handle(PROTOCOL, (stream) => {
      stream.addEventListener("message", ({data}) => {
        receivedBytes += data.byteLength;
      });
    });
    const connection = await sender.dial(receiver.getMultiaddrs());
    const stream = (await connection.newStream(PROTOCOL)) as Stream & {handleWindowUpdate(frame: unknown): void};
    const {handleWindowUpdate} = stream;
    let count = 0;
    stream.handleWindowUpdate = (frame) => {
      count++;
      handleWindowUpdate.call(stream, frame);
    };
    for (let sent = 0; sent < messages; sent++) {
      if (!stream.send(MESSAGE)) await stream.onDrain();
      // As gossip goes out: a frame by itself.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until("all that was sent", () => receivedBytes === messages * MESSAGE.length);
    return count;
  }

  it("says once that half of a window is used up, and lets any number of bytes through", async () => {
    const few = await updates(frugalYamux, FEW);
    assert.ok(few <= 2, `${few}`);
    const many = await updates(frugalYamux, MANY);
    assert.ok(many >= 2 && many <= 20, `${many}`);
    // What the count would be without it.
    const plain = await updates(yamux, FEW);
    assert.ok(plain >= FEW / 2, `${plain}`);
  });
});
