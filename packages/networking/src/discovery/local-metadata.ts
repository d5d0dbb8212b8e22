import {ATTESTATION_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT} from "@lodestar/params";
import type {NetworkConfig} from "@mote/consensus";
import type {NetworkInit} from "../network.ts";
import type {PeerMetadata} from "../peers/peer-wire.ts";
import type {RecordEntries} from "./local-record.ts";
import {writeBits} from "./subnet-bits.ts";

/**
 * What this node says of itself, in its record and when it is asked: the subnets that it follows, read off the topics that it has joined, so that it says no
 * more than it does. A light node names no attestation subnet, for it leaves each after a few slots, and keeps no column. altair/p2p-interface.md#metadata,
 * fulu/p2p-interface.md#custody-group-count
 */
export class LocalMetadata {
  readonly #role: NetworkInit["role"];
  #current: PeerMetadata;

  constructor(init: {readonly role: NetworkInit["role"]; readonly config: NetworkConfig}) {
    this.#role = init.role;
    const custodyGroupCount = init.role === "light" ? 0 : init.config.CUSTODY_REQUIREMENT;
    this.#current = {seqNumber: 0n, attnets: [], syncnets: [], custodyGroupCount};
  }

  get current(): PeerMetadata {
    return this.#current;
  }

  /**
   * @param topics all that are joined, by their full names
   * @returns whether there is something new to say
   */
  follow(topics: readonly string[]): boolean {
    const attnets = this.#role === "light" ? [] : subnetsIn(topics, "beacon_attestation", ATTESTATION_SUBNET_COUNT);
    const syncnets = subnetsIn(topics, "sync_committee", SYNC_COMMITTEE_SUBNET_COUNT);
    const {seqNumber, ...before} = this.#current;
    if (`${attnets}|${syncnets}` === `${before.attnets}|${before.syncnets}`) return false;
    this.#current = {...before, attnets, syncnets, seqNumber: seqNumber + 1n};
    return true;
  }

  entries(): RecordEntries {
    const {attnets, syncnets, custodyGroupCount} = this.#current;
    return {
      attnets: writeBits(attnets, ATTESTATION_SUBNET_COUNT / 8),
      syncnets: writeBits(syncnets, 1),
      // Big-endian without leading zeros; the counts that a node can have fit a byte.
      cgc: custodyGroupCount === 0 ? new Uint8Array() : Uint8Array.of(custodyGroupCount),
    };
  }
}

/** `/eth2/<digest>/<kind>_<subnet>/ssz_snappy`, under whichever digest. */
function subnetsIn(topics: readonly string[], kind: string, count: number): number[] {
  const pattern = new RegExp(`^/eth2/[0-9a-f]{8}/${kind}_(\\d+)/`);
  const subnets = topics.map((topic) => Number(pattern.exec(topic)?.[1] ?? Number.NaN));
  return [...new Set(subnets)].filter((subnet) => subnet < count).sort((a, b) => a - b);
}
