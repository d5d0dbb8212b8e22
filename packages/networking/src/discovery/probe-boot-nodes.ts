import {randomBytes} from "node:crypto";
import {createSocket, type Socket} from "node:dgram";
import {createRandomPacket, decodePacket, encodePacket, PacketType} from "@chainsafe/discv5/packet";
import type {ENR} from "@chainsafe/enr";
import {type Clock, sleep} from "@mote/core";
import {parseBootNodes} from "./boot-nodes.ts";
import {ip4Of} from "./remote-record.ts";

export interface BootNodeAnswers {
  /** With an IPv4 address in their records. */
  readonly asked: number;
  readonly answered: number;
}

/** Time enough for two sendings around the world. */
const TIMEOUT_MS = 2_000;
const SENDINGS = 2;
const NODE_ID_SIZE_BYTES = 32;

/**
 * Knocks at boot nodes: whoever speaks discv5 answers a packet that it cannot read with a WHOAREYOU, which names that packet. Nothing of this node is told.
 * discv5-theory.md#step-1-node-a-sends-message-packet
 * @throws {InvalidValueError} for a text that is no boot node
 */
export async function probeBootNodes(
  texts: readonly string[],
  {clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<BootNodeAnswers> {
  const targets = parseBootNodes(texts).records.flatMap((record) => targetOf(record) ?? []);
  if (targets.length === 0) return {asked: 0, answered: 0};
  const ownId = randomBytes(NODE_ID_SIZE_BYTES).toString("hex");
  const socket = createSocket("udp4");
  // A network that carries nothing is as good as a node that does not answer.
  socket.on("error", () => {});
  const waiting = new Set<string>();
  const answered = new Promise<void>((resolve) => {
    socket.on("message", (data) => {
      waiting.delete(challengedNonce(ownId, data) ?? "");
      if (waiting.size === 0) resolve();
    });
  });
  const packets = targets.map((target) => {
    const packet = createRandomPacket(ownId);
    waiting.add(Buffer.from(packet.header.nonce).toString("hex"));
    return {...target, bytes: encodePacket(target.nodeId, packet)};
  });
  try {
    for (let sending = 0; sending < SENDINGS && waiting.size > 0 && !signal.aborted; sending++) {
      for (const {bytes, ip, port} of packets) send(socket, {bytes, ip, port});
      await Promise.race([answered, sleep(clock, TIMEOUT_MS / SENDINGS, signal)]);
    }
  } finally {
    await new Promise<void>((resolve) => socket.close(resolve));
  }
  return {asked: targets.length, answered: targets.length - waiting.size};
}

function targetOf({nodeId, kvs}: ENR): {nodeId: string; ip: string; port: number} | null {
  const ip = ip4Of(kvs.get("ip"));
  const udp = kvs.get("udp");
  const port = udp === undefined ? 0 : Buffer.from(udp).readUInt16BE();
  return ip === null || port === 0 ? null : {nodeId, ip, port};
}

function send(socket: Socket, to: {readonly bytes: Uint8Array; readonly ip: string; readonly port: number}): void {
  socket.send(to.bytes, to.port, to.ip, () => {});
}

/** Null for anything but a WHOAREYOU. */
function challengedNonce(ownId: string, data: Uint8Array): string | null {
  try {
    const {header} = decodePacket(ownId, data);
    return header.flag === PacketType.WhoAreYou ? Buffer.from(header.nonce).toString("hex") : null;
  } catch {
    return null;
  }
}
