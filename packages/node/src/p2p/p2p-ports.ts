import {createSocket} from "node:dgram";
import {createServer} from "node:net";
import type {P2pConfig} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";

/** A machine without a family of addresses says one of these. */
const FAMILY_MISSING: readonly string[] = ["EAFNOSUPPORT", "EADDRNOTAVAIL"];
const ANY_IP6 = "::";

export interface PortFault {
  readonly transport: "TCP" | "UDP";
  readonly address: string;
  /** The system's error code. */
  readonly code: string;
}

/** What of the wanted addresses cannot be listened on at this moment. Port 0 is free in any case. */
export async function portFaults({listen, port, discovers}: P2pConfig): Promise<readonly PortFault[]> {
  const addresses = [listen.ip4, listen.ip6].filter((address) => address !== null);
  const faults = await Promise.all(
    addresses.flatMap((address) => [
      tcpFault(address, port).then((code) => ({transport: "TCP" as const, address, code})),
      ...(discovers ? [udpFault(address, port).then((code) => ({transport: "UDP" as const, address, code}))] : []),
    ]),
  );
  return faults.filter((fault): fault is PortFault => fault.code !== null);
}

/** Every IPv6 address of a machine that has none: nobody is served by refusing that. */
export const isOfNoUse = ({address, code}: PortFault): boolean => address === ANY_IP6 && FAMILY_MISSING.includes(code);

/**
 * The network is joined when there is a chain to speak of; a port in use is said before.
 * @returns the configuration without a family that this machine does not have
 * @throws {ExitError}
 */
export async function checkP2pPorts(config: P2pConfig): Promise<P2pConfig> {
  const faults = await portFaults(config);
  const fatal = faults.find((fault) => !isOfNoUse(fault));
  if (fatal !== undefined) {
    const {transport, address, code} = fatal;
    const why = code === "EADDRINUSE" ? "the port is in use" : code;
    throw new ExitError(
      `peers cannot be listened for at ${address}, ${transport} port ${config.port}: ${why}; choose another by --p2p-port or --p2p-listen-address`,
      EXIT_NEEDS_HUMAN,
    );
  }
  return faults.length === 0 ? config : {...config, listen: {...config.listen, ip6: null}};
}

function tcpFault(address: string, port: number): Promise<string | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    // IPv4 has a socket of its own.
    server.listen({host: address, port, exclusive: true, ipv6Only: true}, () => server.close(() => resolve(null)));
  });
}

function udpFault(address: string, port: number): Promise<string | null> {
  const socket = createSocket(address.includes(":") ? {type: "udp6", ipv6Only: true} : {type: "udp4"});
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code ?? error.message);
    });
    socket.bind({address, port, exclusive: true}, () => socket.close(() => resolve(null)));
  });
}
