import type {PublicKey} from "@chainsafe/blst";
import type {BeaconConfig} from "@lodestar/config";
import {DOMAIN_AGGREGATE_AND_PROOF, DOMAIN_SELECTION_PROOF} from "@lodestar/params";
import {computeSigningRoot, isAggregatorFromCommitteeLength} from "@lodestar/state-transition";
import {type electra, type phase0, ssz} from "@lodestar/types";
import {
  bytesToHex,
  type CommitteeIndex,
  type Epoch,
  type Root,
  rootToHex,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import type {ForkChoiceVote} from "./fork-choice.ts";
import {ACCEPTED, DUPLICATE, refused} from "./outcomes.ts";
import {messageKey, SeenMessages} from "./seen-messages.ts";
import {verifyEach, verifyOne, verifySameMessage} from "./signature-batches.ts";
import type {SlashingChecker} from "./slashing-checker.ts";
import type {SubmitOutcome} from "./types.ts";
import type {PoolVote, VotePool} from "./vote-pool.ts";
import type {DataCheck, VoteRules} from "./vote-rules.ts";

export interface VoteIntakeComponents {
  readonly rules: VoteRules;
  readonly pool: VotePool;
  readonly slashings: SlashingChecker;
  readonly publicKey: (index: number) => PublicKey | undefined;
  /** Called once for each validator's valid vote, however it came. */
  readonly onVote: (vote: ForkChoiceVote) => void;
}

interface AggregateItem {
  readonly key: string;
  readonly signed: electra.SignedAggregateAndProof;
  readonly check: DataCheck;
  readonly vote: PoolVote;
  readonly places: ReadonlySet<number>;
  readonly aggregatorKey: PublicKey;
  readonly memberKeys: readonly PublicKey[];
}

/** The door for votes from outside. Whatever is correctly signed is shown to the slashing checker, also when it is refused. */
export class VoteIntake {
  readonly #config: BeaconConfig;
  readonly #components: VoteIntakeComponents;
  readonly #seenAggregates = new SeenMessages();

  constructor(init: {readonly config: BeaconConfig}, components: VoteIntakeComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  singles(list: readonly electra.SingleAttestation[]): SubmitOutcome[] {
    const checkOf = this.#memoizedCheck();
    const outcomes = new Map<number, SubmitOutcome>();
    const byData = new Map<Root, {item: electra.SingleAttestation; place: number; publicKey: PublicKey}[]>();
    for (const [place, item] of list.entries()) {
      const check = checkOf(item.data);
      const publicKey = this.#components.publicKey(item.attesterIndex);
      if (publicKey === undefined) outcomes.set(place, refused(`validator ${item.attesterIndex} is not known`));
      else if (this.#isKnown(item, check)) outcomes.set(place, DUPLICATE);
      else byData.set(check.dataRoot, [...(byData.get(check.dataRoot) ?? []), {item, place, publicKey}]);
    }
    for (const group of byData.values()) {
      const [first] = group;
      if (first === undefined) continue;
      const check = checkOf(first.item.data);
      const good = verifySameMessage(
        check.signingRoot,
        group.map(({item, publicKey}) => ({publicKey, signature: item.signature})),
      );
      for (const [i, {item, place}] of group.entries()) {
        outcomes.set(place, this.#takeSingle(item, check, good[i] === true));
      }
    }
    return list.map((_, place) => {
      const outcome = outcomes.get(place);
      if (outcome === undefined) throw new Error(`attestation ${place} was not judged`);
      return outcome;
    });
  }

  aggregates(list: readonly electra.SignedAggregateAndProof[]): SubmitOutcome[] {
    const checkOf = this.#memoizedCheck();
    const read = list.map((signed): AggregateItem | SubmitOutcome => {
      const {slot} = signed.message.aggregate.data;
      const type = this.#config.getForkTypes(slot).SignedAggregateAndProof;
      const key = messageKey(type.serialize(signed as never));
      if (this.#seenAggregates.has(key)) return DUPLICATE;
      const item = this.#readAggregate(signed, checkOf(signed.message.aggregate.data));
      return typeof item === "string" ? refused(item) : {...item, key};
    });
    const items = read.filter((item): item is AggregateItem => "signed" in item);
    const verdicts = this.#verifyAggregates(items);
    return read.map((item) => ("signed" in item ? this.#takeAggregate(item, verdicts.get(item) ?? null) : item));
  }

  prune(oldest: Slot): void {
    this.#seenAggregates.prune(oldest);
  }

  #takeSingle(item: electra.SingleAttestation, check: DataCheck, correctlySigned: boolean): SubmitOutcome {
    const index = item.attesterIndex as ValidatorIndex;
    this.#show(index, check.dataRoot, item.data, correctlySigned);
    if (!correctlySigned) return refused("signature is not valid");
    if (check.refusal !== null) return refused(check.refusal);
    const members = check.committees[item.committeeIndex];
    if (members === undefined) return refused(`there is no committee ${item.committeeIndex} in slot ${item.data.slot}`);
    if (!members.includes(index)) return refused(`validator ${index} is not in committee ${item.committeeIndex}`);
    const {pool} = this.#components;
    const earlier = pool.votedFor(item.data.target.epoch as Epoch, index);
    if (earlier !== null && earlier !== check.dataRoot)
      return refused(`validator ${index} voted otherwise in this epoch`);
    pool.addSingle(toPoolVote(check, item.data, item.committeeIndex, members), index, item.signature);
    this.#count(item.data, index);
    return ACCEPTED;
  }

  /** The same bytes were checked and taken before. */
  #isKnown(item: electra.SingleAttestation, check: DataCheck): boolean {
    const members = check.committees[item.committeeIndex];
    if (members === undefined) return false;
    const vote = toPoolVote(check, item.data, item.committeeIndex, members);
    const known = this.#components.pool.signatureOf(vote, item.attesterIndex as ValidatorIndex);
    return known !== null && Buffer.compare(known, item.signature) === 0;
  }

  /** The reason when the aggregate is malformed, or nobody can tell who signed it. */
  #readAggregate(signed: electra.SignedAggregateAndProof, check: DataCheck): Omit<AggregateItem, "key"> | string {
    const {aggregate, aggregatorIndex, selectionProof} = signed.message;
    const committees = aggregate.committeeBits.getTrueBitIndexes();
    const [committeeIndex] = committees;
    if (committees.length !== 1 || committeeIndex === undefined) return "exactly one committee bit must be set";
    const members = check.committees[committeeIndex];
    if (members === undefined)
      return check.refusal ?? `there is no committee ${committeeIndex} in slot ${aggregate.data.slot}`;
    if (aggregate.aggregationBits.bitLen !== members.length) return "aggregation bits do not fit the committee";
    const places = new Set(aggregate.aggregationBits.getTrueBitIndexes());
    if (places.size === 0) return "no aggregation bit is set";
    if (!members.includes(aggregatorIndex as ValidatorIndex))
      return `validator ${aggregatorIndex} is not in the committee`;
    if (!isAggregatorFromCommitteeLength(members.length, selectionProof)) {
      return `validator ${aggregatorIndex} is not selected as aggregator`;
    }
    const keyOf = this.#components.publicKey;
    const aggregatorKey = keyOf(aggregatorIndex);
    const memberKeys = [...places].flatMap((place) => keyOf(members[place] ?? -1) ?? []);
    if (aggregatorKey === undefined || memberKeys.length !== places.size)
      return "a validator of the committee is not known";
    return {
      signed,
      check,
      vote: toPoolVote(check, aggregate.data, committeeIndex, members),
      places,
      aggregatorKey,
      memberKeys,
    };
  }

  /** For each aggregate the reason to refuse it, or null. */
  #verifyAggregates(items: readonly AggregateItem[]): Map<AggregateItem, string | null> {
    const verdicts = new Map<AggregateItem, string | null>(items.map((item) => [item, null]));
    const mark = (of: readonly AggregateItem[], good: readonly boolean[], reason: string) =>
      of.forEach((item, i) => {
        if (good[i] !== true) verdicts.set(item, reason);
      });
    for (const [slot, of] of Map.groupBy(items, ({vote}) => vote.data.slot)) {
      const root = computeSigningRoot(ssz.Slot, slot, this.#config.getDomain(slot, DOMAIN_SELECTION_PROOF));
      const proofs = of.map(({aggregatorKey, signed}) => ({
        publicKey: aggregatorKey,
        signature: signed.message.selectionProof,
      }));
      mark(of, verifySameMessage(root, proofs), "selection proof is not valid");
    }
    const outer = items.map((item) => ({
      message: this.#aggregateAndProofRoot(item.signed),
      publicKeys: [item.aggregatorKey] as const,
      signature: item.signed.signature,
    }));
    mark(items, verifyEach(outer), "signature of the aggregator is not valid");
    mark(items, this.#verifyVotes(items), "signature of the aggregate is not valid");
    return verdicts;
  }

  /** All aggregators of a committee mostly send the same aggregate: it is verified once. */
  #verifyVotes(items: readonly AggregateItem[]): boolean[] {
    const verified = new Map<string, boolean>();
    return items.map(({signed, check, vote, places, memberKeys}) => {
      const {signature} = signed.message.aggregate;
      if (this.#components.pool.hasAggregate(vote, {places, signature})) return true;
      const key = `${check.dataRoot}:${vote.committeeIndex}:${[...places].join()}:${bytesToHex(signature)}`;
      const good = verified.get(key) ?? verifyOne({message: check.signingRoot, publicKeys: memberKeys, signature});
      verified.set(key, good);
      const {members, data} = vote;
      for (const place of places) this.#show(members[place] as ValidatorIndex, check.dataRoot, data, good);
      return good;
    });
  }

  #takeAggregate(item: AggregateItem, refusal: string | null): SubmitOutcome {
    const {vote, places, signed, check} = item;
    const reason = refusal ?? check.refusal;
    if (reason !== null) return refused(reason);
    this.#seenAggregates.add(item.key, vote.data.slot as Slot);
    const isNew = this.#components.pool.addAggregate(vote, {places, signature: signed.message.aggregate.signature});
    if (!isNew) return DUPLICATE;
    for (const place of places) this.#count(vote.data, vote.members[place] as ValidatorIndex);
    return ACCEPTED;
  }

  /** The hash depends on the fork: Gloas' aggregates are progressive containers. */
  #aggregateAndProofRoot({message}: electra.SignedAggregateAndProof): Uint8Array {
    const {slot} = message.aggregate.data;
    const type = this.#config.getForkTypes(slot).AggregateAndProof;
    return computeSigningRoot(type, message as never, this.#config.getDomain(slot, DOMAIN_AGGREGATE_AND_PROOF));
  }

  #show(validatorIndex: ValidatorIndex, root: Root, data: phase0.AttestationData, correctlySigned: boolean): void {
    const vote = {
      validatorIndex,
      sourceEpoch: data.source.epoch as Epoch,
      targetEpoch: data.target.epoch as Epoch,
      root,
    };
    this.#components.slashings.onVote(vote, correctlySigned);
  }

  #count(data: phase0.AttestationData, validatorIndex: ValidatorIndex): void {
    this.#components.onVote({
      validatorIndex,
      slot: data.slot as Slot,
      blockRoot: rootToHex(data.beaconBlockRoot),
      payloadPresent: data.index === 1,
    });
  }

  /** The votes of one slot nearly all share their data: the rules are asked once for each. */
  #memoizedCheck(): (data: phase0.AttestationData) => DataCheck {
    const known: {data: phase0.AttestationData; check: DataCheck}[] = [];
    return (data) => {
      const found = known.find((entry) => ssz.phase0.AttestationData.equals(entry.data, data));
      if (found !== undefined) return found.check;
      const check = this.#components.rules.check(data);
      known.push({data, check});
      return check;
    };
  }
}

function toPoolVote(
  check: DataCheck,
  data: phase0.AttestationData,
  committeeIndex: number,
  members: readonly ValidatorIndex[],
): PoolVote {
  return {dataRoot: check.dataRoot, data, committeeIndex: committeeIndex as CommitteeIndex, members};
}
