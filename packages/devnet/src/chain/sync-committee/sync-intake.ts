import type {PublicKey} from "@chainsafe/blst";
import {
  DOMAIN_CONTRIBUTION_AND_PROOF,
  DOMAIN_SYNC_COMMITTEE,
  DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF,
  SYNC_COMMITTEE_SUBNET_COUNT,
  SYNC_COMMITTEE_SUBNET_SIZE,
} from "@lodestar/params";
import {computeSigningRoot, isSyncCommitteeAggregator, type SyncCommitteeCache} from "@lodestar/state-transition";
import {type altair, ssz} from "@lodestar/types";
import {bytesToHex, type Slot} from "@mote/core";
import type {ChainCore} from "../chain-core.ts";
import {ACCEPTED, DUPLICATE, refused} from "../outcomes.ts";
import {messageKey, SeenMessages} from "../seen-messages.ts";
import {verifyEach, verifyOne, verifySameMessage} from "../signature-batches.ts";
import type {SubmitOutcome} from "../types.ts";
import type {SeatedMessage, SyncPool} from "./sync-pool.ts";

interface ContributionItem {
  readonly key: string;
  readonly signed: altair.SignedContributionAndProof;
  readonly aggregatorKey: PublicKey;
  /** One for each bit: a validator with several seats stands here several times. */
  readonly memberKeys: readonly PublicKey[];
}

/** The door for sync messages and contributions: altair/p2p-interface.md, the rules of its two topics. */
export class SyncIntake {
  readonly #core: ChainCore;
  readonly #pool: SyncPool;
  readonly #seen = new SeenMessages();
  /** Contributions that were taken, by `slot:subcommittee:aggregator`. */
  readonly #aggregators = new Map<string, Slot>();

  constructor(components: {readonly core: ChainCore; readonly pool: SyncPool}) {
    this.#core = components.core;
    this.#pool = components.pool;
  }

