import assert from "node:assert/strict";
import {createHash} from "node:crypto";
import {
  DOMAIN_BEACON_ATTESTER,
  DOMAIN_BLS_TO_EXECUTION_CHANGE,
  FAR_FUTURE_EPOCH,
  SLOTS_PER_EPOCH,
} from "@lodestar/params";
import {computeSigningRoot} from "@lodestar/state-transition";
import {type electra, type phase0, ssz} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {OpPool} from "../../src/chain/op-pool.ts";
import {broken, type TestValidators} from "../support/test-validators.ts";
import {SlotPlayer, testChain} from "./support.ts";

const reasons = (outcomes: readonly {kind: string; reason?: string}[]) =>
  outcomes.map(({kind, reason}) => reason ?? kind);

function playedTo(slot: number): SlotPlayer {
  const player = new SlotPlayer(testChain("fulu", 16));
  player.playTo(slot);
  return player;
}

/** Two votes of one validator for different blocks in the same epoch. */
function doubleVote(validators: TestValidators, index: number): electra.AttesterSlashing {
  const vote = (head: number) => {
    const data = {...ssz.phase0.AttestationDataBigint.defaultValue(), beaconBlockRoot: new Uint8Array(32).fill(head)};
    const domain = validators.chain.config.getDomain(0, DOMAIN_BEACON_ATTESTER);
    const signingRoot = computeSigningRoot(ssz.phase0.AttestationDataBigint, data, domain);
    return {attestingIndices: [index], data, signature: validators.sign(index, signingRoot)};
  };
  return {attestation1: vote(1), attestation2: vote(2)};
}

