import assert from "node:assert/strict";
import {holdsVote} from "@mote/consensus";
import type {CommitteeIndex, Epoch, Slot, ValidatorIndex} from "@mote/core";
import {hashOf, SimulatedChain} from "../../src/simulation/simulated-chain.ts";

const SLOTS_PER_EPOCH = 8;
const slotOf = (slot: number): Slot => slot as Slot;

describe("the simulated chain", () => {
  const make = (firstSlot: number): SimulatedChain =>
    new SimulatedChain({
      timing: {genesisTimeSec: 1_000, slotDurationMs: 6_000, slotsPerEpoch: SLOTS_PER_EPOCH},
      validatorCount: 24,
      firstSlot: slotOf(firstSlot),
      gloasSlot: slotOf(1_000),
    });

  it("has each epoch justified by the next, on the blocks at their starts", () => {
    const chain = make(18);
    const {source, target} = chain.voteData(slotOf(18), chain.head.root);
    assert.deepEqual(source, {epoch: 1, root: chain.blockAt(slotOf(8))?.root});
    assert.deepEqual(target, {epoch: 2, root: chain.blockAt(slotOf(16))?.root});
  });

  it("puts a vote into the next block, once, where its validator is found again", () => {
    const chain = make(18);
    const index = 10 as ValidatorIndex;
    const data = chain.voteData(slotOf(18), chain.head.root);
    assert.equal(chain.takeVote(index, data), null);
    const [attestation, ...more] = chain.buildBlock(slotOf(19)).attestations;
    assert.ok(attestation !== undefined && more.length === 0);
    const duty = {
      validatorIndex: index,
      slot: slotOf(18),
      committeeIndex: 0 as CommitteeIndex,
      committeeLength: 3,
      validatorCommitteeIndex: 1,
    };
    assert.ok(holdsVote(attestation, [3], duty as never));
    assert.equal(chain.includedVote(slotOf(18), index), data);
    assert.deepEqual(chain.buildBlock(slotOf(20)).attestations, []);
  });

  it("takes no vote with another source", () => {
    const chain = make(18);
    const data = chain.voteData(slotOf(18), chain.head.root);
    const older = {...data, source: {...data.source, epoch: 0 as Epoch}};
    assert.equal(chain.takeVote(10 as ValidatorIndex, older), "wrong source");
  });

  it("keeps a block on an older one apart", () => {
    const chain = make(18);
    const {head} = chain;
    const side = chain.importBlock({slot: slotOf(18), root: hashOf("side"), parentRoot: head.parentRoot});
    assert.equal(chain.head, head);
    assert.equal(chain.isCanonical(side.root), false);
    assert.equal(chain.buildBlock(slotOf(18)).parentRoot, head.root);
  });
});
