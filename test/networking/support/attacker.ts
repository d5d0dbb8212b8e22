import {RPC} from "@libp2p/gossipsub/message";
import type {Connection, Libp2p, PrivateKey, Stream, StreamMuxer} from "@libp2p/interface";
import {ssz} from "@lodestar/types";
import {multiaddr} from "@multiformats/multiaddr";
import {type Muxer, openHost} from "../../../packages/networking/test/reqresp/support/hosts.ts";
import {chunk} from "../../../packages/networking/test/reqresp/support/raw.ts";

export const GOSSIP = "/meshsub/1.2.0";
const REQUESTS = "/eth2/beacon_chain/req";
export const PING = `${REQUESTS}/ping/1/ssz_snappy`;
export const STATUS = `${REQUESTS}/status/2/ssz_snappy`;
export const GOODBYE = `${REQUESTS}/goodbye/1/ssz_snappy`;

export interface Attacker {
  readonly host: Libp2p;
  readonly peer: string;
  /** @throws {Error} when it was cut off */
  open(protocol: string): Promise<Stream>;
  /** Streams without a word on them, as many at once. */
  openSilently(count: number): Promise<unknown>;
  rpc(stream: Stream, rpc: Partial<RPC>): void;
  /** What others have asked it for, its status above all: the first thing that is said on a connection. */
  timesAsked(): number;
  isCut(): boolean;
}

export interface AttackerInit {
  readonly muxer: Muxer;
  readonly victim: string;
  readonly forkDigest: Uint8Array;
  /** That it says it speaks. */
  readonly protocols?: readonly string[];
  /** Of a peer that was there before. */
  readonly privateKey?: PrivateKey;
}

/** A peer that says what makes others keep it, and knows no rules beyond that. */
export async function openAttacker(init: AttackerInit): Promise<Attacker> {
  const {muxer, victim, forkDigest, protocols = [], privateKey} = init;
  const host = await openHost(muxer, privateKey === undefined ? {} : {privateKey});
  let asked = 0;
  const status = {...ssz.fulu.Status.defaultValue(), forkDigest};
  const answers: readonly (readonly [string, Uint8Array])[] = [
    [STATUS, ssz.fulu.Status.serialize(status)],
    [`${REQUESTS}/metadata/3/ssz_snappy`, ssz.fulu.Metadata.serialize(ssz.fulu.Metadata.defaultValue())],
    [PING, ssz.phase0.Ping.serialize(0n)],
  ];
  for (const [protocol, answer] of answers)
    await host.handle(protocol, (stream) => {
      asked++;
      stream.send(chunk(0, answer));
      void stream.close().catch(() => {});
    });
  for (const protocol of [GOSSIP, ...protocols]) await host.handle(protocol, (stream) => stream.pause());
  const connection = (await host.dial(multiaddr(victim))) as Connection & {readonly muxer: StreamMuxer};
  return {
    host,
    peer: host.peerId.toString(),
    open: (protocol) =>
      connection.newStream(protocol, {
        maxOutboundStreams: Number.MAX_SAFE_INTEGER,
        signal: AbortSignal.timeout(3_000),
      }),
    openSilently: (count) =>
      Promise.allSettled(Array.from({length: count}, async () => connection.muxer.createStream())),
    timesAsked: () => asked,
    rpc: (stream, rpc) => {
      const body = RPC.encode({subscriptions: [], messages: [], ...rpc});
      stream.send(Buffer.concat([uvarint(body.length), body]));
    },
    isCut: () => connection.status !== "open",
  };
}

export function uvarint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128))
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
  return Uint8Array.from(bytes);
}