  /** Outcomes are in the order of the list. */
  messages(list: readonly altair.SyncCommitteeMessage[]): SubmitOutcome[] {
    const outcomes = new Map<altair.SyncCommitteeMessage, SubmitOutcome>();
    const open: SeatedMessage[] = [];
    for (const message of list) {
      const seats = this.#seatsOrReason(message);
      if (typeof seats === "string") outcomes.set(message, refused(seats));
      else if (this.#isKnown(message)) outcomes.set(message, DUPLICATE);
      else open.push({message, seats});
    }
    for (const group of Map.groupBy(open, ({message}) => bytesToHex(message.beaconBlockRoot)).values()) {
      const good = this.#verifyMessages(group);
      for (const [i, seated] of group.entries()) {
        outcomes.set(seated.message, good[i] === true ? this.#takeMessage(seated) : refused("signature is not valid"));
      }
    }
    return list.map((message) => outcomes.get(message) ?? DUPLICATE);
  }

  /** Outcomes are in the order of the list. */
  contributions(list: readonly altair.SignedContributionAndProof[]): SubmitOutcome[] {
    const read = list.map((signed) => this.#readContribution(signed));
    const items = read.filter((item): item is ContributionItem => "signed" in item);
    const verdicts = this.#verifyContributions(items);
    return read.map((item) => {
      if (!("signed" in item)) return item;
      const reason = verdicts.get(item) ?? null;
      return reason === null ? this.#takeContribution(item) : refused(reason);
    });
  }

  prune(oldest: Slot): void {
    this.#pool.prune(oldest);
    this.#seen.prune(oldest);
    for (const [key, slot] of this.#aggregators) if (slot < oldest) this.#aggregators.delete(key);
  }

  #seatsOrReason({slot, validatorIndex}: altair.SyncCommitteeMessage): readonly number[] | string {
    if (!this.#core.isCurrent(slot as Slot)) return `slot ${slot} is not the current one`;
    const seats = this.#committee(slot as Slot).validatorIndexMap.get(validatorIndex);
    return seats ?? `validator ${validatorIndex} is not in the sync committee of slot ${slot}`;
  }

  #isKnown(message: altair.SyncCommitteeMessage): boolean {
    const known = this.#pool.message(message.slot as Slot, message.validatorIndex);
    return known !== null && ssz.altair.SyncCommitteeMessage.equals(known, message);
  }

  #verifyMessages(group: readonly SeatedMessage[]): boolean[] {
    const [first] = group;
    if (first === undefined) return [];
    const {slot, beaconBlockRoot} = first.message;
    const items = group.map(({message}) => ({
      publicKey: this.#core.pubkeyCache.getOrThrow(message.validatorIndex),
      signature: message.signature,
    }));
    return verifySameMessage(this.#rootSigned(slot, beaconBlockRoot), items);
  }

  /** A second message counts only when it is for the head and the first was not. */
  #takeMessage(seated: SeatedMessage): SubmitOutcome {
    const {slot, validatorIndex, beaconBlockRoot} = seated.message;
    const earlier = this.#pool.message(slot as Slot, validatorIndex);
    if (earlier !== null && bytesToHex(beaconBlockRoot) !== this.#core.headRoot) {
      return refused(`validator ${validatorIndex} signed another block in this slot`);
    }
    this.#pool.addMessage(seated);
    return ACCEPTED;
  }

  /** The outcome when there is nothing to verify: it is known, malformed, or its aggregator is not one. */
  #readContribution(signed: altair.SignedContributionAndProof): ContributionItem | SubmitOutcome {
    const {aggregatorIndex, contribution, selectionProof} = signed.message;
    const {slot, subcommitteeIndex, aggregationBits} = contribution;
    if (!this.#core.isCurrent(slot as Slot)) return refused(`slot ${slot} is not the current one`);
    const key = messageKey(ssz.altair.SignedContributionAndProof.serialize(signed));
    if (this.#seen.has(key)) return DUPLICATE;
    if (subcommitteeIndex >= SYNC_COMMITTEE_SUBNET_COUNT)
      return refused(`there is no subcommittee ${subcommitteeIndex}`);
    const places = aggregationBits.getTrueBitIndexes();
    if (places.length === 0) return refused("no aggregation bit is set");
    if (!isSyncCommitteeAggregator(selectionProof)) {
      return refused(`validator ${aggregatorIndex} is not selected as aggregator`);
    }
    const start = subcommitteeIndex * SYNC_COMMITTEE_SUBNET_SIZE;
    const members = this.#committee(slot as Slot).validatorIndices.slice(start, start + SYNC_COMMITTEE_SUBNET_SIZE);
    if (!members.includes(aggregatorIndex)) return refused(`validator ${aggregatorIndex} is not in the subcommittee`);
    const {pubkeyCache} = this.#core;
    return {
      key,
      signed,
      aggregatorKey: pubkeyCache.getOrThrow(aggregatorIndex),
      memberKeys: places.map((place) => pubkeyCache.getOrThrow(members[place] ?? -1)),
    };
  }

  /** For each contribution the reason to refuse it, or null. */
  #verifyContributions(items: readonly ContributionItem[]): Map<ContributionItem, string | null> {
    const verdicts = new Map<ContributionItem, string | null>(items.map((item) => [item, null]));
    const mark = (of: readonly ContributionItem[], good: readonly boolean[], reason: string) =>
      of.forEach((item, i) => {
        if (good[i] !== true) verdicts.set(item, reason);
      });
    for (const of of Map.groupBy(items, ({signed}) => signed.message.contribution.subcommitteeIndex).values()) {
      const [first] = of;
      if (first === undefined) continue;
      const proofs = of.map(({aggregatorKey, signed}) => ({
        publicKey: aggregatorKey,
        signature: signed.message.selectionProof,
      }));
      mark(of, verifySameMessage(this.#selectionRoot(first), proofs), "selection proof is not valid");
    }
    const outer = items.map(({signed, aggregatorKey}) => ({
      message: this.#outerRoot(signed.message),
      publicKeys: [aggregatorKey] as const,
      signature: signed.signature,
    }));
    mark(items, verifyEach(outer), "signature of the aggregator is not valid");
    mark(items, this.#verifyAggregates(items), "signature of the contribution is not valid");
    return verdicts;
  }

  /** All aggregators of a subcommittee mostly send the same contribution: it is verified once. */
  #verifyAggregates(items: readonly ContributionItem[]): boolean[] {
    const verified = new Map<string, boolean>();
    return items.map(({signed, memberKeys}) => {
      const {contribution} = signed.message;
      const key = bytesToHex(ssz.altair.SyncCommitteeContribution.serialize(contribution));
      const known = verified.get(key);
      if (known !== undefined) return known;
      const {slot, beaconBlockRoot, signature} = contribution;
      const message = this.#rootSigned(slot, beaconBlockRoot);
      const good = verifyOne({message, publicKeys: memberKeys, signature});
      verified.set(key, good);
      return good;
    });
  }

  #takeContribution({signed, key: seenKey}: ContributionItem): SubmitOutcome {
    const {aggregatorIndex, contribution} = signed.message;
    this.#seen.add(seenKey, contribution.slot as Slot);
    const key = `${contribution.slot}:${contribution.subcommitteeIndex}:${aggregatorIndex}`;
    if (this.#aggregators.has(key)) return DUPLICATE;
    this.#aggregators.set(key, contribution.slot as Slot);
    this.#pool.addContribution(contribution);
    this.#core.emit({kind: "contribution_and_proof", message: signed});
    return ACCEPTED;
  }

  /** Slot S signs with the committee of the epoch of S+1: that is who the next block asks. */
  #committee(slot: Slot): SyncCommitteeCache {
    return this.#core.stateOrThrow(this.#core.headRoot, slot).epochCtx.getIndexedSyncCommittee(slot);
  }

  #rootSigned(slot: number, beaconBlockRoot: Uint8Array): Uint8Array {
    return computeSigningRoot(ssz.Root, beaconBlockRoot, this.#core.config.getDomain(slot, DOMAIN_SYNC_COMMITTEE));
  }

  #selectionRoot({signed}: ContributionItem): Uint8Array {
    const {slot, subcommitteeIndex} = signed.message.contribution;
    const domain = this.#core.config.getDomain(slot, DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF);
    return computeSigningRoot(ssz.altair.SyncAggregatorSelectionData, {slot, subcommitteeIndex}, domain);
  }

  #outerRoot(message: altair.ContributionAndProof): Uint8Array {
    const domain = this.#core.config.getDomain(message.contribution.slot, DOMAIN_CONTRIBUTION_AND_PROOF);
    return computeSigningRoot(ssz.altair.ContributionAndProof, message, domain);
  }
}
