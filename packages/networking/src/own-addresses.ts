import {isIPv4} from "node:net";
import type {RecordEntries} from "./discovery/local-record.ts";
import {portBytes} from "./discovery/port-bytes.ts";
import type {NetworkInit} from "./network.ts";
import {isPublicIp} from "./peers/addresses.ts";

export interface BoundPorts {
  readonly tcp4: number;
  readonly tcp6: number;
  /** Null: not on this family. */
  readonly udp4: number | null;
  readonly udp6: number | null;
}

/** A network of one machine: it was asked for by listening on loopback. */
export const isLoopback = ({ip4, ip6}: NetworkInit["listen"]): boolean =>
  ip4?.startsWith("127.") === true || ip6 === "::1";

/**
 * What the record says of where this node is. Without an address that was announced, or one that it listens on and others can reach, it says nothing until
 * discovery has learnt it.
 */
export function addressEntries(
  {listen, announced}: Pick<NetworkInit, "listen" | "announced">,
  ports: BoundPorts,
  allowsPrivate: boolean,
): RecordEntries {
  const reachable = (ip: string | null) =>
    ip !== null && (isPublicIp(ip) || (allowsPrivate && !isUnspecified(ip))) ? ip : null;
  const ip4 = announced.ip4 ?? reachable(listen.ip4);
  const ip6 = announced.ip6 ?? reachable(listen.ip6);
  const {tcpPort, udpPort} = announced;
  return {
    ...(ip4 === null
      ? {}
      : {ip: ipBytes(ip4), tcp: portBytes(tcpPort ?? ports.tcp4), ...udp("udp", udpPort ?? ports.udp4)}),
    ...(ip6 === null
      ? {}
      : {ip6: ipBytes(ip6), tcp6: portBytes(tcpPort ?? ports.tcp6), ...udp("udp6", udpPort ?? ports.udp6)}),
  };
}

const isUnspecified = (ip: string): boolean => ip === "0.0.0.0" || ip === "::";

const udp = (key: "udp" | "udp6", port: number | null): RecordEntries =>
  port === null ? {} : {[key]: portBytes(port)};

/** 4 or 16 bytes. */
export function ipBytes(ip: string): Uint8Array {
  if (isIPv4(ip)) return Uint8Array.from(ip.split("."), Number);
  // `URL` writes any IPv6 address in its shortest form, the dotted tail too.
  const [head = "", tail] = new URL(`http://[${ip}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
