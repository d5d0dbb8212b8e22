import {
  defaultTopicScoreParams,
  type PeerScoreParams,
  type PeerScoreThresholds,
  type TopicScoreParams,
} from "@libp2p/gossipsub/score";
import {ATTESTATION_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT} from "@lodestar/params";
import type {SlotTiming} from "@mote/core";
import type {GossipKind} from "../network.ts";
import {siteOf} from "../peers/addresses.ts";
import {GOSSIP_KINDS, subnetCountOf, type TopicTable} from "./topics.ts";

/** The specs fix no peer scores. These are shaped like those that clients share, so that we think of a peer what its other peers think of it. */
export const SCORE_THRESHOLDS = {
  /** Below it a peer's IHAVE and IWANT are not heard. */
  gossipThreshold: -4_000,
  /** Below it nothing of ours is sent to the peer. */
  publishThreshold: -8_000,
  /** Below it all that the peer says is dropped unread. */
  graylistThreshold: -16_000,
  acceptPXThreshold: 100,
  opportunisticGraftThreshold: 5,
} as const satisfies PeerScoreThresholds;

/** The worst that the peer manager thinks of a peer; its best is 0. */
const APP_SCORE_MIN = -100;
const TIME_IN_MESH_MAX = 10;
const FIRST_DELIVERIES_MAX = 40;
const DECAY_TO_ZERO = 0.01;
/** What chance may do, and what on top of it costs a peer the ear of its IHAVEs. */
const BEHAVIOUR_TOLERATED = 6;
const BEHAVIOUR_EXCESS = 16;

interface Traffic {
  /** Epochs that a first delivery counts for. */
  readonly memoryEpochs: number;
  readonly deliveriesMax: number;
}
const ONCE_A_SLOT: Traffic = {memoryEpochs: 20, deliveriesMax: 25};
const MANY_A_SLOT: Traffic = {memoryEpochs: 4, deliveriesMax: 500};
const SELDOM: Traffic = {memoryEpochs: 100, deliveriesMax: 4};

const KINDS: Readonly<Record<GossipKind, Traffic & {readonly weight: number}>> = {
  beacon_block: {...ONCE_A_SLOT, weight: 0.5},
  beacon_attestation: {...MANY_A_SLOT, weight: 1 / ATTESTATION_SUBNET_COUNT},
  beacon_aggregate_and_proof: {...MANY_A_SLOT, weight: 0.5},
  sync_committee: {...MANY_A_SLOT, weight: 0.2 / SYNC_COMMITTEE_SUBNET_COUNT},
  sync_committee_contribution_and_proof: {...MANY_A_SLOT, weight: 0.2},
  voluntary_exit: {...SELDOM, weight: 0.05},
  proposer_slashing: {...SELDOM, weight: 0.05},
  attester_slashing: {...SELDOM, weight: 0.05},
  bls_to_execution_change: {...SELDOM, weight: 0.05},
  light_client_finality_update: {...ONCE_A_SLOT, weight: 0.05},
  light_client_optimistic_update: {...ONCE_A_SLOT, weight: 0.05},
  execution_payload: {...ONCE_A_SLOT, weight: 0.5},
  payload_attestation_message: {...MANY_A_SLOT, weight: 0.05},
  proposer_preferences: {...MANY_A_SLOT, weight: 0.05},
  execution_payload_bid: {...MANY_A_SLOT, weight: 0.05},
};

/** The most that a peer can earn on all topics of one fork together. */
const SCORE_MAX =
  (TIME_IN_MESH_MAX + FIRST_DELIVERIES_MAX) *
  GOSSIP_KINDS.reduce((sum, kind) => sum + KINDS[kind].weight * (subnetCountOf(kind) ?? 1), 0);

export interface ScoreInit {
  readonly timing: SlotTiming;
  readonly topics: TopicTable;
}

/** @param appScore what the peer manager thinks of a peer, from −100 to 0 */
export function peerScoreParams(init: ScoreInit, appScore: (peer: string) => number): Partial<PeerScoreParams> {
  const decays = decaysOf(init.timing);
  return {
    topics: Object.fromEntries([...init.topics.all()].map(({name, kind}) => [name, topicScoreParams(kind, decays)])),
    topicScoreCap: SCORE_MAX / 2,
    appSpecificScore: appScore,
    appSpecificWeight: SCORE_THRESHOLDS.gossipThreshold / APP_SCORE_MIN,
    IPColocationFactorWeight: -SCORE_MAX / 2,
    IPColocationFactorThreshold: 3,
    // Testnets on one machine.
    IPColocationFactorWhitelist: new Set(["127.0.0.1", "::1"].map(siteOf)),
    behaviourPenaltyWeight: SCORE_THRESHOLDS.gossipThreshold / BEHAVIOUR_EXCESS ** 2,
    behaviourPenaltyThreshold: BEHAVIOUR_TOLERATED,
    behaviourPenaltyDecay: decays.over(10),
    decayInterval: decays.intervalMs,
    decayToZero: DECAY_TO_ZERO,
    retainScore: 100 * decays.epochMs,
  };
}

function topicScoreParams(kind: GossipKind, decays: Decays): TopicScoreParams {
  const {weight, memoryEpochs, deliveriesMax} = KINDS[kind];
  const timeInMeshCap = Math.max(1, Math.floor(3_600_000 / decays.slotMs));
  return {
    ...defaultTopicScoreParams,
    topicWeight: weight,
    timeInMeshQuantum: decays.slotMs,
    timeInMeshCap,
    timeInMeshWeight: TIME_IN_MESH_MAX / timeInMeshCap,
    firstMessageDeliveriesDecay: decays.over(memoryEpochs),
    firstMessageDeliveriesCap: deliveriesMax,
    firstMessageDeliveriesWeight: FIRST_DELIVERIES_MAX / deliveriesMax,
    // A light node joins subnets for three slots and lacks what it needs to say how many messages a mesh owes it.
    meshMessageDeliveriesWeight: 0,
    meshFailurePenaltyWeight: 0,
    // Squared by the library: the fifth invalid message silences a peer's gossip, the tenth all of it.
    invalidMessageDeliveriesWeight: -SCORE_MAX / weight,
    invalidMessageDeliveriesDecay: decays.over(50),
  };
}

interface Decays {
  readonly slotMs: number;
  readonly epochMs: number;
  readonly intervalMs: number;
  /** What a counter is multiplied with at each interval, to be at zero after so many epochs. */
  over(epochs: number): number;
}

function decaysOf({slotDurationMs, slotsPerEpoch}: SlotTiming): Decays {
  const epochMs = slotDurationMs * slotsPerEpoch;
  // The library takes no interval below a second.
  const intervalMs = Math.max(1_000, slotDurationMs);
  return {
    slotMs: slotDurationMs,
    epochMs,
    intervalMs,
    over: (epochs) => DECAY_TO_ZERO ** (intervalMs / (epochs * epochMs)),
  };
}
