import {MAX_ATTESTATIONS_ELECTRA} from "@lodestar/params";
import {computeEpochAtSlot} from "@lodestar/state-transition";
import {type electra, type phase0, ssz} from "@lodestar/types";
import type {Epoch, Slot, ValidatorIndex} from "@mote/core";
import type {ChainState} from "./types.ts";
import {
  type CommitteeAggregate,
  type CommitteeVotes,
  type DataVotes,
  mergeSignatures,
  mergeSingles,
  toAttestation,
} from "./vote-pool.ts";

export interface PackedVotes {
  readonly attestations: readonly electra.Attestation[];
  /** Votes in them that are not in the chain yet, and how many of these came as single votes only. */
  readonly freshVotes: number;
  readonly freshSingleVotes: number;
}

export interface PackingInput {
  readonly votes: Iterable<DataVotes>;
  /** The parent's state advanced to the slot of the block. */
  readonly state: ChainState;
  /** True when this branch has the validator's vote for that target epoch. */
  readonly isIncluded: (targetEpoch: Epoch, index: ValidatorIndex) => boolean;
}

interface Candidate {
  readonly attestation: electra.Attestation;
  readonly fresh: number;
  readonly freshSingles: number;
}

interface Part {
  readonly committee: CommitteeVotes;
  readonly aggregate: CommitteeAggregate;
  readonly fresh: number;
  readonly isSingles: boolean;
}

/** Chooses what a block carries: most new votes first, each vote once. electra/validator.md#attestations */
export function packVotes(input: PackingInput): PackedVotes {
  const candidates: Candidate[] = [];
  for (const entry of input.votes) {
    if (fitsBranch(entry, input.state)) candidates.push(...candidatesOf(entry, input));
  }
  candidates.sort((a, b) => b.fresh - a.fresh || b.attestation.data.slot - a.attestation.data.slot);
  const chosen = candidates.slice(0, MAX_ATTESTATIONS_ELECTRA);
  return {
    attestations: chosen.map(({attestation}) => attestation),
    freshVotes: chosen.reduce((sum, {fresh}) => sum + fresh, 0),
    freshSingleVotes: chosen.reduce((sum, {freshSingles}) => sum + freshSingles, 0),
  };
}

/** Valid in a block on this state: window, source of this branch, the same committees. */
function fitsBranch({data, committees}: DataVotes, state: ChainState): boolean {
  const epoch = computeEpochAtSlot(state.slot);
  const isCurrent = data.target.epoch === epoch;
  if (data.slot >= state.slot || !(isCurrent || data.target.epoch === epoch - 1)) return false;
  const source = isCurrent ? state.currentJustifiedCheckpoint : state.previousJustifiedCheckpoint;
  if (!ssz.phase0.Checkpoint.equals(data.source, source.toValue())) return false;
  return [...committees.values()].every((committee) => sameCommittee(committee, data, state));
}

function sameCommittee(committee: CommitteeVotes, data: phase0.AttestationData, state: ChainState): boolean {
  const here = state.epochCtx.getBeaconCommittee(data.slot as Slot, committee.committeeIndex);
  return here.length === committee.members.length && committee.members.every((index, place) => here[place] === index);
}

/** One on-chain attestation, and further ones while overlapping aggregates still bring new votes. */
function candidatesOf(entry: DataVotes, {isIncluded}: PackingInput): Candidate[] {
  const targetEpoch = entry.data.target.epoch as Epoch;
  const taken = new Set<ValidatorIndex>();
  const isFresh = (index: ValidatorIndex | undefined): boolean =>
    index !== undefined && !taken.has(index) && !isIncluded(targetEpoch, index);
  const candidates: Candidate[] = [];
  for (;;) {
    const parts = [...entry.committees.values()].flatMap((committee) => bestPart(committee, isFresh) ?? []);
    if (parts.length === 0) return candidates;
    for (const {committee, aggregate} of parts) {
      for (const place of aggregate.places) taken.add(committee.members[place] as ValidatorIndex);
    }
    candidates.push({
      attestation: toAttestation(entry.data, parts),
      fresh: parts.reduce((sum, {fresh}) => sum + fresh, 0),
      freshSingles: parts.reduce((sum, {fresh, isSingles}) => sum + (isSingles ? fresh : 0), 0),
    });
  }
}

/** The committee's aggregates that do not overlap, best first, in one; its single votes only where no aggregate came. */
function bestPart(committee: CommitteeVotes, isFresh: (index: ValidatorIndex | undefined) => boolean): Part | null {
  const countFresh = (places: ReadonlySet<number>): number =>
    [...places].filter((place) => isFresh(committee.members[place])).length;
  const isSingles = committee.aggregates.length === 0;
  const singles = isSingles ? mergeSingles(committee) : null;
  const pool = singles === null ? committee.aggregates : [singles];
  const ranked = pool
    .map((aggregate) => ({aggregate, fresh: countFresh(aggregate.places)}))
    .filter(({fresh}) => fresh > 0)
    .sort((a, b) => b.fresh - a.fresh);
  const chosen: CommitteeAggregate[] = [];
  const places = new Set<number>();
  for (const {aggregate} of ranked) {
    if ([...aggregate.places].some((place) => places.has(place))) continue;
    chosen.push(aggregate);
    for (const place of aggregate.places) places.add(place);
  }
  if (chosen.length === 0) return null;
  const aggregate = {places, signature: mergeSignatures(chosen.map(({signature}) => signature))};
  return {committee, aggregate, fresh: countFresh(places), isSingles};
}
