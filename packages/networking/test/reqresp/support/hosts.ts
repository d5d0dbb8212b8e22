import {noise} from "@chainsafe/libp2p-noise";
import type {Connection, Libp2p, PrivateKey} from "@libp2p/interface";
import {mplex} from "@libp2p/mplex";
import {tcp} from "@libp2p/tcp";
import {yamux} from "@libp2p/yamux";
import {createLibp2p} from "libp2p";
import {STREAM_WINDOW_BYTES_MAX} from "../../../src/reqresp/limits.ts";

export const MUXERS = ["yamux", "mplex"] as const;
export type Muxer = (typeof MUXERS)[number];

export interface OpenHostInit {
  /** Another host with it is the same peer. */
  readonly privateKey?: PrivateKey;
  /** Of yamux, which alone has a bound of its own. */
  readonly maxInboundStreams?: number;
}

/** A libp2p host on a free port of loopback, and nothing on it. */
export function openHost(muxer: Muxer, init: OpenHostInit = {}): Promise<Libp2p> {
  return createLibp2p({
    ...(init.privateKey === undefined ? {} : {privateKey: init.privateKey}),
    addresses: {listen: ["/ip4/127.0.0.1/tcp/0"]},
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      muxer === "yamux"
        ? yamux({
            maxInboundStreams: init.maxInboundStreams ?? 1_000,
            streamOptions: {maxStreamWindowSize: STREAM_WINDOW_BYTES_MAX},
          })
        : mplex({disconnectThreshold: Number.POSITIVE_INFINITY}),
    ],
    connectionMonitor: {enabled: false},
  });
}

export interface HostPair {
  readonly asking: Libp2p;
  readonly answering: Libp2p;
  /** From the asking one's side. */
  readonly connection: Connection;
  close(): Promise<void>;
}

export async function openPair(muxer: Muxer): Promise<HostPair> {
  const [asking, answering] = await Promise.all([openHost(muxer), openHost(muxer)]);
  const connection = await asking.dial(answering.getMultiaddrs());
  return {
    asking,
    answering,
    connection,
    close: async () => void (await Promise.all([asking.stop(), answering.stop()])),
  };
}
