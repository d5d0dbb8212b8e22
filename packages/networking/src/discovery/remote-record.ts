import {type BaseENR, ENR} from "@chainsafe/enr";
import {ATTESTATION_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT} from "@lodestar/params";
import type {Epoch} from "@mote/core";
import type {ForkDigests} from "../forks/fork-digests.ts";
import {excerpt, isPublicIp} from "../peers/addresses.ts";
import type {Candidate} from "../peers/dial-plan.ts";
import {readBits} from "./subnet-bits.ts";

/** EIP-778 */
const RECORD_SIZE_BYTES_MAX = 300;
const RECORD_TEXT_LENGTH_MAX = "enr:".length + Math.ceil((RECORD_SIZE_BYTES_MAX * 4) / 3);
const ETH2_SIZE_BYTES = 16;
const ATTNETS_SIZE_BYTES = ATTESTATION_SUBNET_COUNT / 8;
const SYNCNETS_SIZE_BYTES = 1;
/** fulu/p2p-interface.md#the-discovery-domain-discv5: a uint64, big endian, without leading zeros */
const CGC_SIZE_BYTES_MAX = 8;

/** What decides over a record. */
export interface RecordRules {
  readonly digests: ForkDigests;
  readonly epoch: Epoch;
  /** Families that this node can dial. */
  readonly ip4: boolean;
  readonly ip6: boolean;
  readonly allowsPrivate: boolean;
}

export type RecordVerdict =
  | {readonly kind: "candidate"; readonly candidate: Candidate}
  | {readonly kind: "refused"; readonly reason: RecordRefusal};
export type RecordRefusal = "malformed" | "not_of_this_chain" | "no_address";

/**
 * Whether the discovery library can work with a record: some of its methods throw at addresses and ports of other lengths, within timers too, where nobody
 * could catch it.
 */
export function isSoundRecord(record: ENR): boolean {
  const {kvs} = record;
  const has = (key: string, sizeBytes: number) => {
    const value = kvs.get(key);
    return value === undefined || (value instanceof Uint8Array && value.length === sizeBytes);
  };
  const ports = ["udp", "udp6", "tcp", "tcp6", "quic", "quic6"];
  if (!has("ip", 4) || !has("ip6", 16) || !ports.every((port) => has(port, 2))) return false;
  try {
    return record.encode().length <= RECORD_SIZE_BYTES_MAX;
  } catch {
    return false;
  }
}

/** @throws when it is none; says why */
export function decodeRecord(text: string): ENR {
  let record: ENR | null = null;
  if (text.length <= RECORD_TEXT_LENGTH_MAX) {
    try {
      record = ENR.decodeTxt(text);
    } catch {
      // Said below, for all of them.
    }
  }
  if (record === null || !isSoundRecord(record))
    throw new Error(`not a signed record (enr:…) of at most ${RECORD_SIZE_BYTES_MAX} bytes: ${excerpt(text)}`);
  return record;
}

/** Whether the peer of a record is worth dialling. The signature was checked when it was decoded; the rest may be anything. */
export function judgeRecord(record: BaseENR, rules: RecordRules): RecordVerdict {
  const {kvs} = record;
  const eth2 = kvs.get("eth2");
  if (eth2 === undefined || eth2.length !== ETH2_SIZE_BYTES) return {kind: "refused", reason: "not_of_this_chain"};
  const digest = Buffer.from(eth2.subarray(0, 4)).toString("hex");
  if (!acceptedDigests(rules).has(digest)) return {kind: "refused", reason: "not_of_this_chain"};

  const attnets = kvs.get("attnets");
  const syncnets = kvs.get("syncnets");
  // No client says these in another way, and who fills a record with other things is no client.
  const isWhole =
    (attnets?.length ?? ATTNETS_SIZE_BYTES) === ATTNETS_SIZE_BYTES &&
    (syncnets?.length ?? SYNCNETS_SIZE_BYTES) === SYNCNETS_SIZE_BYTES &&
    (kvs.get("cgc")?.length ?? 0) <= CGC_SIZE_BYTES_MAX;
  if (!isWhole) return {kind: "refused", reason: "malformed"};

  const multiaddrs = tcpAddresses(kvs, rules);
  if (multiaddrs.length === 0) return {kind: "refused", reason: "no_address"};

  let peer: string;
  try {
    peer = record.peerId.toString();
  } catch {
    return {kind: "refused", reason: "malformed"};
  }
  return {
    kind: "candidate",
    candidate: {
      peer,
      multiaddrs,
      attnets: attnets === undefined ? [] : readBits(attnets),
      syncnets:
        syncnets === undefined ? [] : readBits(syncnets).filter((subnet) => subnet < SYNC_COMMITTEE_SUBNET_COUNT),
    },
  };
}

/** Those of this epoch and of its neighbours: around a boundary records change at slightly different times. */
function acceptedDigests({digests, epoch}: RecordRules): ReadonlySet<string> {
  const around = [epoch - 1, epoch, epoch + 1].map((one) => Math.max(one, 0) as Epoch);
  return new Set(around.map((one) => digests.at(one).digest));
}

/** EIP-778: where there is no port of IPv6's own, the other counts for both. */
function tcpAddresses(kvs: BaseENR["kvs"], rules: RecordRules): string[] {
  const ip4 = rules.ip4 ? ip4Of(kvs.get("ip")) : null;
  const ip6 = rules.ip6 ? ip6Of(kvs.get("ip6")) : null;
  const port4 = portOf(kvs.get("tcp"));
  const port6 = portOf(kvs.get("tcp6")) ?? port4;
  const isWanted = (ip: string) => rules.allowsPrivate || isPublicIp(ip);
  return [
    ...(ip4 !== null && port4 !== null && isWanted(ip4) ? [`/ip4/${ip4}/tcp/${port4}`] : []),
    ...(ip6 !== null && port6 !== null && isWanted(ip6) ? [`/ip6/${ip6}/tcp/${port6}`] : []),
  ];
}

export const ip4Of = (bytes: Uint8Array | undefined): string | null => (bytes?.length === 4 ? bytes.join(".") : null);

export function ip6Of(bytes: Uint8Array | undefined): string | null {
  if (bytes?.length !== 16) return null;
  const hex = Buffer.from(bytes).toString("hex");
  return (hex.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, "")).join(":");
}

function portOf(bytes: Uint8Array | undefined): number | null {
  if (bytes === undefined || bytes.length < 1 || bytes.length > 2) return null;
  const port = bytes.reduce((value, byte) => value * 256 + byte, 0);
  return port === 0 ? null : port;
}
