import {SLOTS_PER_EPOCH, SYNC_COMMITTEE_SUBNET_SIZE} from "@lodestar/params";
import {rootToHex, type Slot} from "@mote/core";
import type {GossipTypes} from "@mote/networking";
import type {SubmitOutcome} from "../chain/types.ts";
import type {DevnetChain} from "../chain.ts";
import type {ValidatorMessageKind} from "./message.ts";

export interface MessageRules<Value> {
  /** Outcomes in the order of the list. */
  readonly submit: (chain: DevnetChain, list: readonly Value[]) => SubmitOutcome[];
  /** Tells the fork digest that it travels under. */
  readonly slotOf: (value: Value, chain: DevnetChain) => Slot;
  /** What of it a node forwards once, though its bytes may differ; null: whatever is valid. */
  readonly onceFor: (value: Value) => string | null;
  /** Subnets that it belongs on; left out for topics without. */
  readonly subnets?: (value: Value, chain: DevnetChain) => readonly number[];
}

export type RulesTable = {readonly [Kind in ValidatorMessageKind]: MessageRules<GossipTypes[Kind]>};

const currentSlot = (_value: unknown, chain: DevnetChain): Slot => Math.max(chain.currentSlot, 0) as Slot;

/** How each kind gets into the chain and onto the network: the p2p-interface.md of each fork. */
export const MESSAGE_RULES: RulesTable = {
  beacon_block: {
    submit: (chain, list) => list.map((signed) => chain.submitBlock(signed)),
    slotOf: ({message}) => message.slot as Slot,
    onceFor: ({message}) => `${message.slot}:${message.proposerIndex}`,
  },
  beacon_attestation: {
    submit: (chain, list) => chain.onSingleAttestations(list),
    slotOf: ({data}) => data.slot as Slot,
    onceFor: ({data, attesterIndex}) => `${data.target.epoch}:${attesterIndex}`,
    subnets: ({data, committeeIndex}, chain) => voteSubnet(chain, data.slot as Slot, committeeIndex),
  },
  beacon_aggregate_and_proof: {
    submit: (chain, list) => chain.onAggregates(list),
    slotOf: ({message}) => message.aggregate.data.slot as Slot,
    onceFor: ({message}) => `${message.aggregate.data.target.epoch}:${message.aggregatorIndex}`,
  },
  sync_committee: {
    submit: (chain, list) => chain.onSyncCommitteeMessages(list),
    slotOf: ({slot}) => slot as Slot,
    onceFor: ({slot, validatorIndex, beaconBlockRoot}) => `${slot}:${validatorIndex}:${rootToHex(beaconBlockRoot)}`,
    subnets: ({slot, validatorIndex}, chain) => syncSubnets(chain, slot as Slot, validatorIndex),
  },
  sync_committee_contribution_and_proof: {
    submit: (chain, list) => chain.onContributions(list),
    slotOf: ({message}) => message.contribution.slot as Slot,
    onceFor: ({message: {aggregatorIndex, contribution}}) =>
      `${contribution.slot}:${contribution.subcommitteeIndex}:${aggregatorIndex}`,
  },
  voluntary_exit: {
    submit: (chain, list) => chain.onVoluntaryExits(list),
    slotOf: currentSlot,
    onceFor: ({message}) => String(message.validatorIndex),
  },
  proposer_slashing: {
    submit: (chain, list) => chain.onProposerSlashings(list),
    slotOf: currentSlot,
    onceFor: ({signedHeader1}) => String(signedHeader1.message.proposerIndex),
  },
  attester_slashing: {
    submit: (chain, list) => chain.onAttesterSlashings(list),
    slotOf: currentSlot,
    onceFor: () => null,
  },
  bls_to_execution_change: {
    submit: (chain, list) => chain.onBlsToExecutionChanges(list),
    slotOf: currentSlot,
    onceFor: ({message}) => String(message.validatorIndex),
  },
  execution_payload: {
    submit: (chain, list) => list.map((signed) => chain.submitEnvelope(signed)),
    slotOf: ({message}) => message.payload.slotNumber as Slot,
    onceFor: ({message}) => `${rootToHex(message.beaconBlockRoot)}:${message.builderIndex}`,
  },
  payload_attestation_message: {
    submit: (chain, list) => chain.onPayloadAttestations(list),
    slotOf: ({data}) => data.slot as Slot,
    onceFor: ({data, validatorIndex}) => `${data.slot}:${validatorIndex}`,
  },
  proposer_preferences: {
    submit: (chain, list) => chain.onProposerPreferences(list),
    slotOf: ({message}) => message.proposalSlot as Slot,
    onceFor: ({message}) => `${message.proposalSlot}:${message.validatorIndex}`,
  },
};

/** phase0/validator.md, `compute_subnet_for_attestation`. Empty when nobody can tell. */
function voteSubnet(chain: DevnetChain, slot: Slot, committeeIndex: number): readonly number[] {
  const {epochCtx} = chain.head.state;
  const epoch = Math.floor(slot / SLOTS_PER_EPOCH);
  if (Math.abs(epoch - epochCtx.epoch) > 1 || committeeIndex >= epochCtx.getCommitteeCountPerSlot(epoch)) return [];
  return [epochCtx.computeSubnetForSlot(slot, committeeIndex)];
}

/** One for each subcommittee that the validator sits in. altair/validator.md, `compute_subnets_for_sync_committee` */
function syncSubnets(chain: DevnetChain, slot: Slot, validatorIndex: number): readonly number[] {
  const {state} = chain.head;
  if (Math.abs(slot - state.slot) > SLOTS_PER_EPOCH) return [];
  const seats = state.epochCtx.getIndexedSyncCommittee(slot).validatorIndexMap.get(validatorIndex) ?? [];
  return [...new Set(seats.map((seat) => Math.floor(seat / SYNC_COMMITTEE_SUBNET_SIZE)))];
}
