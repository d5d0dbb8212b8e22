import assert from "node:assert/strict";
import {BUILDER_INDEX_SELF_BUILD} from "@lodestar/params";
import type {electra, gloas} from "@lodestar/types";
import {bytesToHex, type Epoch, hexToBytes, type Slot, type ValidatorIndex} from "@mote/core";
import type {DevnetFork} from "../../src/chain/types.ts";
import {broken, TEST_FEE_RECIPIENT, TEST_GAS_LIMIT} from "../support/test-validators.ts";
import {SlotPlayer, testChain} from "./support.ts";

const reasons = (outcomes: readonly {kind: string; reason?: string}[]) =>
  outcomes.map(({kind, reason}) => reason ?? kind);

function withBuilder(fork: DevnetFork): SlotPlayer {
  return new SlotPlayer(testChain(fork, 64, {builder: "bids"}));
}

describe("registrations of validators", () => {
  it("are taken when signed by the validator, the newest counts", () => {
    const {chain, validators} = withBuilder("fulu");
    const good = validators.registration(3, 10);
    const stranger = {...good, message: {...good.message, pubkey: new Uint8Array(48).fill(1)}};
    const outcomes = chain.registerValidators([
      {...good, signature: broken(good.signature)},
      good,
      good,
      validators.registration(3, 9),
      validators.registration(3, 11),
      stranger,
    ]);
    assert.deepEqual(reasons(outcomes), [
      "signature is not valid",
      "accepted",
      "duplicate",
      "an earlier registration is newer",
      "accepted",
      `${bytesToHex(stranger.message.pubkey)} is no active validator`,
    ]);
  });
});

