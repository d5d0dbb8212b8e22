import assert from "node:assert/strict";
import type {
  CommitteeSubscription,
  Publisher,
  PublishOutcome,
  SignedAggregateAndProof,
  SingleAttestation,
} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly, rejectsPromptly} from "../contract/settling.ts";

export interface PublisherUnderTest extends UnderTest {
  readonly publisher: Publisher;
  readonly paths: readonly string[];
  /** Three votes and three aggregates of one slot. */
  readonly votes: readonly SingleAttestation[];
  readonly aggregates: readonly SignedAggregateAndProof[];
  readonly subscription: CommitteeSubscription;
  /** From now on the path refuses what stands at these places of a request, and takes the rest. */
  readonly refuse: (path: string, places: readonly number[]) => void;
  /** From now on every request on this path fails without a word on its messages. */
  readonly silence: (path: string) => void;
  /** How many requests with votes this path was sent. */
  readonly voteRequestCount: (path: string) => number;
}

/** Both kinds of message, which the promises hold for alike. */
const publishEach = ({publisher, votes, aggregates}: PublisherUnderTest) => [
  () => promptly(publisher.publishAttestations(votes), "publishing votes"),
  () => promptly(publisher.publishAggregates(aggregates), "publishing aggregates"),
];

const wordOf = (outcome: PublishOutcome): string => (outcome.kind === "failed" ? outcome.reason : outcome.kind);

const ACCEPTED_ALL = ["accepted", "accepted", "accepted"];

export const PUBLISHER_CHECKS: readonly ContractCheck<PublisherUnderTest>[] = [
  {
    name: "says of each message when and by which path it was accepted",
    run: async (subject) => {
      for (const publish of publishEach(subject)) {
        const outcomes = await publish();
        assert.deepEqual(outcomes.map(wordOf), ACCEPTED_ALL);
        for (const outcome of outcomes) {
          assert.ok(outcome.kind === "accepted" && Number.isFinite(outcome.atMs));
          const accepting = outcome.receipts.filter(({kind}) => kind === "accepted");
          assert.ok(accepting.length > 0, "no path accepted it");
          for (const {path, detail} of accepting) assert.ok(subject.paths.includes(path) && detail === "", path);
        }
      }
    },
  },
  {
    name: "sends all of them in one request a path",
    run: async (subject) => {
      await promptly(subject.publisher.publishAttestations(subject.votes));
      const counts = subject.paths.map(subject.voteRequestCount);
      assert.ok(Math.max(...counts) === 1, `requests by path: ${counts.join(" ")}`);
    },
  },
  {
    name: "tells apart what was refused and what was taken, in the order of the call",
    run: async (subject) => {
      for (const path of subject.paths) subject.refuse(path, [1]);
      for (const publish of publishEach(subject)) {
        const outcomes = await publish();
        assert.deepEqual(outcomes.map(wordOf), ["accepted", "PUBLISH_REFUSED", "accepted"]);
      }
    },
  },
  {
    name: "says which path refused a message, and why",
    run: async (subject) => {
      for (const path of subject.paths) subject.refuse(path, [0]);
      for (const publish of publishEach(subject)) {
        const [outcome] = await publish();
        const paths = outcome?.receipts.map(({path}) => path).sort();
        assert.deepEqual(paths, [...subject.paths].sort());
        for (const {kind, detail} of outcome?.receipts ?? []) assert.ok(kind === "refused" && detail !== "", detail);
      }
    },
  },
  {
    name: "counts the best of all paths",
    run: async (subject) => {
      const [best, ...others] = subject.paths;
      subject.refuse(best as string, []);
      others.forEach((path, at) => {
        if (at === 0) subject.refuse(path, [0, 1, 2]);
        else subject.silence(path);
      });
      for (const publish of publishEach(subject)) assert.deepEqual((await publish()).map(wordOf), ACCEPTED_ALL);
    },
  },
  {
    name: "does not reject when no path answers",
    run: async (subject) => {
      for (const path of subject.paths) subject.silence(path);
      for (const publish of publishEach(subject)) {
        const outcomes = await publish();
        assert.deepEqual(outcomes.map(wordOf), Array(3).fill("PUBLISH_UNANSWERED"));
      }
    },
  },
  {
    name: "says nothing of no message",
    run: async ({publisher}) => {
      assert.deepEqual(await promptly(publisher.publishAttestations([])), []);
      assert.deepEqual(await promptly(publisher.publishAggregates([])), []);
    },
  },
  {
    name: "subscribes committees when one path takes it",
    run: async ({publisher, subscription, paths, silence}) => {
      for (const path of paths.slice(1)) silence(path);
      await promptly(publisher.subscribeCommittees([subscription]));
    },
  },
  {
    name: "rejects when no path takes the subscriptions",
    run: async ({publisher, subscription, paths, silence}) => {
      for (const path of paths) silence(path);
      await rejectsPromptly(publisher.subscribeCommittees([subscription]), "subscribeCommittees");
    },
  },
];

/** What every adapter of the port `Publisher` has to do. */
export const publisherContract = contractOf(PUBLISHER_CHECKS);
