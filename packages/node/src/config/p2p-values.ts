import {isIP} from "node:net";
import {parseRoot, type Root} from "@mote/core";
import {bad, ok, type Parsed} from "./parsed.ts";

/** Parsers of what peers are told and told of. Nothing of libp2p is loaded to read them. */

const PEERS_MAX = 64;
const BOOT_NODES_MAX = 64;
/** EIP-778: an ENR has at most 300 bytes. */
const ENR_CHARACTERS_MAX = 404;

/** An address of one family; several are one of each. */
export function parseIps(text: string): Parsed<readonly string[]> {
  const ips = text.split(",").map((item) => item.trim());
  return ips.every((ip) => isIP(ip) !== 0) ? joinIps([], ips) : bad("is not an IP address");
}

export function joinIps(earlier: readonly string[], later: readonly string[]): Parsed<readonly string[]> {
  const ips = [...earlier, ...later];
  return new Set(ips.map(isIP)).size < ips.length ? bad("names two addresses of one family: give one") : ok(ips);
}

/** What peers are to dial. */
export interface AnnouncedAddress {
  readonly ip: string;
  /** Null: the port that is listened on. */
  readonly port: number | null;
}

/** `203.0.113.7`, `203.0.113.7:9000`, `2001:db8::7`, `[2001:db8::7]:9000`. */
export function parseAnnounced(text: string): Parsed<readonly AnnouncedAddress[]> {
  const addresses: AnnouncedAddress[] = [];
  for (const item of text.split(",")) {
    const address = announcedAddress(item.trim());
    if (address === null) return bad("is not an IP address, with a port or without");
    addresses.push(address);
  }
  return joinAnnounced([], addresses);
}

export function joinAnnounced(
  earlier: readonly AnnouncedAddress[],
  later: readonly AnnouncedAddress[],
): Parsed<readonly AnnouncedAddress[]> {
  const addresses = [...earlier, ...later];
  if (new Set(addresses.map(({ip}) => isIP(ip))).size < addresses.length)
    return bad("names two addresses of one family: give one");
  if (new Set(addresses.map(({port}) => port)).size > 1) return bad("names two ports: give one for both families");
  return ok(addresses);
}

function announcedAddress(text: string): AnnouncedAddress | null {
  if (isIP(text) !== 0) return {ip: text, port: null};
  const [, ip6, ip4, digits] = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15})):(\d{1,5})$/.exec(text) ?? [];
  const ip = ip6 ?? ip4 ?? "";
  const port = Number(digits);
  const isFamily = isIP(ip) === (ip6 === undefined ? 4 : 6);
  return isFamily && port >= 1 && port <= 65_535 ? {ip, port} : null;
}

const MULTIADDR =
  /^\/(?:ip4\/[0-9.]{7,15}|ip6\/[0-9a-fA-F:.]{2,45}|dns[46]?\/[A-Za-z0-9.-]{1,253})\/tcp\/\d{1,5}\/p2p\/[1-9A-HJ-NP-Za-km-z]{32,64}$/;
const ENR = /^enr:[A-Za-z0-9_-]{16,}$/;

export function parsePeers(text: string): Parsed<readonly string[]> {
  const peers = text.split(",").map((item) => item.trim());
  if (!peers.every((peer) => MULTIADDR.test(peer)))
    return bad("is not a multiaddr such as /ip4/203.0.113.7/tcp/9000/p2p/16Uiu2…");
  return joinPeers([], peers);
}

export function joinPeers(earlier: readonly string[], later: readonly string[]): Parsed<readonly string[]> {
  const peers = [...earlier, ...later];
  if (new Set(peers).size < peers.length) return bad("names the same peer twice");
  return peers.length > PEERS_MAX ? bad(`names more than ${PEERS_MAX} peers`) : ok(peers);
}

export function parseBootNodes(text: string): Parsed<readonly string[]> {
  const nodes = text.split(",").map((item) => item.trim());
  const isBootNode = (node: string) => (ENR.test(node) && node.length <= ENR_CHARACTERS_MAX) || MULTIADDR.test(node);
  if (!nodes.every(isBootNode)) return bad("is neither an ENR (enr:-…) nor a multiaddr that ends with /p2p/…");
  return joinBootNodes([], nodes);
}

export function joinBootNodes(earlier: readonly string[], later: readonly string[]): Parsed<readonly string[]> {
  const nodes = [...new Set([...earlier, ...later])];
  return nodes.length > BOOT_NODES_MAX ? bad(`names more than ${BOOT_NODES_MAX} boot nodes`) : ok(nodes);
}

export function parseBlockRoot(text: string): Parsed<Root> {
  try {
    return ok(parseRoot(text, "root"));
  } catch {
    return bad("is not a block root: 0x and 64 hex digits");
  }
}
