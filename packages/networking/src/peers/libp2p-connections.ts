import {
  type Connection,
  type IdentifyResult,
  type Libp2p,
  type Libp2pEvents,
  type PeerId,
  StreamBufferError,
  type TypedEventTarget,
} from "@libp2p/interface";
import {peerIdFromString} from "@libp2p/peer-id";
import type {Cancel, Clock} from "@mote/core";
import {multiaddr} from "@multiformats/multiaddr";
import {cleanAgent} from "../agent.ts";
import {formatPeerAddress} from "./addresses.ts";
import type {ConnectionListener, Connections, Identified, OpenConnection} from "./connections.ts";
import {GonePeers} from "./gone-peers.ts";
import {watchStreams} from "./stream-floods.ts";

const DIAL_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;
const PROTOCOLS_MAX = 200;
const PROTOCOL_LENGTH_MAX = 200;

/** {@link Connections} over a libp2p host. */
export class Libp2pConnections implements Connections {
  readonly #host: Libp2p;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #gone: GonePeers;

  constructor(components: {readonly host: Libp2p; readonly clock: Pick<Clock, "nowMs">}) {
    this.#host = components.host;
    this.#clock = components.clock;
    this.#gone = new GonePeers(components);
  }

  async dial(peer: string, multiaddrs: readonly string[]): Promise<void> {
    const addresses = multiaddrs.map((address) => multiaddr(formatPeerAddress({peer, multiaddr: address})));
    try {
      await this.#host.dial(addresses, {signal: AbortSignal.timeout(DIAL_TIMEOUT_MS)});
    } catch (error) {
      this.#gone.add(peer);
      throw error;
    }
  }

  async close(peer: string): Promise<void> {
    const peerId = peerIdFromString(peer);
    try {
      await this.#host.hangUp(peerId, {signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS)});
    } catch {
      // A peer that does not take part in closing is cut off.
      for (const connection of this.#host.getConnections(peerId)) connection.abort(new Error("closing took too long"));
    }
  }

  subscribe(listener: ConnectionListener): Cancel {
    const events: TypedEventTarget<Libp2pEvents> = this.#host;
    const onOpen = ({detail}: CustomEvent<PeerId>) => {
      const [connection] = this.#host.getConnections(detail);
      if (connection !== undefined) listener.onOpen(describe(connection));
    };
    const onClose = ({detail}: CustomEvent<PeerId>) => {
      this.#gone.add(detail.toString());
      listener.onClose(detail.toString());
    };
    const onIdentified = ({detail: {peerId, agentVersion, protocols}}: CustomEvent<IdentifyResult>) =>
      listener.onIdentified(peerId.toString(), identified(agentVersion, protocols));
    const onConnection = ({detail}: {readonly detail: Connection}) => this.#watch(detail, listener);
    // Also of a peer that has one already: each connection has its own streams.
    events.addEventListener("connection:open", onConnection);
    for (const connection of this.#host.getConnections()) this.#watch(connection, listener);
    events.addEventListener("peer:connect", onOpen);
    events.addEventListener("peer:disconnect", onClose);
    events.addEventListener("peer:identify", onIdentified);
    // Those that were there first.
    for (const peerId of this.#host.getPeers()) void this.#introduce(peerId, listener);
    return () => {
      events.removeEventListener("connection:open", onConnection);
      events.removeEventListener("peer:connect", onOpen);
      events.removeEventListener("peer:disconnect", onClose);
      events.removeEventListener("peer:identify", onIdentified);
    };
  }

  /** What cannot be watched is not kept: a version of the library that makes it so leaves a node without peers. */
  #watch(connection: Connection, listener: ConnectionListener): void {
    const peer = connection.remotePeer.toString();
    try {
      watchStreams(connection, {
        clock: this.#clock,
        onRefused: () => listener.onFlood(peer, "more streams than a connection may have"),
      });
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error(String(error)));
    }
    connection.addEventListener("close", ({error}) => {
      if (error instanceof StreamBufferError) listener.onFlood(peer, "it has more sent to it than it reads");
    });
  }

  async #introduce(peerId: PeerId, listener: ConnectionListener): Promise<void> {
    const [connection] = this.#host.getConnections(peerId);
    if (connection === undefined) return;
    listener.onOpen(describe(connection));
    try {
      const {metadata, protocols} = await this.#host.peerStore.get(peerId);
      const agent = metadata.get("AgentVersion");
      listener.onIdentified(peerId.toString(), identified(agent && Buffer.from(agent).toString(), protocols));
    } catch {
      // It has not said who it is.
    }
  }
}

function describe({remotePeer, remoteAddr, direction}: Connection): OpenConnection {
  const address = remoteAddr.toString().replace(/\/p2p\/[^/]+$/, "");
  return {peer: remotePeer.toString(), direction, multiaddr: address};
}

function identified(agent: string | undefined, protocols: readonly string[]): Identified {
  return {
    agent: cleanAgent(agent),
    protocols: protocols.slice(0, PROTOCOLS_MAX).filter(({length}) => length <= PROTOCOL_LENGTH_MAX),
  };
}
