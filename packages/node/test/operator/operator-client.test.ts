import assert from "node:assert/strict";
import type {ValidatorIndex} from "@mote/core";
import {FakeBeaconNode, FakeLog, fakePubkey} from "@mote/testing";
import {EXIT_ERROR, EXIT_NEEDS_HUMAN, ExitError} from "../../src/exit-error.ts";
import {OperatorClient} from "../../src/operator/operator-client.ts";
import {SystemClock} from "../../src/system/system-clock.ts";

const EXITS = "POST /eth/v1/beacon/pool/voluntary_exits";
const VALIDATORS = "POST /eth/v1/beacon/states/{state_id}/validators";
/** What the fake nodes say of their deposit contract. */
const DEPOSITS = {DEPOSIT_CHAIN_ID: "1337", DEPOSIT_CONTRACT_ADDRESS: `0x${"42".repeat(20)}`};
const EXIT = {message: {epoch: "3", validator_index: "7"}, signature: `0x${"c0".padEnd(192, "0")}`};

describe("a command's beacon nodes", () => {
  const fakes: FakeBeaconNode[] = [];
  const clients: OperatorClient[] = [];
  beforeEach(async () => {
    fakes.push(await FakeBeaconNode.start(), await FakeBeaconNode.start());
    for (const {chain} of fakes) chain.spec = {...chain.spec, ...DEPOSITS};
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const fake of fakes.splice(0)) await fake.close();
  });

  async function open(signal = new AbortController().signal): Promise<OperatorClient> {
    const nodes = fakes.map(({url}, i) => ({name: `bn${i}`, url}));
    const client = await OperatorClient.open(
      {network: {kind: "devnet"}, nodes, signal},
      {clock: new SystemClock(), random: {next: () => 0.5}, log: new FakeLog()},
    );
    clients.push(client);
    return client;
  }
  const [first, second] = [() => fakes[0] as FakeBeaconNode, () => fakes[1] as FakeBeaconNode];

  it("are those that are on the chain and up to date; of the others it is known why", async () => {
    const both = await open();
    assert.deepEqual(both.faults, []);
    second().chain.syncing = {...second().chain.syncing, isSyncing: true, syncDistance: 12};
    assert.deepEqual((await open()).faults, [{name: "bn1", detail: "is syncing, 12 slots behind"}]);
    second().chain.syncing = {...second().chain.syncing, isSyncing: false, elOffline: true};
    assert.deepEqual((await open()).faults, [{name: "bn1", detail: "waits for its execution client"}]);
    second().chain.syncing = {...second().chain.syncing, elOffline: false};
    second().chain.spec = {...second().chain.spec, SLOTS_PER_EPOCH: "32"};
    const [fault] = (await open()).faults;
    assert.match(fault?.detail ?? "", /is on another chain: SLOTS_PER_EPOCH is 32 there and 8 here/);
  });

  it("are refused when none is ready, or all are on another chain", async () => {
    for (const fake of fakes) fake.chain.syncing = {...fake.chain.syncing, isOptimistic: true};
    const rejects = (pattern: RegExp, exitCode: number) =>
      assert.rejects(open(), (error: unknown) => {
        assert.ok(error instanceof ExitError);
        assert.match(error.message, pattern);
        assert.equal(error.exitCode, exitCode);
        return true;
      });
    await rejects(/no beacon node is ready: bn0 waits .*; bn1 waits .*; try again/, EXIT_ERROR);
    for (const fake of fakes) fake.chain.spec = {...fake.chain.spec, DEPOSIT_CHAIN_ID: "1"};
    await rejects(/no beacon node is on the chain that was asked for/, EXIT_NEEDS_HUMAN);
    const stopped = new AbortController();
    stopped.abort();
    await assert.rejects(open(stopped.signal), /stopped/);
  });

  it("are asked one after another until one answers", async () => {
    const client = await open();
    first().faults.set(VALIDATORS, {kind: "status", status: 500});
    const [validator] = await client.validators([fakePubkey(3)]);
    assert.deepEqual([validator?.index, validator?.balanceGwei], [3, 32e9]);
    assert.equal((await client.validatorsByIndex([5 as ValidatorIndex]))[0]?.pubkey, fakePubkey(5));
    second().faults.set(VALIDATORS, {kind: "truncate"});
    await assert.rejects(client.validators([fakePubkey(3)]), /no beacon node answered: bn0 .*; bn1 TRUNCATED/);
  });

  it("take a message when one of them does; what all refuse is refused, and no answer is none", async () => {
    const client = await open();
    assert.deepEqual(await client.publishExit(EXIT), {kind: "accepted", by: ["bn0", "bn1"]});
    const refusal = {kind: "status", status: 400, json: {code: 400, message: "too early"}} as const;
    first().faults.set(EXITS, refusal);
    assert.deepEqual(await client.publishExit(EXIT), {kind: "accepted", by: ["bn1"]});
    second().faults.set(EXITS, {kind: "reset"});
    assert.deepEqual(await client.publishExit(EXIT), {kind: "refused", detail: "bn0: too early"});
    first().faults.set(EXITS, {kind: "status", status: 503});
    const outcome = await client.publishExit(EXIT);
    assert.equal(outcome.kind, "unanswered");
    first().faults.set(EXITS, {kind: "status", status: 400, json: {code: 400, message: "already known"}});
    assert.deepEqual(await client.publishExit(EXIT), {kind: "accepted", by: ["bn0"]});
  });
});
