import {aggregateSignatures, Signature} from "@chainsafe/blst";
import {BitArray} from "@chainsafe/ssz";
import {MAX_COMMITTEES_PER_SLOT} from "@lodestar/params";
import type {electra, phase0} from "@lodestar/types";
import type {CommitteeIndex, Epoch, Root, ValidatorIndex} from "@mote/core";

/** An aggregate of one committee: who of it signed, by place. */
export interface CommitteeAggregate {
  readonly places: ReadonlySet<number>;
  readonly signature: Uint8Array;
}

/** All votes for the same data by one committee. */
export interface CommitteeVotes {
  readonly committeeIndex: CommitteeIndex;
  readonly members: readonly ValidatorIndex[];
  /** Signatures by place. */
  readonly singles: Map<number, Uint8Array>;
  readonly aggregates: CommitteeAggregate[];
  /** The single votes in one, as long as none is added. */
  mergedSingles: CommitteeAggregate | null;
}

export interface DataVotes {
  readonly dataRoot: Root;
  readonly data: phase0.AttestationData;
  readonly committees: Map<CommitteeIndex, CommitteeVotes>;
}

export interface PoolVote {
  readonly dataRoot: Root;
  readonly data: phase0.AttestationData;
  readonly committeeIndex: CommitteeIndex;
  readonly members: readonly ValidatorIndex[];
}

/** Checked votes that a block may still carry. Knows no rule of validity: what is put in is valid. */
export class VotePool {
  readonly #byData = new Map<Root, DataVotes>();
  /** The data that a validator voted for, by epoch. */
  readonly #votedFor = new Map<Epoch, Map<ValidatorIndex, Root>>();

  /** Root of the data that `index` voted for in `epoch`. */
  votedFor(epoch: Epoch, index: ValidatorIndex): Root | null {
    return this.#votedFor.get(epoch)?.get(index) ?? null;
  }

  signatureOf(vote: PoolVote, index: ValidatorIndex): Uint8Array | null {
    const committee = this.#byData.get(vote.dataRoot)?.committees.get(vote.committeeIndex);
    return committee?.singles.get(committee.members.indexOf(index)) ?? null;
  }

  addSingle(vote: PoolVote, index: ValidatorIndex, signature: Uint8Array): void {
    this.#noteVoter(vote, index);
    const committee = this.#committee(vote);
    committee.singles.set(vote.members.indexOf(index), signature);
    committee.mergedSingles = null;
  }

  /** False when the pool has an aggregate with all these votes already. */
  addAggregate(vote: PoolVote, aggregate: CommitteeAggregate): boolean {
    const {aggregates} = this.#committee(vote);
    if (aggregates.some((known) => isSubset(aggregate.places, known.places))) return false;
    aggregates.push(aggregate);
    vote.members.forEach((index, place) => {
      if (aggregate.places.has(place)) this.#noteVoter(vote, index);
    });
    return true;
  }

  /** An identical aggregate was checked and taken before. */
  hasAggregate(vote: PoolVote, aggregate: CommitteeAggregate): boolean {
    const known = this.#byData.get(vote.dataRoot)?.committees.get(vote.committeeIndex)?.aggregates ?? [];
    return known.some(
      ({places, signature}) =>
        places.size === aggregate.places.size &&
        isSubset(places, aggregate.places) &&
        Buffer.compare(signature, aggregate.signature) === 0,
    );
  }

  /** The larger of the single votes taken together and the best aggregate that came. */
  bestAggregate(dataRoot: Root, committeeIndex: CommitteeIndex): electra.Attestation | null {
    const entry = this.#byData.get(dataRoot);
    const committee = entry?.committees.get(committeeIndex);
    if (entry === undefined || committee === undefined) return null;
    const candidates = [...committee.aggregates];
    const merged = mergeSingles(committee);
    if (merged !== null) candidates.push(merged);
    const [best] = candidates.sort((a, b) => b.places.size - a.places.size);
    return best === undefined ? null : toAttestation(entry.data, [{committee, aggregate: best}]);
  }

  entries(): IterableIterator<DataVotes> {
    return this.#byData.values();
  }

  /** Forgets votes that no block may carry any more: of epochs before `oldest`. */
  prune(oldest: Epoch): void {
    for (const [root, {data}] of this.#byData) if (data.target.epoch < oldest) this.#byData.delete(root);
    for (const epoch of this.#votedFor.keys()) if (epoch < oldest) this.#votedFor.delete(epoch);
  }

  /** True for validators whose vote for `epoch` came in. */
  hasVoted(epoch: Epoch, index: ValidatorIndex): boolean {
    return this.#votedFor.get(epoch)?.has(index) ?? false;
  }

  /** The first vote of an epoch is the one that stays. */
  #noteVoter(vote: PoolVote, index: ValidatorIndex): void {
    const epoch = vote.data.target.epoch as Epoch;
    const voters = this.#votedFor.get(epoch) ?? new Map<ValidatorIndex, Root>();
    this.#votedFor.set(epoch, voters);
    if (!voters.has(index)) voters.set(index, vote.dataRoot);
  }

  #committee(vote: PoolVote): CommitteeVotes {
    let entry = this.#byData.get(vote.dataRoot);
    if (entry === undefined) {
      entry = {dataRoot: vote.dataRoot, data: vote.data, committees: new Map()};
      this.#byData.set(vote.dataRoot, entry);
    }
    let committee = entry.committees.get(vote.committeeIndex);
    if (committee === undefined) {
      committee = {
        committeeIndex: vote.committeeIndex,
        members: vote.members,
        singles: new Map(),
        aggregates: [],
        mergedSingles: null,
      };
      entry.committees.set(vote.committeeIndex, committee);
    }
    return committee;
  }
}

function isSubset(part: ReadonlySet<number>, whole: ReadonlySet<number>): boolean {
  for (const place of part) if (!whole.has(place)) return false;
  return true;
}

/** Null when there are none. */
export function mergeSingles(committee: CommitteeVotes): CommitteeAggregate | null {
  if (committee.singles.size === 0) return null;
  committee.mergedSingles ??= {
    places: new Set(committee.singles.keys()),
    signature: mergeSignatures([...committee.singles.values()]),
  };
  return committee.mergedSingles;
}

/** The signatures were checked when they came in. */
export function mergeSignatures(signatures: readonly Uint8Array[]): Uint8Array {
  const [only] = signatures;
  if (signatures.length === 1 && only !== undefined) return only;
  return aggregateSignatures(signatures.map((bytes) => Signature.fromBytes(bytes))).toBytes();
}

/** One on-chain attestation of several committees: their bits follow one another in the order of the committees. */
export function toAttestation(
  data: phase0.AttestationData,
  parts: readonly {readonly committee: CommitteeVotes; readonly aggregate: CommitteeAggregate}[],
): electra.Attestation {
  const sorted = [...parts].sort((a, b) => a.committee.committeeIndex - b.committee.committeeIndex);
  const committeeBits = BitArray.fromBitLen(MAX_COMMITTEES_PER_SLOT);
  for (const {committee} of sorted) committeeBits.set(committee.committeeIndex, true);
  return {
    aggregationBits: BitArray.fromBoolArray(
      sorted.flatMap(({committee, aggregate}) => committee.members.map((_, place) => aggregate.places.has(place))),
    ),
    data,
    committeeBits,
    signature: mergeSignatures(sorted.map(({aggregate}) => aggregate.signature)),
  };
}
