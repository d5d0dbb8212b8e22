import {strict as assert} from "node:assert";
import {ssz} from "@lodestar/types";
import {TurnBatch} from "../../src/p2p/turn-batch.ts";
import {VotePaths} from "../../src/p2p/vote-paths.ts";

const vote = (slot: number, attesterIndex: number) => {
  const value = ssz.electra.SingleAttestation.defaultValue();
  value.data.slot = slot;
  return {...value, attesterIndex};
};

describe("VotePaths", () => {
  it("counts each vote once, by all the ways on which it came", () => {
    const paths = new VotePaths();
    paths.note("api", vote(1, 1));
    paths.note("api", vote(1, 1));
    paths.note("gossip", vote(1, 1));
    paths.note("gossip", vote(1, 2));
    paths.note("api", vote(2, 2));
    assert.deepEqual(paths.figures(), {both: 1, apiOnly: 1, gossipOnly: 1});
  });

  it("keeps the count of slots that it has forgotten", () => {
    const paths = new VotePaths();
    for (let slot = 0; slot < 100; slot++) paths.note(slot % 2 === 0 ? "api" : "gossip", vote(slot, slot));
    assert.deepEqual(paths.figures(), {both: 0, apiOnly: 50, gossipOnly: 50});
  });
});

describe("TurnBatch", () => {
  const accepted = {kind: "accepted"} as const;

  it("submits what came in one turn together, and gives each its own outcome", async () => {
    const lists: (readonly number[])[] = [];
    const batch = new TurnBatch<number>({
      submit: (list) => {
        lists.push(list);
        return list.map((each) => (each === 2 ? {kind: "refused", reason: "two"} : accepted));
      },
    });
    const first = await Promise.all([batch.add(1), batch.add(2)]);
    assert.deepEqual(first, [accepted, {kind: "refused", reason: "two"}]);
    await batch.add(3);
    assert.deepEqual(lists, [[1, 2], [3]]);
  });

  it("fails the one that is to blame alone", async () => {
    const batch = new TurnBatch<number>({
      submit: (list) => {
        if (list.includes(0)) throw new Error("a bug");
        return list.map(() => accepted);
      },
    });
    const [good, bad, other] = await Promise.allSettled([batch.add(1), batch.add(0), batch.add(2)]);
    assert.equal(bad.status, "rejected");
    assert.deepEqual([good, other], Array(2).fill({status: "fulfilled", value: accepted}));
    const short = new TurnBatch<number>({submit: () => []});
    await assert.rejects(short.add(1), /was not judged/);
  });
});
