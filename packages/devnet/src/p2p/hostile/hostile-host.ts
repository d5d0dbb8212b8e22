import {createHash} from "node:crypto";
import {noise} from "@chainsafe/libp2p-noise";
import {type GossipSub, gossipsub, StrictNoSign} from "@libp2p/gossipsub";
import {type Identify, identify} from "@libp2p/identify";
import type {Libp2p} from "@libp2p/interface";
import {tcp} from "@libp2p/tcp";
import {yamux} from "@libp2p/yamux";
import {createLibp2p} from "libp2p";

export type HostileHost = Libp2p<{readonly identify: Identify; readonly gossip: GossipSub}>;

/** Any length of message and any number of streams: nothing here keeps the peer from doing wrong. */
const SIZE_BYTES_MAX = 1 << 26;
const STREAMS_MAX = 10_000;

export const openHostileHost = (): Promise<HostileHost> =>
  createLibp2p({
    addresses: {listen: ["/ip4/127.0.0.1/tcp/0"]},
    nodeInfo: {name: "mote-devnet", version: "", userAgent: "mote-devnet/hostile"},
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({maxInboundStreams: STREAMS_MAX, maxOutboundStreams: STREAMS_MAX})],
    connectionManager: {inboundConnectionThreshold: STREAMS_MAX},
    connectionMonitor: {enabled: false},
    services: {
      identify: identify({runOnConnectionOpen: true}),
      // Without a transform: what is published is on the wire byte for byte.
      gossip: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        fallbackToFloodsub: false,
        floodPublish: true,
        allowPublishToZeroTopicPeers: true,
        ignoreDuplicatePublishError: true,
        maxOutboundBufferSize: SIZE_BYTES_MAX,
        msgIdFn: ({data}) => createHash("sha256").update(data).digest().subarray(0, 20),
      }),
    },
  }) as unknown as Promise<HostileHost>;
