import {RPC} from "@libp2p/gossipsub/message";
import type {Libp2p, Stream} from "@libp2p/interface";
import {type GossipNode, openHost} from "./gossip-nodes.ts";

const PROTOCOL = "/meshsub/1.2.0";

export type Rpc = Parameters<typeof RPC.encode>[0];

/** A peer that speaks gossipsub without any of its rules. */
export interface RawPeer {
  readonly host: Libp2p;
  readonly peer: string;
  /** What it was sent. */
  readonly received: RPC[];
  send(rpc: Partial<RPC>): void;
  sendBytes(bytes: Uint8Array): void;
  isCut(): boolean;
}

export async function rawPeerOf({host: victim}: GossipNode): Promise<RawPeer> {
  const host = await openHost();
  const received: RPC[] = [];
  await host.handle(PROTOCOL, (stream) => collect(stream, received));
  const stream = await host.dialProtocol(victim.getMultiaddrs(), PROTOCOL);
  const sendBytes = (bytes: Uint8Array) => void stream.send(bytes);
  return {
    host,
    peer: host.peerId.toString(),
    received,
    sendBytes,
    send: (rpc) => sendBytes(prefixed(RPC.encode({subscriptions: [], messages: [], ...rpc}))),
    isCut: () => stream.status !== "open" || stream.remoteWriteStatus !== "writable",
  };
}

function collect(stream: Stream, received: RPC[]): void {
  let buffer = Buffer.alloc(0);
  stream.addEventListener("message", ({data}) => {
    buffer = Buffer.concat([buffer, data.subarray()]);
    for (;;) {
      const frame = firstFrame(buffer);
      if (frame === null) return;
      received.push(RPC.decode(frame.body));
      buffer = buffer.subarray(frame.sizeBytes);
    }
  });
}

function firstFrame(buffer: Buffer): {body: Buffer; sizeBytes: number} | null {
  let length = 0;
  for (let i = 0; i < buffer.length && i < 5; i++) {
    length += (buffer[i]! & 0x7f) * 2 ** (7 * i);
    if (buffer[i]! >= 0x80) continue;
    const sizeBytes = i + 1 + length;
    return buffer.length < sizeBytes ? null : {body: buffer.subarray(i + 1, sizeBytes), sizeBytes};
  }
  return null;
}

export function uvarint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...uvarint(Math.floor(value / 0x80))];
}

const prefixed = (body: Uint8Array): Uint8Array => Buffer.concat([Uint8Array.from(uvarint(body.length)), body]);
