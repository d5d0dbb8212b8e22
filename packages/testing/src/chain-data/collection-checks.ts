import assert from "node:assert/strict";
import type {altair} from "@lodestar/types";
import {attestationDataRoot} from "@mote/consensus";
import {type Attestation, type Root, rootToHex, type Slot} from "@mote/core";
import type {ContractCheck} from "../contract/contract.ts";
import {promptly, settledBy, waitsUntil} from "../contract/settling.ts";
import {
  type Asked,
  type ChainDataUnderTest,
  kept,
  OTHER_ROOT,
  PATIENCE_MS,
  rejection,
  untilOf,
} from "./chain-data-under-test.ts";

/** Votes that beacon nodes have collected: aggregates of attestations, contributions of a sync subcommittee. */

interface CollectionQuestion<T> {
  readonly what: string;
  /** For votes on this root; without it for those that the subject has. */
  readonly ask: (subject: ChainDataUnderTest, root?: Root) => Asked<T>;
  readonly set: (subject: ChainDataUnderTest, beaconNode: string, voteCount: number) => void;
  readonly of: (subject: ChainDataUnderTest, voteCount: number) => T;
}

const AGGREGATE: CollectionQuestion<Attestation> = {
  what: "aggregate",
  ask: (subject, root) => {
    const {chainData, data, committeeIndex} = subject;
    const untilMs = untilOf(subject);
    const attestationDataRootAsked = root ?? rootToHex(attestationDataRoot(data));
    const request = {slot: data.slot, committeeIndex, attestationDataRoot: attestationDataRootAsked, untilMs};
    return {untilMs, asking: kept(chainData.aggregateAttestation(request))};
  },
  set: ({setAggregate, aggregateOf}, beaconNode, voteCount) => setAggregate(beaconNode, aggregateOf(voteCount)),
  of: ({aggregateOf}, voteCount) => aggregateOf(voteCount),
};

const CONTRIBUTION: CollectionQuestion<altair.SyncCommitteeContribution> = {
  what: "contribution",
  ask: (subject, root) => {
    const {slot, subcommitteeIndex, beaconBlockRoot} = subject.contributionOf(1);
    const untilMs = untilOf(subject);
    const request = {
      slot: slot as Slot,
      subcommitteeIndex,
      beaconBlockRoot: root ?? rootToHex(beaconBlockRoot),
      untilMs,
    };
    return {untilMs, asking: kept(subject.chainData.syncCommitteeContribution(request))};
  },
  set: ({setContribution, contributionOf}, beaconNode, voteCount) =>
    setContribution(beaconNode, contributionOf(voteCount)),
  of: ({contributionOf}, voteCount) => contributionOf(voteCount),
};

const checksOf = <T>({what, ask, set, of}: CollectionQuestion<T>): ContractCheck<ChainDataUnderTest>[] => [
  {
    name: `gives the ${what} with the most votes`,
    run: async (subject) => {
      subject.beaconNodes.forEach((name, at) => {
        set(subject, name, [1, 3][at] ?? 2);
      });
      const mostVotes = subject.beaconNodes.length === 1 ? 1 : 3;
      assert.deepEqual(await promptly(ask(subject).asking), of(subject, mostVotes));
    },
  },
  {
    name: `takes the ${what} that comes while it asks`,
    run: async (subject) => {
      const {asking, untilMs} = ask(subject);
      await waitsUntil(asking, subject.clock, untilMs - PATIENCE_MS / 2);
      for (const name of subject.beaconNodes) set(subject, name, 2);
      assert.deepEqual(await settledBy(asking, subject.clock, untilMs - 1), of(subject, 2));
    },
  },
  {
    name: `rejects when there is no ${what} by the time given`,
    run: async (subject) => {
      const {asking, untilMs} = ask(subject);
      await waitsUntil(asking, subject.clock, untilMs - 1);
      assert.equal(await settledBy(rejection(asking), subject.clock, untilMs), "rejected");
    },
  },
  {
    name: `gives no ${what} of votes on something else`,
    run: async (subject) => {
      for (const name of subject.beaconNodes) set(subject, name, 2);
      const {asking, untilMs} = ask(subject, OTHER_ROOT);
      assert.equal(await settledBy(rejection(asking), subject.clock, untilMs), "rejected");
    },
  },
];

export const COLLECTION_CHECKS: readonly ContractCheck<ChainDataUnderTest>[] = [
  ...checksOf(AGGREGATE),
  ...checksOf(CONTRIBUTION),
];