describe("operations", () => {
  it("take an exit into the next block, and it takes effect", () => {
    const player = playedTo(2 * SLOTS_PER_EPOCH);
    const {chain, validators} = player;
    const exit = validators.exit(5, 1);
    assert.deepEqual(reasons(chain.onVoluntaryExits([exit, exit])), ["accepted", "duplicate"]);
    assert.deepEqual(chain.pools.voluntaryExits, [exit]);
    player.open((2 * SLOTS_PER_EPOCH + 1) as Slot);
    const body = chain.block(chain.head.root)?.signed?.message.body;
    assert.deepEqual(
      body?.voluntaryExits.map(({message}) => message.validatorIndex),
      [5],
    );
    assert.notEqual(chain.head.state.validators.getReadonly(5).exitEpoch, FAR_FUTURE_EPOCH);
    assert.deepEqual(
      reasons(chain.onVoluntaryExits([validators.exit(5, 2)])),
      ["an exit of validator 5 is waiting already"],
      "until a finalized state has it",
    );
  });

  it("refuse exits that are too early, of nobody, or badly signed", () => {
    const {chain, validators} = playedTo(2 * SLOTS_PER_EPOCH);
    const good = validators.exit(3, 0);
    const outcomes = chain.onVoluntaryExits([
      {...good, signature: broken(good.signature)},
      {...good, signature: new Uint8Array(96)},
      validators.exit(4, 3),
      {message: {epoch: 0, validatorIndex: 99}, signature: good.signature},
    ]);
    assert.deepEqual(reasons(outcomes), [
      "exit is not valid: invalid_signature",
      "exit is not valid: invalid_signature",
      "exit is not valid: early_epoch",
      "exit is not valid: inactive",
    ]);
    const young = playedTo(1);
    assert.deepEqual(reasons(young.chain.onVoluntaryExits([young.validators.exit(3, 0)])), [
      "exit is not valid: short_time_active",
    ]);
  });

  it("take slashings into the next block, tell of them, and slash", () => {
    const player = playedTo(2);
    const {chain, validators, events} = player;
    const next = validators.proposer(3 as Slot);
    const [a, b] = [0, 1, 2].filter((index) => index !== next) as [number, number];
    const proposals = validators.proposerSlashing(a, 1 as Slot);
    const votes = doubleVote(validators, b);
    assert.deepEqual(reasons(chain.onProposerSlashings([proposals, proposals])), ["accepted", "duplicate"]);
    assert.deepEqual(reasons(chain.onAttesterSlashings([votes, votes])), ["accepted", "duplicate"]);
    assert.deepEqual(
      events.flatMap((event) => ("indices" in event ? [[event.kind, event.indices]] : [])),
      [
        ["proposer_slashing", [a]],
        ["attester_slashing", [b]],
      ],
    );
    player.open(3 as Slot);
    const {validators: registry} = chain.head.state;
    assert.deepEqual(
      [a, b].map((index) => registry.getReadonly(index).slashed),
      [true, true],
    );
    player.open(4 as Slot);
    assert.equal(chain.block(chain.head.root)?.signed?.message.body.proposerSlashings.length, 0);
  });

  it("refuse slashings that prove nothing", () => {
    const {chain, validators} = playedTo(2);
    const proposals = validators.proposerSlashing(1, 1 as Slot);
    const votes = doubleVote(validators, 2);
    const {signedHeader1, signedHeader2} = proposals;
    const badHeader = {...signedHeader2, signature: broken(signedHeader2.signature)};
    const badVote = {...votes.attestation2, signature: broken(votes.attestation2.signature)};
    for (const slashing of [
      {signedHeader1, signedHeader2: signedHeader1},
      {signedHeader1, signedHeader2: badHeader},
    ] satisfies phase0.ProposerSlashing[]) {
      assert.equal(chain.onProposerSlashings([slashing])[0]?.kind, "refused");
    }
    for (const slashing of [
      {attestation1: votes.attestation1, attestation2: votes.attestation1},
      {attestation1: votes.attestation1, attestation2: badVote},
    ] satisfies electra.AttesterSlashing[]) {
      assert.equal(chain.onAttesterSlashings([slashing])[0]?.kind, "refused");
    }
  });

  it("make no block for a slashed proposer", () => {
    const player = playedTo(2);
    const {chain, validators} = player;
    const victim = validators.proposer(5 as Slot);
    chain.onProposerSlashings([validators.proposerSlashing(victim, 1 as Slot)]);
    const before = [3, 4].find((slot) => validators.proposer(slot as Slot) !== victim) ?? 3;
    chain.onSlot(before as Slot);
    player.propose(before as Slot);
    chain.onSlot(5 as Slot);
    const produced = chain.produceBlock(5 as Slot, validators.request(5 as Slot));
    assert.match("refused" in produced ? produced.refused : "", /is slashed/);
  });

  it("check changes of BLS credentials against the validator's own", () => {
    const {chain, validators} = playedTo(1);
    const state = chain.head.state.clone();
    const [withdrawalKey] = validators.keys;
    assert.ok(withdrawalKey !== undefined);
    const credentials = new Uint8Array(createHash("sha256").update(withdrawalKey.publicKey).digest());
    credentials[0] = 0;
    state.validators.get(7).withdrawalCredentials = credentials;
    state.commit();
    const pool = new OpPool(
      {config: chain.config},
      {
        pubkeyCache: state.epochCtx.pubkeyCache,
        state: () => state,
        emit: () => {},
        onEquivocation: () => {},
      },
    );
    const message = {
      validatorIndex: 7,
      fromBlsPubkey: withdrawalKey.publicKey,
      toExecutionAddress: new Uint8Array(20).fill(1),
    };
    const domain = chain.config.getDomainAtFork("phase0" as never, DOMAIN_BLS_TO_EXECUTION_CHANGE);
    const signature = validators.sign(0, computeSigningRoot(ssz.capella.BLSToExecutionChange, message, domain));
    assert.equal(pool.addBlsToExecutionChange({message, signature: broken(signature)}).kind, "refused");
    assert.equal(pool.addBlsToExecutionChange({message: {...message, validatorIndex: 6}, signature}).kind, "refused");
    assert.equal(pool.addBlsToExecutionChange({message, signature}).kind, "accepted");
    assert.equal(pool.addBlsToExecutionChange({message, signature}).kind, "duplicate");
    assert.equal(pool.pack(state).blsToExecutionChanges.length, 1);
    assert.equal(pool.pack(chain.head.state).blsToExecutionChanges.length, 0, "on a chain where it does not fit");
    assert.equal(chain.onBlsToExecutionChanges([{message, signature}])[0]?.kind, "refused");
  });
});
