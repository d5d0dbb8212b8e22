import assert from "node:assert/strict";
import {FakeLog, FakeReferee} from "@mote/testing";
import {type IncludedVote, IncludedVotes} from "../../src/network/included-votes.ts";
import {attestationOf, seenBlock} from "../support/network.ts";
import {data, duty, epoch, fakeTime, root, SLOT_MS, SLOTS_PER_EPOCH} from "../support/world.ts";

describe("IncludedVotes", () => {
  function setUp() {
    const {clock, slotClock} = fakeTime(10);
    const [referee, log, found] = [new FakeReferee(), new FakeLog(), [] as IncludedVote[]];
    const ours = [duty(1, 9, {validatorCommitteeIndex: 0}), duty(2, 9, {validatorCommitteeIndex: 2})];
    referee.provenRootAt = () => root(1);
    const world = {lengths: [4] as readonly number[] | Error, asked: 0};
    const votes = new IncludedVotes(
      {onIncludedVote: (vote) => found.push(vote)},
      {
        duties: {dutiesAt: (at) => ours.filter(({slot}) => slot === at)},
        referee,
        lengthsAt: async () => {
          world.asked++;
          if (world.lengths instanceof Error) throw world.lengths;
          return world.lengths;
        },
        slotClock,
        log,
      },
    );
    return {clock, slotClock, referee, log, found, votes, world};
  }
  const withVotes = (attestations = [attestationOf(data(9), [0, 1])]) => seenBlock(10, 0, {attestations});

  it("are told once the block is proven, each with our bit, and once", async () => {
    const {votes, referee, found} = setUp();
    votes.onNetworkEvent(withVotes([attestationOf(data(9), [0, 1]), attestationOf(data(9), [2, 3])]));
    await votes.look();
    assert.deepEqual(found, [], "a bit in a block that is not proven is anybody's word");
    referee.proven.add(root(1010));
    for (let times = 0; times < 2; times++) await votes.look();
    assert.deepEqual(
      found.map(({duty: {validatorIndex}, blockRoot}) => [validatorIndex, blockRoot]),
      [
        [1, root(1010)],
        [2, root(1010)],
      ],
    );
  });

  it("are looked for in blocks that gossip did not bring, too", async () => {
    const {votes, referee, found} = setUp();
    const {slot, blockRoot, attestations, receivedMs} = withVotes();
    votes.onNetworkEvent({kind: "fetched_block", slot, blockRoot, attestations, receivedMs});
    referee.proven.add(root(1010));
    await votes.look();
    assert.deepEqual(
      found.map(({duty: {validatorIndex}}) => validatorIndex),
      [1],
    );
  });

  it("ask for no committees where no vote of our slots is", async () => {
    const {votes, referee, found, world} = setUp();
    referee.proven.add(root(1010));
    votes.onNetworkEvent(withVotes([attestationOf(data(8), [0, 1, 2, 3])]));
    await votes.look();
    assert.deepEqual([found.length, world.asked], [0, 0]);
  });

  it("are read again when the committees could not be told, and say so once", async () => {
    const {votes, referee, found, world, log} = setUp();
    referee.proven.add(root(1010));
    votes.onNetworkEvent(withVotes());
    world.lengths = new Error("down");
    for (let times = 0; times < 2; times++) await votes.look();
    assert.deepEqual([found.length, log.lines.length], [0, 1]);
    world.lengths = [4];
    await votes.look();
    assert.equal(found.length, 1);
  });

  it("wait until the chain is known back to the block that their committees rest on", async () => {
    const {votes, referee, found, clock} = setUp();
    await clock.advance((2 * SLOTS_PER_EPOCH + 1 - 10) * SLOT_MS);
    const vote = data(9, {target: {epoch: epoch(2), root: root(2)}});
    votes.onNetworkEvent(seenBlock(17, 0, {attestations: [attestationOf(vote, [0])]}));
    referee.proven.add(root(1017));
    referee.provenRootAt = () => null;
    await votes.look();
    assert.deepEqual(found, []);
    referee.provenRootAt = (slot) => root(slot);
    await votes.look();
    assert.deepEqual(
      found.map(({dependentRoot}) => dependentRoot),
      [root(SLOTS_PER_EPOCH - 1)],
    );
  });

  it("are forgotten when nobody proves the block within an epoch, and keep no more than so many blocks", async () => {
    const {votes, referee, found, clock} = setUp();
    votes.onNetworkEvent(withVotes());
    await clock.advance((SLOTS_PER_EPOCH + 1) * SLOT_MS);
    await votes.look();
    referee.proven.add(root(1010));
    await votes.look();
    assert.deepEqual(found, []);
    for (let n = 0; n < 40; n++) {
      const attestations = [attestationOf(data(9), [0])];
      votes.onNetworkEvent(seenBlock(19, 0, {blockRoot: root(n), attestations, isSignatureVerified: n < 5}));
    }
    for (let n = 0; n < 40; n++) referee.proven.add(root(n));
    await votes.look();
    assert.equal(found.length, 32);
    assert.deepEqual(
      found.slice(0, 5).map(({blockRoot}) => blockRoot),
      [0, 1, 2, 3, 4].map(root),
      "those with a proposer's signature stay",
    );
  });
});
