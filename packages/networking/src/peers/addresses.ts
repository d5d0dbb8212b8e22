import {BlockList, isIP} from "node:net";
import {peerIdFromString} from "@libp2p/peer-id";
import {InvalidValueError} from "@mote/core";
import {type Multiaddr, multiaddr} from "@multiformats/multiaddr";

/** A peer and one way to it. */
export interface PeerAddress {
  readonly peer: string;
  /** TCP, without `/p2p/…`. */
  readonly multiaddr: string;
}

const MULTIADDR_LENGTH_MAX = 256;

/**
 * @param text `/ip4/…/tcp/…/p2p/…`, the same with ip6, or with a name (dns, dns4, dns6)
 * @throws {InvalidValueError} that says what is missing
 */
export function parsePeerAddress(text: string): PeerAddress {
  const refuse = (why: string) => new InvalidValueError(`not a peer's multiaddr (${why}): ${excerpt(text)}`);
  if (text.length > MULTIADDR_LENGTH_MAX) throw refuse("too long");
  let components: ReturnType<Multiaddr["getComponents"]>;
  try {
    components = multiaddr(text).getComponents();
  } catch {
    throw refuse("malformed");
  }
  const [host, port, peer, ...rest] = components;
  if (host === undefined || !["ip4", "ip6", "dns", "dns4", "dns6"].includes(host.name))
    throw refuse("it must begin with /ip4, /ip6 or /dns");
  if (port?.name !== "tcp" || port.value === "0") throw refuse("a /tcp port must follow");
  if (peer?.name !== "p2p" || peer.value === undefined || rest.length > 0)
    throw refuse("it must end with /p2p/<peer id>");
  try {
    return {
      peer: peerIdFromString(peer.value).toString(),
      multiaddr: `/${host.name}/${host.value}/tcp/${port.value}`,
    };
  } catch {
    throw refuse("the peer id is none");
  }
}

export const formatPeerAddress = ({peer, multiaddr: address}: PeerAddress): string => `${address}/p2p/${peer}`;

/** Null for names, and for what has no IP address. */
export function ipOf(address: Multiaddr): string | null {
  const host = address.getComponents()[0];
  return (host?.name === "ip4" || host?.name === "ip6") && host.value !== undefined ? host.value : null;
}

/** What one customer of a provider has at least: of IPv6 the /64, whose addresses are without end, of IPv4 the address itself. */
export function siteOf(ip: string): string {
  if (isIP(ip) !== 6) return ip;
  // After the code of the protocol.
  const network = multiaddr(`/ip6/${ip}`).bytes.subarray(1, 9);
  return `${Buffer.from(network).toString("hex")}/64`;
}

/** Whether others on the internet can be reached at it: it is neither loopback nor a private network's nor reserved. IANA special-purpose registries */
export function isPublicIp(ip: string): boolean {
  const family = isIP(ip);
  if (family === 4) return !NOT_PUBLIC_IP4.check(ip, "ipv4");
  return family === 6 && GLOBAL_IP6.check(ip, "ipv6") && !NOT_PUBLIC_IP6.check(ip, "ipv6");
}

const GLOBAL_IP6 = new BlockList();
GLOBAL_IP6.addSubnet("2000::", 3, "ipv6");
const NOT_PUBLIC_IP6 = new BlockList();
for (const [net, bits] of [
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  NOT_PUBLIC_IP6.addSubnet(net, bits, "ipv6");

const NOT_PUBLIC_IP4 = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  NOT_PUBLIC_IP4.addSubnet(net, bits, "ipv4");

/** For a message: short, and whatever it holds. */
export const excerpt = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text);
