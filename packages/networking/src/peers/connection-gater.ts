import type {ConnectionGater} from "@libp2p/interface";
import {ipOf, isPublicIp} from "./addresses.ts";

export interface GaterInit {
  /** On a network of its own: loopback or private addresses are dialled like others. */
  readonly allowsPrivate: boolean;
  /** Peers that the operator named, with the addresses that they were named with. */
  readonly direct: ReadonlySet<string>;
  /** Connections that others may make, those of the named peers aside. */
  readonly inboundMax: number;
}

export interface GaterComponents {
  readonly isBanned: (peer: string) => boolean;
  /** The peers that came in, each once a connection. */
  readonly inboundPeers: () => readonly string[];
}

/** Who may be dialled, and who may come in. A record could otherwise make every node of a network knock at a door inside the operator's. */
export function createConnectionGater(init: GaterInit, components: GaterComponents): ConnectionGater {
  const denyPeer = (peer: {toString(): string}): boolean => components.isBanned(peer.toString());
  return {
    denyDialPeer: denyPeer,
    denyInboundEncryptedConnection: denyPeer,
    // Before it costs a handshake. A named peer may be behind it, so that there is room for all of them.
    denyInboundConnection: () => components.inboundPeers().length >= init.inboundMax + init.direct.size,
    denyInboundUpgradedConnection: (peer) =>
      !init.direct.has(peer.toString()) &&
      components.inboundPeers().filter((one) => !init.direct.has(one)).length >= init.inboundMax,
    denyDialMultiaddr: (address) => {
      const peer = address.getComponents().find(({name}) => name === "p2p")?.value;
      if (init.allowsPrivate || (peer !== undefined && init.direct.has(peer))) return false;
      const ip = ipOf(address);
      // What is still a name here resolves only when it is dialled, and then to anything.
      return ip === null || !isPublicIp(ip);
    },
    // Addresses that peers tell of themselves and of others are not kept: only those of records and of the operator are dialled.
    filterMultiaddrForPeer: () => false,
  };
}
