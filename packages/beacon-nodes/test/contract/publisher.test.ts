import type {Slot} from "@mote/core";
import {publishableMessages, publisherContract} from "@mote/testing";
import {SetUnderTest} from "../support/set-under-test.ts";

const MESSAGES = {slot: 17 as Slot, gloasSlot: 801 as Slot};
const ONE_BY_ONE = {attestations: false, blocks: false, syncMessages: false, subscriptions: false};

for (const [name, count, broadcast] of [
  ["of 1", 1, {}],
  ["of 3", 3, {}],
  ["of 3, one after the other,", 3, ONE_BY_ONE],
] as const) {
  describe(`BeaconNodeSet ${name} keeps the contract of Publisher`, () => {
    publisherContract(async () => {
      const subject = await SetUnderTest.start(count, {broadcast});
      return {
        publisher: subject.set,
        paths: subject.names,
        messages: publishableMessages({...MESSAGES, beaconNode: subject.names.at(-1)!}),
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
