import assert from "node:assert/strict";
import {G2_POINT_AT_INFINITY} from "@lodestar/state-transition";
import type {BeaconBlock, electra, gloas, SignedBeaconBlock} from "@lodestar/types";
import {hexToBytes, rootToHex, type Slot} from "@mote/core";
import type {SubmitOutcome} from "../../src/chain/types.ts";
import {broken} from "../support/test-validators.ts";
import {SlotPlayer, testChain} from "./support.ts";

/** Slots 0 to 2 are played, slot 3 has begun. */
function atSlot3(fork: "fulu" | "gloas" = "fulu"): SlotPlayer {
  const player = new SlotPlayer(testChain(fork));
  player.playTo(2);
  player.chain.onSlot(3 as Slot);
  return player;
}

function assertRefused(outcome: SubmitOutcome, reason: RegExp): void {
  assert.equal(outcome.kind, "refused");
  if (outcome.kind === "refused") assert.match(outcome.reason, reason);
}

/** A copy with another body, which its state root does not fit. */
function withBody(block: BeaconBlock, change: object): BeaconBlock {
  const {slot, proposerIndex, parentRoot, stateRoot, body} = block;
  return {slot, proposerIndex, parentRoot, stateRoot, body: {...copied(body), ...change}} as BeaconBlock;
}

function withFields(block: BeaconBlock, change: Partial<BeaconBlock>): BeaconBlock {
  const {slot, proposerIndex, parentRoot, stateRoot, body} = block;
  return {slot, proposerIndex, parentRoot, stateRoot, body, ...change} as BeaconBlock;
}

/** SSZ keeps the root of some values in a symbol of the value, and a spread would take it along. */
const copied = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value)) as T;

