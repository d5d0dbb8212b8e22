import type {Cancel} from "@mote/core";

export interface OpenConnection {
  readonly peer: string;
  readonly direction: "inbound" | "outbound";
  /** Without `/p2p/…`. */
  readonly multiaddr: string;
}

export interface Identified {
  readonly agent: string | null;
  readonly protocols: readonly string[];
}

/** Called in order; none may throw. */
export interface ConnectionListener {
  /** The first connection with a peer is up. */
  onOpen(connection: OpenConnection): void;
  /** The last one is gone. */
  onClose(peer: string): void;
  onIdentified(peer: string, identified: Identified): void;
  /** It does more on a connection than that can bear. Once for each time, and not without end. */
  onFlood(peer: string, what: string): void;
}

/** What the peer manager needs of the host. */
export interface Connections {
  /** Resolves when there is a connection with this very peer; rejects when none of the addresses led to one. */
  dial(peer: string, multiaddrs: readonly string[]): Promise<void>;
  /** Never rejects; bounded in time. */
  close(peer: string): Promise<void>;
  subscribe(listener: ConnectionListener): Cancel;
}
