import {strict as assert} from "node:assert";
import {type electra, ssz} from "@lodestar/types";
import type {Root, Slot} from "@mote/core";
import {PublishLatency, percentile} from "../../src/api/publish-latency.ts";

const ROOT = `0x${"aa".repeat(32)}` as Root;

function vote(slot: number, attesterIndex: number, root = 0xaa): electra.SingleAttestation {
  const single = ssz.electra.SingleAttestation.defaultValue();
  single.attesterIndex = attesterIndex;
  single.data.slot = slot;
  single.data.beaconBlockRoot = new Uint8Array(32).fill(root);
  return single;
}

describe("PublishLatency", () => {
  let latency: PublishLatency;
  beforeEach(() => {
    latency = new PublishLatency();
    latency.headWritten(5 as Slot, ROOT, 1000);
  });

  it("is the time from the head event to the request that brought the last new vote", () => {
    latency.votesReceived([vote(5, 1)], 1010);
    latency.votesReceived([vote(5, 2)], 1030);
    assert.deepEqual([latency.ofSlot(5 as Slot), latency.samples()], [30, [30]]);
  });

  it("does not count votes that are sent again", () => {
    latency.votesReceived([vote(5, 1)], 1010);
    latency.votesReceived([vote(5, 1)], 1500);
    assert.equal(latency.ofSlot(5 as Slot), 10);
  });

  it("starts at the first head event of the slot", () => {
    latency.headWritten(5 as Slot, ROOT, 1400);
    latency.votesReceived([vote(5, 1)], 1410);
    assert.equal(latency.ofSlot(5 as Slot), 410);
  });

  for (const [name, votes, atMs] of [
    ["came before the event", [vote(5, 1)], 999],
    ["are for another head", [vote(5, 1, 0xbb)], 1010],
    ["are of a slot without an event", [vote(6, 1)], 1010],
  ] as const) {
    it(`does not count votes that ${name}`, () => {
      latency.votesReceived(votes, atMs);
      assert.deepEqual(latency.samples(), []);
    });
  }

  it("keeps a bounded number of slots open", () => {
    for (let slot = 6; slot < 100; slot++) latency.headWritten(slot as Slot, ROOT, 1000);
    latency.votesReceived([vote(5, 1), vote(99, 1)], 1010);
    assert.deepEqual([latency.ofSlot(5 as Slot), latency.ofSlot(99 as Slot)], [null, 10]);
  });
});

describe("percentile", () => {
  it("is the nearest rank", () => {
    const samples = [40, 10, 30, 20];
    assert.deepEqual(
      [0, 0.25, 0.5, 0.51, 0.99, 1].map((fraction) => percentile(samples, fraction)),
      [10, 10, 20, 30, 40, 40],
    );
    assert.deepEqual(samples, [40, 10, 30, 20]);
  });
  it("is null without samples", () => assert.equal(percentile([], 0.5), null));
});
