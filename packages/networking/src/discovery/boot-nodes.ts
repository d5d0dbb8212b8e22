import type {ENR} from "@chainsafe/enr";
import {InvalidValueError} from "@mote/core";
import {multiaddr} from "@multiformats/multiaddr";
import {ipOf, isPublicIp, type PeerAddress, parsePeerAddress} from "../peers/addresses.ts";
import {decodeRecord, ip4Of, ip6Of} from "./remote-record.ts";

/** Where discovery and dialling begin. */
export interface BootNodes {
  /** To ask, and to dial where they are peers themselves. */
  readonly records: readonly ENR[];
  /** To dial. */
  readonly peers: readonly PeerAddress[];
}

/**
 * @param texts `enr:…`, or multiaddrs with `/tcp/…/p2p/…` (discovery itself needs a record: its library drops what comes from a node that it knows by address alone)
 * @throws {InvalidValueError} for the first that is neither
 */
export function parseBootNodes(texts: readonly string[]): BootNodes {
  const records: ENR[] = [];
  const peers: PeerAddress[] = [];
  for (const text of texts) {
    if (text.startsWith("enr:")) {
      try {
        records.push(decodeRecord(text));
      } catch (error) {
        throw new InvalidValueError(`boot node: ${error instanceof Error ? error.message : String(error)}`);
      }
    } else {
      peers.push(parsePeerAddress(text));
    }
  }
  return {records, peers};
}

/** Whether all of them, and there are some, can be reached only from within a network that is not the internet. */
export function arePrivate({records, peers}: BootNodes): boolean {
  const nodes = [
    ...records.map(({kvs}) => [ip4Of(kvs.get("ip")), ip6Of(kvs.get("ip6"))]),
    ...peers.map((peer) => [ipOf(multiaddr(peer.multiaddr))]),
  ];
  return (
    nodes.length > 0 &&
    nodes.every((ips) => ips.some((ip) => ip !== null) && !ips.some((ip) => ip !== null && isPublicIp(ip)))
  );
}
