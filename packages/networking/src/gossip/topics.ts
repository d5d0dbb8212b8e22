import {ATTESTATION_SUBNET_COUNT, ForkName, ForkSeq, SYNC_COMMITTEE_SUBNET_COUNT} from "@lodestar/params";
import type {DigestPeriod, ForkDigests} from "../forks/fork-digests.ts";
import type {GossipKind} from "../network.ts";

/** What one topic string stands for. */
export interface GossipTopic {
  readonly name: string;
  readonly kind: GossipKind;
  /** Null for kinds without subnets. */
  readonly subnetId: number | null;
  readonly period: DigestPeriod;
}

interface KindFacts {
  /** Mote speaks no fork before Electra, whatever a kind did there. */
  readonly since: ForkName;
  /** Null: one topic for all. */
  readonly subnetCount: number | null;
}

const GLOBAL: KindFacts = {since: ForkName.electra, subnetCount: null};
const GLOBAL_SINCE_GLOAS: KindFacts = {since: ForkName.gloas, subnetCount: null};

/** phase0, altair, capella and gloas/p2p-interface.md#topics-and-messages, altair/light-client/p2p-interface.md */
const KINDS: Readonly<Record<GossipKind, KindFacts>> = {
  beacon_block: GLOBAL,
  beacon_attestation: {since: ForkName.electra, subnetCount: ATTESTATION_SUBNET_COUNT},
  beacon_aggregate_and_proof: GLOBAL,
  sync_committee: {since: ForkName.electra, subnetCount: SYNC_COMMITTEE_SUBNET_COUNT},
  sync_committee_contribution_and_proof: GLOBAL,
  voluntary_exit: GLOBAL,
  proposer_slashing: GLOBAL,
  attester_slashing: GLOBAL,
  bls_to_execution_change: GLOBAL,
  light_client_finality_update: GLOBAL,
  light_client_optimistic_update: GLOBAL,
  execution_payload: GLOBAL_SINCE_GLOAS,
  payload_attestation_message: GLOBAL_SINCE_GLOAS,
  proposer_preferences: GLOBAL_SINCE_GLOAS,
  execution_payload_bid: GLOBAL_SINCE_GLOAS,
};
export const GOSSIP_KINDS = Object.keys(KINDS) as readonly GossipKind[];

/** Null for kinds without subnets. */
export const subnetCountOf = (kind: GossipKind): number | null => KINDS[kind].subnetCount;

export const isGossiped = (kind: GossipKind, fork: ForkName): boolean => ForkSeq[fork] >= ForkSeq[KINDS[kind].since];

/** phase0/p2p-interface.md#topics-and-messages */
const topicName = (kind: GossipKind, subnetId: number | null, {digest}: DigestPeriod): string =>
  `/eth2/${digest}/${kind}${subnetId === null ? "" : `_${subnetId}`}/ssz_snappy`;

/**
 * Every topic of a chain, by its exact string. A name from a peer is looked up and never taken apart, so there is one spelling of each and no parser to
 * mislead.
 */
export class TopicTable {
  readonly #topics: ReadonlyMap<string, GossipTopic>;

  constructor(init: {readonly digests: ForkDigests}) {
    const topics = new Map<string, GossipTopic>();
    for (const period of init.digests.periods) {
      for (const kind of GOSSIP_KINDS) {
        if (!isGossiped(kind, period.fork)) continue;
        for (const subnetId of subnetIdsOf(kind)) {
          const name = topicName(kind, subnetId, period);
          topics.set(name, {name, kind, subnetId, period});
        }
      }
    }
    this.#topics = topics;
  }

  /** Null for a name that is no topic of this chain. */
  byName(name: string): GossipTopic | null {
    return this.#topics.get(name) ?? null;
  }

  /** Null for a kind that the fork does not have, and for a subnet that does not exist or is missing. */
  find(kind: GossipKind, subnetId: number | null, period: DigestPeriod): GossipTopic | null {
    return this.byName(topicName(kind, subnetId, period));
  }

  all(): IterableIterator<GossipTopic> {
    return this.#topics.values();
  }
}

function subnetIdsOf(kind: GossipKind): (number | null)[] {
  const count = subnetCountOf(kind);
  return count === null ? [null] : Array.from({length: count}, (_, subnetId) => subnetId);
}
