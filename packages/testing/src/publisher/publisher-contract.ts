import assert from "node:assert/strict";
import type {Publisher, PublishOutcome} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly, rejectsPromptly} from "../contract/settling.ts";
import type {PublishableMessages} from "./publishable-messages.ts";

export interface PublisherUnderTest extends UnderTest {
  readonly publisher: Publisher;
  readonly paths: readonly string[];
  /** Those that were made by one path were made by the last. */
  readonly messages: PublishableMessages;
  /** From now on the path refuses what stands at these places of a request, and takes the rest. A message alone stands at 0. */
  readonly refuse: (path: string, places: readonly number[]) => void;
  /** From now on every request on this path fails without a word on its messages. */
  readonly silence: (path: string) => void;
  /** How many requests with votes this path was sent. */
  readonly voteRequestCount: (path: string) => number;
}

type Publish = (subject: PublisherUnderTest) => Promise<readonly PublishOutcome[]>;

/** What travels in lists: `count` of the messages. */
type PublishList = (publisher: Publisher, messages: PublishableMessages, count: number) => ReturnType<Publish>;
const LISTS: readonly PublishList[] = [
  (publisher, {votes}, count) => publisher.publishAttestations(votes.slice(0, count)),
  (publisher, {aggregates}, count) => publisher.publishAggregates(aggregates.slice(0, count)),
  (publisher, {syncMessages}, count) => publisher.publishSyncCommitteeMessages(syncMessages.slice(0, count)),
  (publisher, {contributions}, count) => publisher.publishContributions(contributions.slice(0, count)),
  (publisher, {payloadVotes}, count) => publisher.publishPayloadAttestations(payloadVotes.slice(0, count)),
  (publisher, {preferences}, count) => publisher.publishProposerPreferences(preferences.slice(0, count)),
];
/** What travels alone, by any path. */
const SINGLES: readonly Publish[] = [
  async ({publisher, messages}) => [await publisher.publishBlock(messages.block)],
  async ({publisher, messages}) => [await publisher.publishExecutionPayloadEnvelope(messages.envelope)],
  async ({publisher, messages}) => [await publisher.publishVoluntaryExit(messages.exit)],
];
/** What one path alone can publish. */
const TIED: readonly Publish[] = [
  async ({publisher, messages}) => [await publisher.publishBlock(messages.blindedBlock)],
  async ({publisher, messages}) => [await publisher.publishExecutionPayloadEnvelope(messages.envelopeWithoutBlobs)],
];
/** What paths are told, without a word on each item. */
const NEWS: readonly ((subject: PublisherUnderTest) => Promise<void>)[] = [
  ({publisher, messages}) => publisher.subscribeCommittees([messages.subscription]),
  ({publisher, messages}) => publisher.subscribeSyncCommittees([messages.syncSubscription]),
  ({publisher, messages}) => publisher.prepareProposers([messages.preparation]),
  ({publisher, messages}) => publisher.registerValidators([messages.registration]),
];

const ofThree: readonly Publish[] = LISTS.map(
  (publish) =>
    ({publisher, messages}) =>
      promptly(publish(publisher, messages, 3), "publishing three messages"),
);
const alone: readonly Publish[] = SINGLES.map((publish) => (subject) => promptly(publish(subject), "publishing one"));

const wordOf = (outcome: PublishOutcome): string => (outcome.kind === "failed" ? outcome.reason : outcome.kind);

const all = (word: string, outcomes: readonly PublishOutcome[]) =>
  assert.deepEqual(
    outcomes.map(wordOf),
    outcomes.map(() => word),
  );

export const PUBLISHER_CHECKS: readonly ContractCheck<PublisherUnderTest>[] = [
  {
    name: "says of each message when and by which path it was accepted",
    run: async (subject) => {
      for (const publish of [...ofThree, ...alone]) {
        const outcomes = await publish(subject);
        assert.ok(outcomes.length > 0);
        all("accepted", outcomes);
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
      await promptly(subject.publisher.publishAttestations(subject.messages.votes));
      const counts = subject.paths.map(subject.voteRequestCount);
      assert.ok(Math.max(...counts) === 1, `requests by path: ${counts.join(" ")}`);
    },
  },
  {
    name: "tells apart what was refused and what was taken, in the order of the call",
    run: async (subject) => {
      for (const path of subject.paths) subject.refuse(path, [1]);
      for (const publish of ofThree) {
        assert.deepEqual((await publish(subject)).map(wordOf), ["accepted", "PUBLISH_REFUSED", "accepted"]);
      }
    },
  },
  {
    name: "says which path refused a message, and why",
    run: async (subject) => {
      for (const path of subject.paths) subject.refuse(path, [0]);
      for (const publish of [...ofThree, ...alone]) {
        const [outcome] = await publish(subject);
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
      for (const publish of [...ofThree, ...alone]) all("accepted", await publish(subject));
    },
  },
  {
    name: "does not reject when no path answers",
    run: async (subject) => {
      for (const path of subject.paths) subject.silence(path);
      for (const publish of [...ofThree, ...alone, ...TIED]) all("PUBLISH_UNANSWERED", await publish(subject));
    },
  },
  {
    name: "sends what only its maker can publish to that path alone",
    run: async (subject) => {
      for (const publish of TIED) {
        const [outcome] = await promptly(publish(subject));
        assert.ok(outcome?.kind === "accepted");
        assert.deepEqual(
          outcome.receipts.map(({path}) => path),
          [subject.paths.at(-1)],
        );
      }
    },
  },
  {
    name: "says nothing of no message",
    run: async ({publisher, messages}) => {
      for (const publish of LISTS) assert.deepEqual(await promptly(publish(publisher, messages, 0)), []);
    },
  },
  {
    name: "tells its news when one path takes it",
    run: async (subject) => {
      for (const path of subject.paths.slice(1)) subject.silence(path);
      for (const tell of NEWS) await promptly(tell(subject));
    },
  },
  {
    name: "rejects when no path takes its news",
    run: async (subject) => {
      for (const path of subject.paths) subject.silence(path);
      for (const tell of NEWS) await rejectsPromptly(tell(subject), "telling");
    },
  },
];

/** What every adapter of the port `Publisher` has to do. */
export const publisherContract = contractOf(PUBLISHER_CHECKS);
