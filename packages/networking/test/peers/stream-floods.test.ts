import assert from "node:assert/strict";
import type {Connection, Libp2p, Stream, StreamMuxer} from "@libp2p/interface";
import {INBOUND_STREAMS_MAX, watchStreams} from "../../src/peers/stream-floods.ts";
import {until} from "../host/open-networks.ts";
import {realClock} from "../host/real-clock.ts";
import {MUXERS, type Muxer, openHost} from "../reqresp/support/hosts.ts";

const PROTOCOL = "/test/1";
/** More than are told of on one connection. */
const MANY = 300;

describe("watchStreams", () => {
  const at = {ms: 0};
  const started: Libp2p[] = [];
  afterEach(() => Promise.all(started.splice(0).map((host) => host.stop())));

  async function open(muxer: Muxer): Promise<Libp2p> {
    const host = await openHost(muxer, {maxInboundStreams: INBOUND_STREAMS_MAX});
    started.push(host);
    return host;
  }

  /** A connection that is watched, from the other side. */
  async function watched(muxer: Muxer, {early = false} = {}) {
    const [watching, flooding] = [await open(muxer), await open(muxer)];
    const seen = {refused: 0, streams: 0};
    const clock = {nowMs: () => at.ms};
    await watching.handle(PROTOCOL, () => void seen.streams++, {maxInboundStreams: 1_000});
    watching.addEventListener("connection:open", ({detail}) =>
      watchStreams(detail, {clock, onRefused: () => seen.refused++}),
    );
    const connection = await flooding.dial(watching.getMultiaddrs());
    if (!early) await until("the connection", () => watching.getConnections().length === 1);
    const {muxer: other} = connection as Connection & {readonly muxer: StreamMuxer};
    /** Without a word on them: they cost the one who opens them nothing. */
    const openSilently = (count: number): Promise<Stream[]> =>
      Promise.all(Array.from({length: count}, async () => other.createStream()));
    return {seen, connection, openSilently, countOpen: () => watching.getConnections().length};
  }

  for (const muxer of MUXERS) {
    it(`is silent as long as no more are open than may be, however often, over ${muxer}`, async () => {
      const {seen, connection} = await watched(muxer);
      for (let i = 1; i <= 3 * INBOUND_STREAMS_MAX; i++) {
        const stream = await connection.newStream(PROTOCOL);
        await until("the stream", () => seen.streams === i);
        stream.abort(new Error("done"));
      }
      assert.equal(seen.refused, 0);
      assert.equal(connection.status, "open");
    });

    it(`tells of each stream that comes faster than anybody needs, over ${muxer}`, async () => {
      const {seen, connection} = await watched(muxer);
      const openAndReset = async (count: number) => {
        const before = seen.streams;
        for (let i = 1; i <= count; i++) {
          const stream = await connection.newStream(PROTOCOL);
          await until("the stream", () => seen.streams === before + i);
          stream.abort(new Error("done"));
        }
      };
      await openAndReset(256);
      at.ms += 10_000;
      await openAndReset(256);
      assert.equal(seen.refused, 0);
      for (let i = 1; i <= 5; i++) await assert.rejects(connection.newStream(PROTOCOL));
      assert.equal(seen.refused, 5);
    });

    it(`tells of each stream beyond, over ${muxer}`, async () => {
      const {seen, connection, openSilently} = await watched(muxer);
      await openSilently(INBOUND_STREAMS_MAX + 5);
      await until("refusals", () => seen.refused === 5);
      assert.equal(connection.status, "open");
    });

    it(`ends a connection on which they come, as it may be, before it is made, over ${muxer}`, async () => {
      const {seen, openSilently, countOpen} = await watched(muxer, {early: true});
      await openSilently(MANY).catch(() => {});
      await until("the end", () => seen.refused > 0 && countOpen() === 0);
    });

    it(`ends a connection of which so many are refused, over ${muxer}`, async () => {
      const {seen, connection, openSilently} = await watched(muxer);
      await openSilently(MANY).catch(() => {});
      await until("the end", () => connection.status !== "open");
      assert.equal(seen.refused, 64);
    });
  }

  it("refuses a connection whose muxer is unknown", () => {
    const unused = {clock: realClock, onRefused: () => {}};
    assert.throws(() => watchStreams({} as Connection, unused), /libp2p has changed/);
    const muxer = {protocol: "/yamux/1.0.0", onRemoteStream: () => {}, abort: () => {}};
    assert.throws(() => watchStreams({muxer} as unknown as Connection, unused), /yamux has changed/);
  });
});
