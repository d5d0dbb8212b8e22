import {createSocket, type RemoteInfo, type Socket} from "node:dgram";
import {EventEmitter} from "node:events";
import {
  getSocketAddressOnENR,
  type IPMode,
  type ITransportService,
  type SocketAddress,
  type TransportEventEmitter,
} from "@chainsafe/discv5";
import {decodePacket, encodePacket, type IPacket} from "@chainsafe/discv5/packet";
import type {BaseENR} from "@chainsafe/enr";
import {type Multiaddr, multiaddr} from "discv5-multiaddr";
import {ListenError} from "../listen-error.ts";
import {eventsOf} from "./events-of.ts";
import type {PacketLimiter} from "./packet-limiter.ts";

export interface UdpSockets {
  /** At least one of them. */
  readonly ip4: Socket | null;
  readonly ip6: Socket | null;
}

/**
 * Bound sockets. A machine without IPv6 gets on with IPv4 alone.
 * @throws {ListenError} when the port is in use or the address none of this machine's
 */
export async function bindUdp(listen: {
  readonly ip4: string | null;
  readonly ip6: string | null;
  readonly udpPort: number;
}): Promise<UdpSockets> {
  const {udpPort} = listen;
  const ip4 = listen.ip4 === null ? null : await bind("udp4", listen.ip4, udpPort);
  if (listen.ip6 === null) return {ip4, ip6: null};
  try {
    return {ip4, ip6: await bind("udp6", listen.ip6, udpPort)};
  } catch (error) {
    if (ip4 !== null && isWithoutIp6(error)) return {ip4, ip6: null};
    ip4?.close();
    throw error;
  }
}

async function bind(type: "udp4" | "udp6", address: string, port: number): Promise<Socket> {
  const socket = createSocket({type, ipv6Only: type === "udp6"});
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, address, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    return socket;
  } catch (error) {
    socket.close();
    throw new ListenError(`udp ${address} port ${port}`, error);
  }
}

const isWithoutIp6 = (error: unknown): boolean =>
  error instanceof ListenError && (error.code === "EAFNOSUPPORT" || error.code === "EADDRNOTAVAIL");

/**
 * The packets of discovery over sockets that are bound already. The library's own transport ends the process when its port is in use, when the system refuses
 * to send a packet, and when a packet leads to an exception: any peer could make it do so.
 */
export class UdpTransport extends (EventEmitter as new () => TransportEventEmitter) implements ITransportService {
  readonly bindAddrs: Multiaddr[] = [];
  readonly ipMode: IPMode;
  readonly #sockets: UdpSockets;
  readonly #ownNodeId: string;
  readonly #limiter: PacketLimiter;

  constructor(
    init: {readonly nodeId: string},
    components: {readonly sockets: UdpSockets; readonly limiter: PacketLimiter},
  ) {
    super();
    this.#ownNodeId = init.nodeId;
    this.#sockets = components.sockets;
    this.#limiter = components.limiter;
    const {ip4, ip6} = this.#sockets;
    if (ip4 !== null) this.bindAddrs.push(addressOf("ip4", ip4));
    if (ip6 !== null) this.bindAddrs.push(addressOf("ip6", ip6));
    this.ipMode = {ip4: ip4 !== null, ip6: ip6 !== null} as IPMode;
  }

  async start(): Promise<void> {
    for (const socket of this.#open()) {
      socket.on("message", (data, from) => this.#receive(data, from));
      // What a network refuses to carry is lost, like any packet.
      socket.on("error", () => {});
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#open().map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  async send(to: Multiaddr, toNodeId: string, packet: IPacket): Promise<void> {
    const {family, host, port} = to.toOptions();
    const socket = family === 4 ? this.#sockets.ip4 : this.#sockets.ip6;
    // Without a callback a failed send is an `error` event; port 0 is thrown.
    socket?.send(encodePacket(toNodeId, packet), port, host, () => {});
  }

  getContactableAddr(record: BaseENR): SocketAddress | undefined {
    return getSocketAddressOnENR(record, this.ipMode);
  }

  #open(): Socket[] {
    return [this.#sockets.ip4, this.#sockets.ip6].filter((socket) => socket !== null);
  }

  #receive(data: Uint8Array, from: RemoteInfo): void {
    if (!this.#limiter.allows(from.address)) return;
    try {
      const source = multiaddr(`/${from.family === "IPv4" ? "ip4" : "ip6"}/${from.address}/udp/${from.port}`);
      eventsOf(this).emit("packet", source, decodePacket(this.#ownNodeId, data));
    } catch {
      // Not a packet for this node, or one that the library cannot bear.
    }
  }
}

function addressOf(family: "ip4" | "ip6", socket: Socket): Multiaddr {
  const {address, port} = socket.address();
  return multiaddr(`/${family}/${address}/udp/${port}`);
}
