import assert from "node:assert/strict";
import type {Slot} from "@mote/core";
import {FakeClock, FakePublisher, publishableMessages} from "@mote/testing";
import type {SecondPath} from "../../src/p2p/all-paths-publisher.ts";
import {countedGossip} from "../../src/p2p/counted-gossip.ts";

const messages = publishableMessages({slot: 17 as Slot, gloasSlot: 801 as Slot, beaconNode: "bn0"});

describe("countedGossip", () => {
  const setUp = () => {
    const gossip = new FakePublisher({paths: ["gossip"]}, {clock: new FakeClock({nowMs: 1_000})});
    const [votes, blocks]: [string[], unknown[]] = [[], []];
    const counted = countedGossip(gossip as SecondPath, {
      onVoteSent: (slot, index) => votes.push(`${slot}/${index}`),
      onBlockSent: (block) => blocks.push(block),
    });
    return {gossip, counted, votes, blocks};
  };

  it("tells votes and whole blocks that went to peers", async () => {
    const {gossip, counted, votes, blocks} = setUp();
    gossip.judge = ({kind, place}) => (kind === "votes" && place === 1 ? "refused" : "accepted");
    await counted.publishAttestations(messages.votes);
    assert.deepEqual(votes, ["17/1", "17/3"]);
    assert.equal((await counted.publishBlock(messages.block)).kind, "accepted");
    assert.deepEqual(blocks, [messages.block.produced.block]);
  });

  it("tells no block that nobody took, and none that is not whole", async () => {
    const {gossip, counted, blocks} = setUp();
    await counted.publishBlock(messages.blindedBlock);
    gossip.judge = () => "unanswered";
    await counted.publishBlock(messages.block);
    assert.deepEqual(blocks, []);
  });
});
