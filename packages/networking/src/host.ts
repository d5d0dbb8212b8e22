import {identify} from "@libp2p/identify";
import type {Libp2p, PrivateKey, ServiceMap} from "@libp2p/interface";
import {mplex} from "@libp2p/mplex";
import {tcp} from "@libp2p/tcp";
import {createLibp2p, type ServiceFactoryMap} from "libp2p";
import {ListenError} from "./listen-error.ts";
import type {NetworkInit} from "./network.ts";
import {frugalNoise} from "./noise-seams.ts";
import {createConnectionGater} from "./peers/connection-gater.ts";
import {chosenPeersMax} from "./peers/dial-plan.ts";
import {INBOUND_STREAMS_MAX} from "./peers/stream-floods.ts";
import {STREAM_WINDOW_BYTES_MAX} from "./reqresp/limits.ts";
import {frugalYamux} from "./yamux-seams.ts";

export interface HostInit {
  readonly privateKey: PrivateKey;
  readonly listen: NetworkInit["listen"];
  readonly announced: NetworkInit["announced"];
  readonly agent: string;
  readonly targetPeers: number;
  /** Peer IDs. */
  readonly directPeers: ReadonlySet<string>;
  readonly allowsPrivate: boolean;
}

export interface HostComponents<Services extends ServiceMap> {
  /** Beside identify, which every host has: gossip. */
  readonly services: ServiceFactoryMap<Services>;
  readonly isBanned: (peer: string) => boolean;
}

/** Where the target is small: those who come in above it stay until the worst of all are let go. */
const INBOUND_ROOM_MIN = 10;
/** As many as may stay where nobody can be dialled. They have these places and no others. */
const inboundMax = ({targetPeers}: HostInit): number => Math.max(INBOUND_ROOM_MIN, targetPeers);
/** What both directions come to, so that it is not libp2p that lets somebody go: it takes who has fewest streams, and that is whom this node has just dialled. */
const maxConnections = (init: HostInit): number =>
  inboundMax(init) + chosenPeersMax(init.targetPeers) + init.directPeers.size;
/** From one address, each second: more than any peer needs, and enough for a network on one machine. */
const INBOUND_CONNECTIONS_PER_SECOND = 25;
const PENDING_INBOUND_CONNECTIONS_MAX = 20;
/**
 * Of mplex, which has no such bound: streams opened, and frames for streams that are gone, in a second, before the connection ends. Honest peers reach hundreds
 * (what is left of a long answer that was cut off); the library's own 5 end a connection at the first burst.
 */
const MPLEX_STREAMS_PER_SECOND_MAX = 1_000;
const MESSAGE_SIZE_BYTES_MAX = 1 << 20;

/** A libp2p host that does not listen yet: TCP, noise, yamux or mplex. */
export async function createHost<Services extends ServiceMap>(
  init: HostInit,
  components: HostComponents<Services>,
): Promise<Libp2p<Services>> {
  const {listen, announced, allowsPrivate, directPeers: direct} = init;
  const inboundPeers = () =>
    host
      .getConnections()
      .filter(({direction}) => direction === "inbound")
      .map(({remotePeer}) => remotePeer.toString());
  const host: Libp2p<Services> = await createLibp2p<Services>({
    privateKey: init.privateKey,
    start: false,
    // Empty protocol version: nothing but the agent tells what this node is.
    nodeInfo: {name: "mote", version: "", userAgent: init.agent},
    addresses: {listen: listenAddresses(listen), appendAnnounce: announcedAddresses(announced, listen.tcpPort)},
    transports: [tcp({maxConnections: maxConnections(init)})],
    connectionEncrypters: [frugalNoise()],
    streamMuxers: [
      frugalYamux({
        maxInboundStreams: INBOUND_STREAMS_MAX,
        streamOptions: {maxStreamWindowSize: STREAM_WINDOW_BYTES_MAX},
      }),
      mplex({maxMessageSize: MESSAGE_SIZE_BYTES_MAX, disconnectThreshold: MPLEX_STREAMS_PER_SECOND_MAX}),
    ],
    connectionManager: {
      maxConnections: maxConnections(init),
      inboundConnectionThreshold: INBOUND_CONNECTIONS_PER_SECOND,
      maxIncomingPendingConnections: PENDING_INBOUND_CONNECTIONS_MAX,
      // Whom to dial again is the peer manager's to say.
      reconnectRetries: 0,
    },
    connectionGater: createConnectionGater(
      {allowsPrivate, direct, inboundMax: inboundMax(init)},
      {isBanned: components.isBanned, inboundPeers},
    ),
    // Its pings are of a protocol that few beacon nodes speak.
    connectionMonitor: {enabled: false},
    services: {identify: identify({runOnConnectionOpen: true}), ...components.services} as ServiceFactoryMap<Services>,
  });
  return host;
}

/** @throws {ListenError} when the port is in use, or the address is none of this machine's */
export async function startHost(host: Libp2p, listen: NetworkInit["listen"]): Promise<void> {
  try {
    await host.start();
  } catch (error) {
    throw new ListenError(listenAddresses(listen).join(", "), error);
  }
}

const listenAddresses = ({ip4, ip6, tcpPort}: NetworkInit["listen"]): string[] => [
  ...(ip4 === null ? [] : [`/ip4/${ip4}/tcp/${tcpPort}`]),
  ...(ip6 === null ? [] : [`/ip6/${ip6}/tcp/${tcpPort}`]),
];

function announcedAddresses({ip4, ip6, tcpPort}: NetworkInit["announced"], listenPort: number): string[] {
  const port = tcpPort ?? listenPort;
  // A port that is not known before it is bound stands in the record alone.
  if (port === 0) return [];
  return [
    ...(ip4 === undefined ? [] : [`/ip4/${ip4}/tcp/${port}`]),
    ...(ip6 === undefined ? [] : [`/ip6/${ip6}/tcp/${port}`]),
  ];
}
