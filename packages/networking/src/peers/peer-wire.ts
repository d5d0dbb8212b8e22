import type {LocalStatus} from "../network.ts";
import type {Subnets} from "./subnet-wants.ts";

/** altair/p2p-interface.md#metadata, fulu/p2p-interface.md */
export interface PeerMetadata extends Subnets {
  readonly seqNumber: bigint;
  readonly custodyGroupCount: number;
}

/** phase0/p2p-interface.md#goodbye-v1, and above 127 what clients have agreed on. */
export const GOODBYE = {
  clientShutdown: 1,
  irrelevantNetwork: 2,
  fault: 3,
  tooManyPeers: 129,
  badScore: 250,
  banned: 251,
} as const;
export type GoodbyeReason = (typeof GOODBYE)[keyof typeof GOODBYE];

/** The requests by which peers are kept. All are bounded in time, and reject when there is no sound answer. */
export interface PeerWire {
  /** Of a peer with our fork digest: another digest is an offence and a rejection. */
  status(peer: string): Promise<LocalStatus>;
  metadata(peer: string): Promise<PeerMetadata>;
  /** @returns the sequence number of its metadata */
  ping(peer: string): Promise<bigint>;
  goodbye(peer: string, reason: GoodbyeReason): Promise<void>;
}
