import type {
  CommitteeIndex,
  Publisher,
  PublishOutcome,
  SignedAggregateAndProof,
  SingleAttestation,
  Slot,
  ValidatorIndex,
} from "@mote/core";
import {fakeChain, fakeSignature} from "../../src/beacon-nodes/fake-chain.ts";
import {FakePublisher} from "../../src/publisher/fake-publisher.ts";
import {PUBLISHER_CHECKS, type PublisherUnderTest, publisherContract} from "../../src/publisher/publisher-contract.ts";
import {declareFlaws, override} from "../support/flaws.ts";

const SLOT = 17 as Slot;
const PATHS = ["bn0", "bn1", "bn2"];
const chain = fakeChain();

const voteOf = (index: number): SingleAttestation => ({
  committeeIndex: 0 as CommitteeIndex,
  attesterIndex: index as ValidatorIndex,
  data: chain.attestationData(SLOT),
  signature: fakeSignature(index),
});

const aggregateOf = (index: number): SignedAggregateAndProof => ({
  message: {
    aggregatorIndex: index as ValidatorIndex,
    aggregate: chain.aggregate(SLOT, 0)!,
    selectionProof: fakeSignature(index),
  },
  signature: fakeSignature(index),
});

function sound(flaw: (publisher: FakePublisher) => Partial<Publisher> = () => ({})): () => PublisherUnderTest {
  return () => {
    const publisher = new FakePublisher({paths: PATHS}, {clock: {nowMs: () => 1_000}});
    const refused = new Map<string, readonly number[]>();
    publisher.judge = ({path, place}) => {
      if (publisher.deaf.has(path)) return "unanswered";
      return refused.get(path)?.includes(place) ? "refused" : "accepted";
    };
    return {
      publisher: override<Publisher>(publisher, flaw(publisher)),
      paths: PATHS,
      votes: [1, 2, 3].map(voteOf),
      aggregates: [1, 2, 3].map(aggregateOf),
      subscription: {
        validatorIndex: 1 as ValidatorIndex,
        committeeIndex: 0 as CommitteeIndex,
        committeesAtSlot: 1,
        slot: SLOT,
        isAggregator: false,
      },
      refuse: (path, places) => refused.set(path, places),
      silence: (path) => publisher.deaf.add(path),
      voteRequestCount: () => publisher.votes.length,
    };
  };
}

/** The outcomes of a request with votes, changed. */
const changing = (change: (outcomes: readonly PublishOutcome[]) => readonly PublishOutcome[]) =>
  sound((publisher) => ({publishAttestations: async (votes) => change(await publisher.publishAttestations(votes))}));

describe("FakePublisher keeps the contract of its port", () => {
  publisherContract(sound());
});

describe("the suite of Publisher", () => {
  const namesNoPath = changing((outcomes) => outcomes.map((outcome) => ({...outcome, receipts: []})));
  const sendsOneByOne = sound((publisher) => ({
    publishAttestations: async (votes) =>
      (await Promise.all(votes.map((vote) => publisher.publishAttestations([vote])))).flat(),
  }));
  const losesTheOrder = changing((outcomes) =>
    outcomes.toSorted((a, b) => Number(b.kind === "failed") - Number(a.kind === "failed")),
  );
  const countsTheWorst = changing((outcomes) =>
    outcomes.map((outcome) =>
      outcome.receipts.every(({kind}) => kind === "accepted")
        ? outcome
        : {kind: "failed", reason: "PUBLISH_REFUSED", receipts: outcome.receipts},
    ),
  );
  const rejectsWhenUnanswered = changing((outcomes) => {
    if (outcomes.some((outcome) => outcome.kind === "failed")) throw new Error("no path answers");
    return outcomes;
  });
  const inventsAnOutcome = changing((outcomes) => [...outcomes, {kind: "accepted", atMs: 1, receipts: []}]);
  const wantsAllToSubscribe = sound((publisher) => ({
    subscribeCommittees: async (subscriptions) => {
      if (publisher.deaf.size > 0) throw new Error("a path did not take them");
      await publisher.subscribeCommittees(subscriptions);
    },
  }));

  declareFlaws(PUBLISHER_CHECKS, {
    "says of each message when and by which path it was accepted": namesNoPath,
    "sends all of them in one request a path": sendsOneByOne,
    "tells apart what was refused and what was taken, in the order of the call": losesTheOrder,
    "says which path refused a message, and why": namesNoPath,
    "counts the best of all paths": countsTheWorst,
    "does not reject when no path answers": rejectsWhenUnanswered,
    "says nothing of no message": inventsAnOutcome,
    "subscribes committees when one path takes it": wantsAllToSubscribe,
    "rejects when no path takes the subscriptions": sound(() => ({subscribeCommittees: async () => {}})),
  });
});
