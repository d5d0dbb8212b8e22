import assert from "node:assert/strict";
import {FAR_FUTURE_EPOCH, type ValidatorIndex} from "@mote/core";
import {FakeClock, fakePubkey, fakeRoot} from "@mote/testing";
import {VALIDATORS_PER_URL_MAX} from "../../src/limits.ts";
import {Closing, rejectsWith} from "../support/setup.ts";

const POST = "POST /eth/v1/beacon/states/{state_id}/validators";
const GET = "GET /eth/v1/beacon/states/{state_id}/validators";
const CHANGES = "POST /eth/v1/beacon/pool/bls_to_execution_changes";

describe("what an operator's commands ask of a beacon node", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  afterEach(() => closing.close());
  const index = (value: number) => value as ValidatorIndex;

  it("is told with balances and credentials, by key and by index", async () => {
    const {node} = await closing.pair(clock);
    const details = {
      pubkey: fakePubkey(3),
      index: 3,
      status: "active_ongoing",
      slashed: false,
      activationEpoch: 0,
      exitEpoch: FAR_FUTURE_EPOCH,
      withdrawalCredentials: fakeRoot(3),
      balanceGwei: 32e9,
      effectiveBalanceGwei: 32e9,
    };
    assert.deepEqual(await node.validatorDetails([fakePubkey(3)]), [details]);
    assert.deepEqual(await node.validatorDetailsByIndex([index(3)]), [details]);
    assert.deepEqual(await node.validatorDetailsByIndex([index(1_000_000)]), []);
    assert.deepEqual(await node.validatorDetailsByIndex([]), []);
  });

  it("goes by GET where there is no POST", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.missing.set(POST, 405);
    const indices = Array.from({length: VALIDATORS_PER_URL_MAX + 1}, (_, at) => index(at));
    assert.equal((await node.validatorDetailsByIndex(indices)).length, 64);
    assert.equal(fake.count(GET), 2);
  });

  it("is refused when it is not what was asked for, or not whole", async () => {
    const {fake, node} = await closing.pair(clock);
    type Body = {data: {index: string; balance: string; validator: Record<string, string>}[]};
    const change = (how: (body: Body) => unknown) =>
      fake.faults.set(POST, {kind: "change", change: (body: Body) => ({...body, data: how(body)})});
    change(({data}) => data.map((one) => ({...one, index: "4"})));
    await rejectsWith(node.validatorDetailsByIndex([index(3)]), "MALFORMED", /not asked for/);
    change(({data}) => data.map((one) => ({...one, balance: "-1"})));
    await rejectsWith(node.validatorDetails([fakePubkey(3)]), "MALFORMED", /balance/);
    const withoutCredentials = ({validator: {withdrawal_credentials: _, ...validator}, ...one}: Body["data"][0]) => ({
      ...one,
      validator,
    });
    change(({data}) => data.map(withoutCredentials));
    await rejectsWith(node.validatorDetails([fakePubkey(3)]), "MALFORMED", /withdrawal_credentials/);
  });

  it("takes changes of withdrawal credentials as a list, and judges each", async () => {
    const {fake, node} = await closing.pair(clock);
    const change = (validatorIndex: number) => ({
      message: {validatorIndex, fromBlsPubkey: new Uint8Array(48), toExecutionAddress: new Uint8Array(20).fill(1)},
      signature: new Uint8Array(96),
    });
    assert.deepEqual(await node.publishBlsToExecutionChanges([change(3)]), [{kind: "accepted"}]);
    const [sent] = JSON.parse(String(fake.requests[0]?.body));
    assert.deepEqual(sent.message, {
      validator_index: "3",
      from_bls_pubkey: `0x${"00".repeat(48)}`,
      to_execution_address: `0x${"01".repeat(20)}`,
    });
    const failures = [{index: 1, message: "wrong key"}];
    fake.faults.set(CHANGES, {kind: "status", status: 400, json: {code: 400, message: "some", failures}});
    const outcomes = await node.publishBlsToExecutionChanges([change(3), change(4)]);
    assert.deepEqual(
      outcomes.map(({kind}) => kind),
      ["accepted", "refused"],
    );
  });
});
