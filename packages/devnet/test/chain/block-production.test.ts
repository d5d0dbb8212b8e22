import assert from "node:assert/strict";
import type {electra} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {broken} from "../support/test-validators.ts";
import {SlotPlayer, testChain} from "./support.ts";

const SLOT = 3 as Slot;

/** The votes of slot 2 have not come, and nobody has made the block of slot 3. */
function opened() {
  const player = new SlotPlayer(testChain());
  player.playTo(1);
  player.open(2 as Slot);
  player.chain.onSlot(SLOT);
  return player;
}

describe("a block that is asked for again", () => {
  it("is the same one, made once", () => {
    const {validators} = opened();
    const first = validators.produce(SLOT);
    assert.equal(validators.produce(SLOT), first);
  });

  it("is another one when something came in meanwhile, or something else was asked for", () => {
    const {chain, validators, voters} = opened();
    const first = validators.produce(SLOT);
    const graffiti = new Uint8Array(32).fill(7);
    const marked = validators.produce(SLOT, {graffiti});
    assert.deepEqual(marked.block.body.graffiti, graffiti);
    assert.notEqual(marked.root, first.root);
    chain.onSingleAttestations(voters.singles(2 as Slot));
    const fuller = validators.produce(SLOT);
    const votesIn = ({block}: typeof first) => (block.body as electra.BeaconBlockBody).attestations.length;
    assert.equal(votesIn(fuller), votesIn(first) + 1);
    assert.equal(chain.submitBlock(validators.block(fuller.block)).kind, "accepted");
  });

  it("is not had by a randao reveal that was not looked at the first time", () => {
    const {chain, validators} = opened();
    const randaoReveal = broken(validators.request(SLOT).randaoReveal);
    validators.produce(SLOT, {randaoReveal, skipRandaoVerification: true});
    const outcome = chain.produceBlock(SLOT, validators.request(SLOT, {randaoReveal}));
    assert.deepEqual(outcome, {refused: "randao reveal is not valid"});
  });
});