describe("a submitted block", () => {
  it("is shown with its events in order, and known when it comes again", () => {
    const player = atSlot3();
    const {chain, validators, events} = player;
    const {block, root, consensusValueWei, executionValueWei} = validators.produce(3 as Slot);
    assert.ok(consensusValueWei > 0n && executionValueWei > 0n);
    assert.equal(chain.block(root), null);
    events.length = 0;
    const signed = validators.block(block);
    assert.deepEqual(chain.submitBlock(signed), {kind: "accepted"});
    assert.deepEqual(
      events.map(({kind}) => kind),
      ["block_gossip", "block", "head"],
    );
    assert.equal(chain.head.root, root);
    assert.deepEqual(chain.submitBlock(signed), {kind: "duplicate"});
    assert.equal(chain.slashings.report().slashableMessages, 0);
  });

  it("carries what its proposer asked for", () => {
    const player = atSlot3();
    const {chain, validators} = player;
    const own = `0x${"01".repeat(20)}` as never;
    const asked = `0x${"02".repeat(20)}` as never;
    chain.prepareProposers([{validatorIndex: validators.proposer(3 as Slot) as never, feeRecipient: own}]);
    const graffiti = new Uint8Array(32).fill(7);
    const first = validators.produce(3 as Slot, {graffiti}).block.body as electra.BeaconBlockBody;
    assert.deepEqual(first.graffiti, graffiti);
    assert.deepEqual(first.executionPayload.feeRecipient, hexToBytes(own));
    const second = validators.produce(3 as Slot, {feeRecipient: asked}).block.body as electra.BeaconBlockBody;
    assert.deepEqual(second.executionPayload.feeRecipient, hexToBytes(asked));
  });

  it("is refused when it is not its proposer who signed", () => {
    const {chain, validators} = atSlot3();
    const {block} = validators.produce(3 as Slot);
    const {message, signature} = validators.block(block);
    for (const wrong of [broken(signature), block.body.randaoReveal, new Uint8Array(96)]) {
      assertRefused(
        chain.submitBlock({message, signature: wrong} as SignedBeaconBlock),
        /block signature is not valid/,
      );
    }
    assert.equal(chain.slashings.report().badlySigned, 3);
    const other = (block.proposerIndex + 1) % 64;
    assertRefused(
      chain.submitBlock(validators.block(withFields(block, {proposerIndex: other}))),
      /the proposer of slot 3 is validator/,
    );
    assert.equal(chain.head.slot, 2);
  });

  it("is refused when a signature within it, a hash or its state root is wrong", () => {
    const {chain, validators} = atSlot3();
    const {block} = validators.produce(3 as Slot);
    const body = block.body as electra.BeaconBlockBody;
    const [vote] = body.attestations;
    assert.ok(vote !== undefined);
    const {syncCommitteeBits, syncCommitteeSignature} = body.syncAggregate;
    const {executionPayload} = body;
    const cases: [BeaconBlock, RegExp][] = [
      [withBody(block, {randaoReveal: broken(body.randaoReveal)}), /randao|state root/i],
      [withBody(block, {attestations: [{...vote, signature: broken(vote.signature)}]}), /Attestation signature/i],
      [
        withBody(block, {
          syncAggregate: {syncCommitteeBits, syncCommitteeSignature: broken(syncCommitteeSignature)},
        }),
        /sync committee signature/i,
      ],
      [withBody(block, {executionPayload: {...copied(executionPayload), gasUsed: 1}}), /hash is not the payload's/],
      [withFields(block, {stateRoot: new Uint8Array(32)}), /state root/],
    ];
    // None of these came before another good one: a second block of the slot is refused for that only once one was taken.
    for (const [message, reason] of cases) assertRefused(chain.submitBlock(validators.block(message)), reason);
    assert.equal(chain.head.slot, 2);
  });

  it("is refused in Gloas when its bid does not fit, or its payload attestation is not signed", () => {
    const {chain, validators} = atSlot3("gloas");
    const {block} = validators.produce(3 as Slot);
    const body = block.body as gloas.BeaconBlockBody;
    const bid = body.signedExecutionPayloadBid;
    const withBid = (change: object) =>
      withBody(block, {signedExecutionPayloadBid: {...bid, message: {...copied(bid.message), ...change}}});
    const [votes] = body.payloadAttestations;
    assert.ok(votes !== undefined);
    const cases: [BeaconBlock, RegExp][] = [
      [withBid({parentBlockRoot: new Uint8Array(32)}), /another parent/],
      [withBid({value: 1}), /self-build with non-zero amount/],
      [withBid({builderIndex: 0}), /./],
      [
        withBody(block, {payloadAttestations: [{...copied(votes), signature: broken(votes.signature)}]}),
        /payload att/i,
      ],
    ];
    for (const [message, reason] of cases) assertRefused(chain.submitBlock(validators.block(message)), reason);
    assert.deepEqual(chain.submitBlock(validators.block(block)), {kind: "accepted"});
  });

  it("is refused in the future and without its parent", () => {
    const {chain, validators} = atSlot3();
    assertRefused(chain.submitBlock(validators.block(validators.produce(4 as Slot).block)), /lies in the future/);
    const {block} = validators.produce(3 as Slot);
    const parentRoot = new Uint8Array(32).fill(9);
    assertRefused(chain.submitBlock(validators.block(withFields(block, {parentRoot}))), /parent 0x09.* is not known/);
    assert.deepEqual(chain.submitBlock(validators.block(block)), {kind: "accepted"});
    assert.equal(chain.slashings.report().slashableMessages, 1, "two blocks of slot 3 were signed");
    assert.throws(() => validators.produce(3 as Slot), /not after that of the head/);
  });

  it("is refused as the second of its proposer and slot, and shown to the slashing checker", () => {
    const {chain, validators} = atSlot3();
    const one = validators.produce(3 as Slot);
    const two = validators.produce(3 as Slot, {graffiti: new Uint8Array(32).fill(1)});
    assert.notEqual(one.root, two.root);
    assert.deepEqual(chain.submitBlock(validators.block(one.block)), {kind: "accepted"});
    assertRefused(chain.submitBlock(validators.block(two.block)), /has another block in slot 3/);
    const {slashableMessages, offences} = chain.slashings.report();
    assert.equal(slashableMessages, 1);
    assert.equal(offences[0]?.kind, "double_proposal");
    assert.equal(chain.head.root, one.root);
  });

  it("is not made for skipped slots, past ones, and with a wrong randao reveal", () => {
    const player = new SlotPlayer(testChain("fulu", 64, {skip: [{from: 3, to: 3}]}));
    player.playTo(2);
    const {chain, validators} = player;
    const refusal = (slot: number, change = {}) => {
      const produced = chain.produceBlock(slot as Slot, validators.request(slot as Slot, change));
      return "refused" in produced ? produced.refused : null;
    };
    assert.match(refusal(3) ?? "", /is to be skipped/);
    assert.match(refusal(1) ?? "", /has passed/);
    assert.match(refusal(9) ?? "", /lies in the future/);
    chain.onSlot(3 as Slot);
    chain.onSlot(4 as Slot);
    assert.match(refusal(4, {randaoReveal: new Uint8Array(96)}) ?? "", /randao reveal is not valid/);
    assert.equal(refusal(4, {randaoReveal: G2_POINT_AT_INFINITY, skipRandaoVerification: true}), null);
    assert.equal(refusal(4), null);
    assert.deepEqual(chain.figures().proposals, {expected: 2, included: 2, missed: 0});
    chain.onSlot(5 as Slot);
    assert.deepEqual(chain.figures().proposals, {expected: 3, included: 2, missed: 1});
  });

  it("brings the rewards that the chain tells of", async () => {
    const player = atSlot3();
    const {chain, validators} = player;
    const {root, consensusValueWei} = player.propose(3 as Slot);
    const rewards = await chain.blockRewards(root);
    assert.equal(rewards?.proposerIndex, chain.block(root)?.proposerIndex);
    assert.equal(BigInt(rewards?.total ?? 0) * 10n ** 9n, consensusValueWei);
    const committee = await chain.syncCommitteeRewards(root, []);
    assert.ok(committee !== null && committee.length > 0 && committee.every(({reward}) => reward > 0));
    const [member] = validators.subcommittee(3 as Slot, 0);
    assert.equal((await chain.syncCommitteeRewards(root, [member as never]))?.length, 1);
    assert.equal(await chain.blockRewards(chain.genesis.blockRoot), null);
    assert.equal(await chain.blockRewards(rootToHex(new Uint8Array(32))), null);
  });
});
