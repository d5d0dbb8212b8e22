import type {Publisher, PublishOutcome, Slot} from "@mote/core";
import {FakePublisher} from "../../src/publisher/fake-publisher.ts";
import {publishableMessages} from "../../src/publisher/publishable-messages.ts";
import {PUBLISHER_CHECKS, type PublisherUnderTest, publisherContract} from "../../src/publisher/publisher-contract.ts";
import {declareFlaws, override} from "../support/flaws.ts";

const PATHS = ["bn0", "bn1", "bn2"];
const messages = publishableMessages({slot: 17 as Slot, gloasSlot: 801 as Slot, beaconNode: "bn2"});

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
      messages,
      refuse: (path, places) => refused.set(path, places),
      silence: (path) => publisher.deaf.add(path),
      voteRequestCount: () => publisher.votes.length,
    };
  };
}

/** The outcomes of a request with contributions, changed. */
const changing = (change: (outcomes: readonly PublishOutcome[]) => readonly PublishOutcome[]) =>
  sound((publisher) => ({publishContributions: async (list) => change(await publisher.publishContributions(list))}));

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
  const tellsAllOfBlindedBlocks = sound((publisher) => ({publishBlock: () => publisher.publishBlock(messages.block)}));
  const wantsAllToBePrepared = sound((publisher) => ({
    prepareProposers: async (preparations) => {
      if (publisher.deaf.size > 0) throw new Error("a path did not take them");
      await publisher.prepareProposers(preparations);
    },
  }));

  declareFlaws(PUBLISHER_CHECKS, {
    "says of each message when and by which path it was accepted": namesNoPath,
    "sends all of them in one request a path": sendsOneByOne,
    "tells apart what was refused and what was taken, in the order of the call": losesTheOrder,
    "says which path refused a message, and why": namesNoPath,
    "counts the best of all paths": countsTheWorst,
    "does not reject when no path answers": rejectsWhenUnanswered,
    "sends what only its maker can publish to that path alone": tellsAllOfBlindedBlocks,
    "says nothing of no message": inventsAnOutcome,
    "tells its news when one path takes it": wantsAllToBePrepared,
    "rejects when no path takes its news": sound(() => ({registerValidators: async () => {}})),
  });
});
