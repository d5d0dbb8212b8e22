import assert from "node:assert/strict";
import {ForkSeq, SLOTS_PER_EPOCH} from "@lodestar/params";
import type {Epoch, Slot, ValidatorIndex} from "@mote/core";
import {SlotPlayer, testChain} from "./support.ts";

const NOTHING_SLASHABLE = {slashableMessages: 0, offences: [], badlySigned: 0, undecided: 0};

describe("devnet chain", () => {
  it("finalizes under Fulu, and every vote is in the chain", () => {
    const player = new SlotPlayer(testChain("fulu"));
    player.playTo(5 * SLOTS_PER_EPOCH);
    const {chain, events} = player;
    assert.deepEqual([chain.justified.epoch, chain.finalized.epoch], [4, 3]);
    // The windows of epochs 0 to 3 have passed: 4 × 64 votes.
    const totals = {expected: 256, published: 256, included: 256, missed: 0, correctHead: 256, correctTarget: 256};
    assert.deepEqual(chain.ledger.totals(), totals);
    assert.deepEqual(chain.slashings.report(), NOTHING_SLASHABLE);
    assert.equal(chain.packing.singleVotes, 0);
    assert.equal(chain.packing.votes, 5 * 64);
    const finalized = events.filter((event) => event.kind === "finalized_checkpoint").map((event) => event.epoch);
    // No epoch is weighed before the third, so epoch 1 is never finalized by itself.
    assert.deepEqual(finalized, [2, 3]);
    assert.equal(events.filter((event) => event.kind === "head").length, 5 * SLOTS_PER_EPOCH);
  });

  it("crosses into Gloas at epoch 2 and finalizes there", () => {
    const player = new SlotPlayer(testChain({gloasEpoch: 2 as Epoch}));
    // The fork's first slot is empty: its votes are for a block that carried its payload itself.
    player.playTo(5 * SLOTS_PER_EPOCH, {skip: [16]});
    const {chain} = player;
    assert.equal(chain.config.getForkSeq(chain.head.slot), ForkSeq.gloas);
    assert.equal(chain.finalized.epoch, 3);
    assert.equal(chain.ledger.totals().correctHead, 256);
    assert.equal(chain.block(chain.head.root)?.payloadStatus, "full");
    assert.ok(player.events.some((event) => event.kind === "payload_full"));
  });

  it("runs Gloas from genesis with skipped slots", () => {
    const skip = [5, 8, 13];
    const player = new SlotPlayer(testChain("gloas"));
    player.playTo(4 * SLOTS_PER_EPOCH, {skip});
    const {chain} = player;
    assert.equal(chain.finalized.epoch, 2);
    assert.deepEqual(chain.slashings.report(), NOTHING_SLASHABLE);
    assert.equal(chain.ledger.totals().missed, 0);
    // A vote in a skipped slot is for an older block, whose payload is there.
    assert.equal(chain.attestationData(13 as Slot)?.index, 1);
    assert.equal(chain.attestationData(14 as Slot)?.index, 0);
  });

  it("leaves skipped slots empty and votes for the block before", () => {
    const player = new SlotPlayer(testChain());
    player.playTo(10, {skip: [4, 8, 9]});
    const {chain} = player;
    assert.equal(chain.blockAtSlot(8 as Slot), null);
    const before = chain.blockAtSlot(7 as Slot);
    assert.ok(before !== null);
    assert.equal(chain.rootAtSlot(9 as Slot), before.root);
    // Slot 8 starts an epoch: its target is the block before it.
    assert.equal(Buffer.from(player.voters.data(8 as Slot).target.root).toString("hex"), before.root.slice(2));
    assert.equal(chain.ledger.slot(9 as Slot)?.included, 8);
  });

  it("packs single votes only where no aggregate came, and counts them", () => {
    const player = new SlotPlayer(testChain());
    player.playTo(2);
    player.playTo(4, {withAggregates: false});
    player.playTo(6);
    // Votes of slots 0 to 5 are in blocks 1 to 6; those of 3 and 4 came without aggregates.
    assert.deepEqual(player.chain.packing, {votes: 48, singleVotes: 16});
  });

  it("takes back what a reorg removes, and says so", () => {
    const player = new SlotPlayer(testChain("fulu", 64, {reorg: [{from: 10, to: 10}]}));
    player.playTo(9);
    const {chain} = player;
    const before = chain.head.root;
    chain.onSlot(10 as Slot);
    const held = player.propose(10 as Slot);
    assert.equal(chain.block(held.root), null);
    player.vote(10 as Slot);
    chain.showHeldBlock();
    assert.equal(chain.head.root, held.root);
    assert.equal(chain.ledger.slot(9 as Slot)?.included, 8);
    assert.equal(chain.ledger.slot(10 as Slot)?.correctHead, 0);

    chain.onSlot(11 as Slot);
    const rival = player.propose(11 as Slot);
    assert.equal(chain.block(rival.root)?.parentRoot, before);
    assert.equal(chain.head.root, rival.root);
    const reorgs = player.events.filter((event) => event.kind === "chain_reorg");
    assert.deepEqual(
      reorgs.map(({slot, depth, oldHeadBlock, newHeadBlock}) => ({slot, depth, oldHeadBlock, newHeadBlock})),
      [{slot: 11, depth: 1, oldHeadBlock: held.root, newHeadBlock: rival.root}],
    );
    assert.equal(chain.blockAtSlot(10 as Slot), null);
    assert.equal(chain.ledger.slot(9 as Slot)?.included, 8);
    assert.equal(chain.ledger.slot(10 as Slot)?.correctHead, 8);

    player.vote(11 as Slot);
    player.playTo(4 * SLOTS_PER_EPOCH);
    assert.equal(chain.ledger.totals().missed, 0);
    assert.equal(chain.block(held.root), null, "an orphan is forgotten once finality has passed it");
    assert.deepEqual(chain.slashings.report(), NOTHING_SLASHABLE);
  });

  it("does not reorg without the boost", () => {
    const player = new SlotPlayer(testChain("fulu", 64, {reorg: [{from: 3, to: 3}]}));
    player.playTo(2);
    const {chain} = player;
    chain.onSlot(3 as Slot);
    const first = player.propose(3 as Slot);
    chain.showHeldBlock();
    player.vote(3 as Slot);
    chain.onSlot(4 as Slot);
    chain.onVotesDue(4 as Slot);
    const late = player.propose(4 as Slot);
    assert.equal(chain.block(late.root)?.parentRoot, chain.block(first.root)?.parentRoot);
    assert.equal(chain.head.root, first.root);
    assert.ok(!player.events.some((event) => event.kind === "chain_reorg"));
  });

  it("holds a bounded number of states, and makes old ones again", () => {
    const player = new SlotPlayer(testChain("fulu", 8));
    player.playTo(80);
    const {chain} = player;
    assert.ok(chain.held.states <= 80, `holds ${chain.held.states} states`);
    const old = chain.blockAtSlot(40 as Slot);
    assert.ok(old !== null);
    assert.equal(chain.stateAt(old.root)?.slot, 40);
  });

  it("tells liveness from votes and from blocks", () => {
    const player = new SlotPlayer(testChain());
    player.playTo(0);
    const {chain, voters, validators} = player;
    const voted = voters.duties(0 as Slot).map((duty) => duty.validatorIndex);
    const asleep = voters.duties(1 as Slot).map((duty) => duty.validatorIndex);
    const isLive = (indices: ValidatorIndex[]) => chain.liveness(0 as Epoch, indices).map((entry) => entry.isLive);
    assert.deepEqual(isLive([...voted, ...asleep]), [...voted.map(() => true), ...asleep.map(() => false)]);
    const proposerSlot = ([3, 4, 5, 6, 7] as Slot[]).find(
      (slot) => !voted.includes(validators.proposer(slot) as ValidatorIndex),
    );
    assert.ok(proposerSlot !== undefined);
    const proposer = validators.proposer(proposerSlot) as ValidatorIndex;
    assert.deepEqual(isLive([proposer]), [false]);
    chain.onSlot(proposerSlot);
    player.propose(proposerSlot);
    assert.deepEqual(isLive([proposer]), [true]);
  });

  it("knows rewards once the epoch after has ended", async () => {
    const player = new SlotPlayer(testChain());
    player.playTo(2 * SLOTS_PER_EPOCH - 2);
    assert.equal(await player.chain.attestationRewards(0 as Epoch, []), null);
    player.playTo(2 * SLOTS_PER_EPOCH);
    const rewards = await player.chain.attestationRewards(0 as Epoch, []);
    assert.equal(rewards?.totalRewards.length, 64);
    assert.ok(rewards?.totalRewards.every(({target}) => target > 0));
  });

  it("names dependent roots by the blocks that they are", () => {
    const player = new SlotPlayer(testChain());
    player.playTo(17);
    const {chain} = player;
    assert.equal(chain.dependentRoot(1 as Epoch), chain.genesis.blockRoot);
    assert.equal(chain.dependentRoot(2 as Epoch), chain.blockAtSlot(7 as Slot)?.root);
    assert.equal(chain.dependentRoot(3 as Epoch), chain.blockAtSlot(15 as Slot)?.root);
    const head = player.events.filter((event) => event.kind === "head").at(-1);
    assert.equal(head?.currentEpochDependentRoot, chain.dependentRoot(2 as Epoch));
    assert.equal(head?.nextEpochDependentRoot, chain.dependentRoot(3 as Epoch));
    assert.equal(chain.attesterDuties(4 as Epoch, []), null, "further than the next epoch");
  });
});
