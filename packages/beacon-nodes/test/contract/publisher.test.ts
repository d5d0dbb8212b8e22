import type {CommitteeIndex, Slot, ValidatorIndex} from "@mote/core";
import {publisherContract} from "@mote/testing";
import {aggregate, vote} from "../support/messages.ts";
import {SetUnderTest} from "../support/set-under-test.ts";

for (const count of [1, 3]) {
  describe(`BeaconNodeSet of ${count} keeps the contract of Publisher`, () => {
    publisherContract(async () => {
      const subject = await SetUnderTest.start(count);
      return {
        publisher: subject.set,
        paths: subject.names,
        votes: [1, 2, 3].map((attester) => vote(17, attester)),
        aggregates: [1, 2, 3].map((aggregator) => aggregate(17, aggregator)),
        subscription: {
          validatorIndex: 1 as ValidatorIndex,
          committeeIndex: 0 as CommitteeIndex,
          committeesAtSlot: 1,
          slot: 17 as Slot,
          isAggregator: false,
        },
        refuse: (path, places) => {
          subject.fake(path).chain.judge = (place) => (places.includes(place) ? "bad signature" : null);
        },
        silence: (path) => void subject.fake(path).faults.set("*", {kind: "status", status: 500}),
        voteRequestCount: (path) => subject.fake(path).count("POST /eth/v2/beacon/pool/attestations"),
        close: () => subject.close(),
      };
    });
  });
}
