import assert from "node:assert/strict";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {type gloas, ssz} from "@lodestar/types";
import type {Slot} from "@mote/core";
import type {SubmitOutcome, UnsignedBlock} from "../../src/chain/types.ts";
import {broken} from "../support/test-validators.ts";
import {SlotPlayer, testChain} from "./support.ts";

function assertRefused(outcome: SubmitOutcome, reason: RegExp): void {
  assert.ok(outcome.kind === "refused", `${outcome.kind} instead of ${reason}`);
  assert.match(outcome.reason, reason);
}

/** The block of slot 2 is there, its payload is not. */
function waiting(): {player: SlotPlayer; produced: UnsignedBlock; envelope: gloas.ExecutionPayloadEnvelope} {
  const player = new SlotPlayer(testChain("gloas"));
  player.playTo(1);
  player.chain.onSlot(2 as Slot);
  const produced = player.propose(2 as Slot, {withhold: [2]});
  assert.ok(produced.envelope !== null);
  return {player, produced, envelope: produced.envelope};
}

describe("a submitted envelope", () => {
  it("makes its block full, and says so", () => {
    const {player, produced, envelope} = waiting();
    const {chain, validators, events} = player;
    assert.equal(chain.head.payloadStatus, "empty");
    events.length = 0;
    const signed = validators.envelope(envelope, produced.block.proposerIndex);
    assert.deepEqual(chain.submitEnvelope(signed), {kind: "accepted"});
    assert.deepEqual(
      events.map(({kind}) => kind),
      ["payload_available", "payload_full"],
    );
    assert.equal(chain.head.payloadStatus, "full");
    assert.deepEqual(chain.submitEnvelope(signed), {kind: "duplicate"});
  });

  it("is refused when anything in it is not what the block promised", () => {
    const {player, produced, envelope} = waiting();
    const {chain, validators} = player;
    const proposer = produced.block.proposerIndex;
    const {payload} = envelope;
    const other = (sizeBytes: number) => new Uint8Array(sizeBytes).fill(1);
    const requests = {
      ...ssz.gloas.ExecutionRequests.defaultValue(),
      builderExits: [ssz.gloas.BuilderExitRequest.defaultValue()],
    };
    const changes: [Partial<gloas.ExecutionPayloadEnvelope>, RegExp][] = [
      [{payload: {...payload, feeRecipient: other(20)}}, /block hash is not the payload's/],
      [{payload: {...payload, blockHash: other(32)}}, /block hash is not that of the bid/],
      [{payload: {...payload, prevRandao: other(32)}}, /randao/],
      [{payload: {...payload, gasLimit: payload.gasLimit + 1}}, /gas limit/],
      [{parentBeaconBlockRoot: other(32)}, /parent block/],
      [{beaconBlockRoot: other(32)}, /is not known/],
      [{executionRequests: requests}, /execution requests/],
      [{builderIndex: 0}, /signature is not valid/],
    ];
    for (const [change, reason] of changes) {
      assertRefused(chain.submitEnvelope(validators.envelope({...envelope, ...change}, proposer)), reason);
    }
    const signed = validators.envelope(envelope, proposer);
    assertRefused(chain.submitEnvelope({...signed, signature: broken(signed.signature)}), /signature is not valid/);
    assertRefused(chain.submitEnvelope(validators.envelope(envelope, (proposer + 1) % 64)), /signature is not valid/);
    assert.equal(chain.head.payloadStatus, "empty");
    assert.deepEqual(chain.submitEnvelope(signed), {kind: "accepted"});
  });

  it("comes too late after its due time, and in the next slot", () => {
    const {player, produced, envelope} = waiting();
    const {chain, validators} = player;
    const signed = validators.envelope(envelope, produced.block.proposerIndex);
    chain.onPayloadDue(2 as Slot);
    assertRefused(chain.submitEnvelope(signed), /after its due time/);
    player.vote(2 as Slot);
    chain.onSlot(3 as Slot);
    assertRefused(chain.submitEnvelope(signed), /after its due time/);
  });

  it("is lost on its way when the slot's payload is to be withheld", () => {
    const withholdPayload = [{from: 2, to: 3}];
    const player = new SlotPlayer(testChain("gloas", 64, {withholdPayload}));
    player.playTo(4);
    assert.deepEqual(
      [1, 2, 3, 4].map((slot) => player.chain.blockAtSlot(slot as Slot)?.payloadStatus),
      ["full", "empty", "empty", "full"],
    );
  });

  it("waits for a block that is held back", () => {
    const player = new SlotPlayer(testChain("gloas", 64, {reorg: [{from: 2, to: 2}]}));
    const {chain} = player;
    player.playTo(1);
    chain.onSlot(2 as Slot);
    const {root} = player.propose(2 as Slot);
    assert.equal(chain.block(root), null);
    chain.showHeldBlock();
    assert.equal(chain.block(root)?.payloadStatus, "full");
  });
});

describe("a chain with payloads that never come", () => {
  it("goes on from empty blocks, justifies and misses no duty", function () {
    this.timeout(30_000);
    const player = new SlotPlayer(testChain("gloas"));
    const withhold = [3, 7, 8, 14];
    player.playTo(4 * SLOTS_PER_EPOCH, {withhold});
    const {chain} = player;
    chain.onSlot((4 * SLOTS_PER_EPOCH + 1) as Slot);
    assert.ok(withhold.every((slot) => chain.blockAtSlot(slot as Slot)?.payloadStatus === "empty"));
    assert.equal(chain.finalized.epoch, 2);
    const {attestations, proposals, payloadAttestations, syncCommittee} = chain.figures();
    assert.deepEqual(
      [attestations.missed, proposals.missed, payloadAttestations.missed, syncCommittee.participation],
      [0, 0, 0, 1],
    );
    // Votes with the wrong payload in them would be no head votes.
    assert.equal(attestations.correctHead, attestations.expected);
    const body = chain.blockAtSlot(4 as Slot)?.signed?.message.body as gloas.BeaconBlockBody;
    assert.deepEqual(
      body.payloadAttestations.map(({data}) => data.payloadPresent),
      [false],
    );
  });
});
