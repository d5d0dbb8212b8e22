import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {type ExecutionAddress, hexToBytes, type ValidatorIndex} from "@mote/core";
import {FakeClock, fakePubkey, fakeRoot, fakeSignature} from "@mote/testing";
import {REGISTRATIONS_PER_REQUEST_MAX} from "../../src/limits.ts";
import {Closing, networkConfig, rejectsWith} from "../support/setup.ts";

const REGISTER = "POST /eth/v1/validator/register_validator";
const feeRecipient = `0x${"fe".repeat(20)}` as ExecutionAddress;
const registration = (index: number) => ({
  message: {
    feeRecipient: hexToBytes(feeRecipient),
    gasLimit: 60_000_000,
    timestamp: 1_000,
    pubkey: hexToBytes(fakePubkey(index)),
  },
  signature: fakeSignature(1),
});

describe("what one beacon node is told before proposals", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  const config = networkConfig();
  afterEach(() => closing.close());

  it("fee recipients", async () => {
    const {fake, node} = await closing.pair(clock);
    await node.prepareProposers([{validatorIndex: 5 as ValidatorIndex, feeRecipient}]);
    assert.equal(fake.requests[0]?.operation, "POST /eth/v1/validator/prepare_beacon_proposer");
    assert.deepEqual(JSON.parse(fake.requests[0]!.body.toString()), [
      {validator_index: "5", fee_recipient: feeRecipient},
    ]);
  });

  it("registrations, in batches, in SSZ and where that is refused in JSON", async () => {
    const {fake, node} = await closing.pair(clock);
    const all = Array.from({length: REGISTRATIONS_PER_REQUEST_MAX + 1}, (_, index) => registration(index));
    await node.registerValidators(all);
    const type = ssz.bellatrix.SignedValidatorRegistrationV1;
    assert.deepEqual(
      fake.requests.map(({body}) => body.length / type.fixedSize!),
      [REGISTRATIONS_PER_REQUEST_MAX, 1],
    );
    fake.takesSsz = false;
    await node.registerValidators([registration(7)]);
    assert.deepEqual(JSON.parse(fake.requests.at(-1)!.body.toString()), [type.toJson(registration(7))]);
  });

  it("a batch of registrations that is refused does not stop the next", async () => {
    const {fake, node} = await closing.pair(clock);
    const all = Array.from({length: REGISTRATIONS_PER_REQUEST_MAX + 1}, (_, index) => registration(index));
    fake.faults.set(REGISTER, {kind: "status", status: 400});
    await rejectsWith(node.registerValidators(all), "HTTP_STATUS");
    // Each in SSZ, and once more in JSON: the node may have meant the format.
    assert.equal(fake.count(REGISTER), 4);
    // A node that is gone is not asked batch by batch.
    fake.faults.set(REGISTER, {kind: "truncate"});
    await assert.rejects(node.registerValidators(all));
    assert.equal(fake.count(REGISTER), 5);
  });

  it("proposer preferences, under the fork of the proposal", async () => {
    const {fake, node} = await closing.pair(clock);
    const preferences = {
      message: {
        dependentRoot: hexToBytes(fakeRoot(1)),
        proposalSlot: 800,
        validatorIndex: 5,
        feeRecipient: hexToBytes(feeRecipient),
        targetGasLimit: 60_000_000n,
      },
      signature: fakeSignature(1),
    };
    fake.chain.judge = () => "ALREADY_KNOWN";
    assert.deepEqual(await node.publishProposerPreferences(config, [preferences]), [{kind: "accepted"}]);
    const [request] = fake.requests;
    assert.equal(request?.operation, "POST /eth/v1/validator/proposer_preferences");
    assert.equal(request?.headers["eth-consensus-version"], "gloas");
    assert.deepEqual(
      ssz.gloas.SignedProposerPreferences.deserialize(Uint8Array.from(request!.body)).message,
      preferences.message,
    );
  });

  it("a voluntary exit", async () => {
    const {fake, node} = await closing.pair(clock);
    const exit = {message: {epoch: 2, validatorIndex: 5}, signature: fakeSignature(1)};
    assert.deepEqual(await node.publishVoluntaryExit(exit), [{kind: "accepted"}]);
    const [request] = fake.requests;
    assert.equal(request?.operation, "POST /eth/v1/beacon/pool/voluntary_exits");
    assert.deepEqual(JSON.parse(request!.body.toString()), ssz.phase0.SignedVoluntaryExit.toJson(exit));
    fake.chain.judge = () => "not active long enough";
    await rejectsWith(node.publishVoluntaryExit(exit), "HTTP_STATUS", /not active/);
  });
});