describe("a builder before Gloas", () => {
  it("has its payload in blinded blocks of those who registered, and shows it when they sign", () => {
    const player = withBuilder("fulu");
    const {chain, validators} = player;
    player.playTo(1);
    assert.equal(validators.produce(2 as Slot).blinded, null, "nobody registered");
    chain.registerValidators([validators.registration(validators.proposer(2 as Slot))]);
    chain.onSlot(2 as Slot);
    assert.equal(validators.produce(2 as Slot, {builderBoostFactor: 0n}).blinded, null);
    assert.equal(validators.produce(2 as Slot, {builderBoostFactor: 50n}).blinded, null, "no more than one's own");
    const {blinded, root, executionValueWei} = validators.produce(2 as Slot, {builderBoostFactor: 51n});
    assert.ok(blinded !== null && executionValueWei > 0n);
    const stranger = {...blinded.body.executionPayloadHeader, blockHash: new Uint8Array(32)};
    const forged = {...blinded, body: {...blinded.body, executionPayloadHeader: stranger}};
    assert.match(reasons([chain.submitBlindedBlock(validators.blindedBlock(forged))])[0] ?? "", /not the builder's/);
    const signed = validators.blindedBlock(blinded);
    assert.equal(chain.submitBlindedBlock({...signed, signature: broken(signed.signature)}).kind, "refused");
    assert.deepEqual(chain.submitBlindedBlock(signed), {kind: "accepted"});
    assert.equal(chain.head.root, root);
    const body = chain.block(root)?.signed?.message.body as electra.BeaconBlockBody;
    assert.notEqual(bytesToHex(body.executionPayload.feeRecipient), TEST_FEE_RECIPIENT);
    player.vote(2 as Slot);
    player.playTo(5);
    assert.equal(chain.head.slot, 5);
  });
});

describe("a builder in Gloas", () => {
  it("bids once it is in the registry, for proposers that said what they wish", function () {
    this.timeout(30_000);
    const player = withBuilder({gloasEpoch: 1 as Epoch});
    const {chain, validators} = player;
    player.playTo(40);
    const state = chain.head.state as unknown as {readonly builders: {readonly length: number}};
    assert.equal(state.builders.length, 1);
    const slot = 41 as Slot;
    chain.onProposerPreferences([validators.preferences(slot, validators.proposer(slot))]);
    chain.onSlot(slot);
    const own = validators.produce(slot, {builderBoostFactor: 0n});
    assert.ok(own.envelope !== null);
    const {block, envelope, root} = validators.produce(slot);
    assert.ok(envelope === null);
    const bid = (block.body as gloas.BeaconBlockBody).signedExecutionPayloadBid;
    assert.equal(bid.message.builderIndex, 0);
    assert.deepEqual(bid.message.feeRecipient, hexToBytes(TEST_FEE_RECIPIENT));
    assert.ok(bid.message.value > 0);
    assert.deepEqual(chain.submitBlock(validators.block(block)), {kind: "accepted"});
    assert.equal(chain.block(root)?.payloadStatus, "empty");
    chain.revealBuiltPayload(slot);
    assert.equal(chain.block(root)?.payloadStatus, "full");
    assert.equal(chain.block(root)?.envelope?.message.builderIndex, 0);
    player.vote(slot);
    player.playTo(60);
    const next = chain.blockAtSlot(42 as Slot)?.signed?.message.body as gloas.BeaconBlockBody;
    assert.equal(next.signedExecutionPayloadBid.message.builderIndex, BUILDER_INDEX_SELF_BUILD);
    const {missed} = chain.figures().payloadAttestations;
    assert.deepEqual([missed, chain.figures().proposals.missed, chain.ledger.totals().missed], [0, 0, 0]);
  });
});

describe("proposer preferences", () => {
  it("are taken from proposers of slots to come; the first stays", () => {
    const player = withBuilder("gloas");
    const {chain, validators} = player;
    player.playTo(2);
    const slot = 12 as Slot;
    const proposer = validators.proposer(slot);
    const other = (proposer + 1) % 64;
    const good = validators.preferences(slot, proposer);
    const outcomes = reasons(
      chain.onProposerPreferences([
        {...good, signature: broken(good.signature)},
        validators.preferences(slot, other),
        good,
        good,
        validators.preferences(slot, proposer, `0x${"01".repeat(20)}`),
        validators.preferences(2 as Slot, validators.proposer(2 as Slot)),
        {...good, message: {...good.message, dependentRoot: new Uint8Array(32)}},
      ]),
    );
    assert.deepEqual(outcomes.slice(0, 6), [
      "signature is not valid",
      `validator ${other} does not propose in slot 12`,
      "accepted",
      "duplicate",
      "the proposer said otherwise before, and the first message stays",
      "slot 2 has passed",
    ]);
    assert.match(outcomes[6] ?? "", /dependent block .* is not known/);
    const far = {...good.message, proposalSlot: 16};
    assert.match(
      reasons(chain.onProposerPreferences([{...good, message: far}]))[0] ?? "",
      /proposers of epoch 2 are not known yet/,
    );
    player.playTo(11);
    chain.onSlot(slot);
    const {envelope, block} = validators.produce(slot);
    assert.deepEqual(envelope?.payload.feeRecipient, hexToBytes(TEST_FEE_RECIPIENT));
    const {gasLimit} = (block.body as gloas.BeaconBlockBody).signedExecutionPayloadBid.message;
    assert.ok(gasLimit < 60_000_000n && gasLimit > BigInt(TEST_GAS_LIMIT), "a step towards the wish");
  });

  it("come one epoch before Gloas, and not earlier", () => {
    const player = withBuilder({gloasEpoch: 2 as Epoch});
    const {chain, validators} = player;
    player.playTo(7);
    const slot = 16 as Slot;
    assert.match(
      reasons(chain.onProposerPreferences([validators.preferences(15 as Slot, 0)]))[0] ?? "",
      /before Gloas/,
    );
    player.playTo(8);
    const proposer = validators.proposer(slot);
    assert.deepEqual(reasons(chain.onProposerPreferences([validators.preferences(slot, proposer)])), ["accepted"]);
  });

  it("refuse preparations of nobody", () => {
    const {chain} = withBuilder("fulu");
    const feeRecipient = TEST_FEE_RECIPIENT as never;
    const outcomes = [3, 99].map((index) => ({validatorIndex: index as ValidatorIndex, feeRecipient}));
    assert.deepEqual(reasons(chain.prepareProposers(outcomes)), ["accepted", "validator 99 is not known"]);
  });
});
