import type {ConnectionGater} from "@libp2p/interface";
import {ipOf, isPublicIp} from "./addresses.ts";

export interface GaterInit {
  /** On a network of its own: loopback or private addresses are dialled like others. */
  readonly allowsPrivate: boolean;
  /** Peers that the operator named, with the addresses that they were named with. */
  readonly direct: ReadonlySet<string>;
}

/** Who may be dialled, and who may come in. A record could otherwise make every node of a network knock at a door inside the operator's. */
export function createConnectionGater(
  init: GaterInit,
  components: {readonly isBanned: (peer: string) => boolean},
): ConnectionGater {
  const denyPeer = (peer: {toString(): string}): boolean => components.isBanned(peer.toString());
  return {
    denyDialPeer: denyPeer,
    denyInboundEncryptedConnection: denyPeer,
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
