import {strict as assert} from "node:assert";
import {DOMAIN_BLS_TO_EXECUTION_CHANGE, FAR_FUTURE_EPOCH} from "@lodestar/params";
import {computeSigningRoot} from "@lodestar/state-transition";
import {type capella, ssz} from "@lodestar/types";
import {InvalidValueError, type Slot} from "@mote/core";
import type {DevnetFork} from "../src/chain/types.ts";
import type {DevnetChain} from "../src/chain.ts";
import {validatorsOfDeposits} from "../src/genesis-deposits.ts";
import {call, post, type Served, serve} from "./api/support.ts";
import {SlotPlayer, testChain, testKeys} from "./chain/support.ts";
import {
  addressCredentials,
  blsCredentials,
  DEVNET_CONFIG,
  type DepositEntry,
  depositOf,
  TEST_ADDRESS,
} from "./support/test-deposits.ts";

const INTEROP = 16;
const KEYS = testKeys(20);
const [ALICE, BOB, CAROL, WITHDRAWAL] = KEYS.slice(INTEROP) as [
  (typeof KEYS)[0],
  (typeof KEYS)[0],
  (typeof KEYS)[0],
  (typeof KEYS)[0],
];

const fileOf = (...entries: readonly unknown[]) => ({name: "deposits.json", text: JSON.stringify(entries)});
const validatorsOf = (...entries: readonly unknown[]) => validatorsOfDeposits([fileOf(...entries)], DEVNET_CONFIG);
const chainWith = (entries: readonly DepositEntry[], fork: DevnetFork = "fulu"): DevnetChain =>
  testChain(fork, INTEROP, {depositors: validatorsOf(...entries)});

/** A change of validator `index`, from the key that its credentials name to {@link TEST_ADDRESS}. */
function changeOf(chain: DevnetChain, index: number) {
  const message = {
    validatorIndex: index,
    fromBlsPubkey: WITHDRAWAL.publicKey,
    toExecutionAddress: Buffer.from(TEST_ADDRESS, "hex"),
  };
  const domain = chain.config.getDomainAtFork("phase0" as never, DOMAIN_BLS_TO_EXECUTION_CHANGE);
  const signingRoot = computeSigningRoot(ssz.capella.BLSToExecutionChange, message, domain);
  return {message, signature: WITHDRAWAL.secretKey.sign(signingRoot).toBytes()};
}

describe("deposits at genesis", () => {
  it("are validators after the interop ones, with credentials and balances as deposited", () => {
    const chain = chainWith([
      depositOf(ALICE, blsCredentials(WITHDRAWAL)),
      depositOf(BOB, addressCredentials("02"), 100.5e9),
      depositOf(CAROL, addressCredentials("01"), 31e9),
    ]);
    assert.deepEqual(
      chain.pubkeys.slice(INTEROP),
      [ALICE, BOB, CAROL].map(({pubkey}) => pubkey),
    );
    const {state} = chain.head;
    const seen = [INTEROP, INTEROP + 1, INTEROP + 2].map((index) => {
      const {effectiveBalance, activationEpoch, withdrawalCredentials} = state.validators.getReadonly(index);
      return [state.balances.get(index), effectiveBalance, activationEpoch, withdrawalCredentials[0]];
    });
    assert.deepEqual(seen, [
      [32e9, 32e9, 0, 0],
      [100.5e9, 100e9, 0, 2],
      [31e9, 31e9, FAR_FUTURE_EPOCH, 1],
    ]);
  });

  it("for one key add up, and only compounding ones count beyond 32 ETH", () => {
    const twice = validatorsOfDeposits([fileOf(depositOf(ALICE)), fileOf(depositOf(ALICE))], DEVNET_CONFIG);
    assert.deepEqual(
      twice.map(({amountGwei}) => amountGwei),
      [64e9],
    );
    const chain = testChain("fulu", INTEROP, {depositors: twice});
    assert.equal(chain.head.state.validators.getReadonly(INTEROP).effectiveBalance, 32e9);
    assert.equal(chain.head.state.balances.get(INTEROP), 64e9);
  });

  for (const fork of ["fulu", "gloas"] as const) {
    it(`have duties under ${fork} as everyone has, and the chain goes on without those that wait`, () => {
      const chain = chainWith([depositOf(ALICE), depositOf(BOB, addressCredentials("01"), 31e9)], fork);
      const player = new SlotPlayer(chain);
      player.playTo(9);
      const voters = (chain.committees(1 as never) ?? []).flatMap(({validators}) => validators);
      assert.ok(voters.includes(INTEROP as never));
      assert.ok(!voters.includes((INTEROP + 1) as never));
      assert.equal(chain.head.slot, 9);
    });
  }

  it("are refused when anything of them is not right, by file and place", () => {
    const good = depositOf(ALICE);
    const other = depositOf(BOB);
    const cases: readonly (readonly [change: Record<string, unknown>, pattern: RegExp])[] = [
      [{signature: other.signature}, /deposit 2: deposit_data_root is not that/],
      [{signature: other.signature, deposit_data_root: dataRootWith(good, other.signature)}, /signature does not hold/],
      [{amount: 33e9}, /deposit_message_root is not that/],
      [{amount: 1}, /amount must be/],
      [{amount: "32000000000"}, /amount must be/],
      [{fork_version: "10000910"}, /fork_version is another network's; for this one it is 006d6f74/],
      [{withdrawal_credentials: `03${good.withdrawal_credentials.slice(2)}`}, /must begin with 00, 01 or 02/],
      [{pubkey: `0x${good.pubkey}`}, /pubkey must be/],
      [{pubkey: undefined}, /pubkey must be/],
    ];
    for (const [change, pattern] of cases) {
      assert.throws(() => validatorsOf(other, {...good, ...change}), pattern, JSON.stringify(change));
      assert.throws(() => validatorsOf(other, {...good, ...change}), InvalidValueError);
    }
    assert.doesNotThrow(() => validatorsOf(other, good));
    for (const text of ["", "{}", "[]", "[1]", "[null]"]) {
      assert.throws(
        () => validatorsOfDeposits([{name: "d.json", text}], DEVNET_CONFIG),
        /^InvalidValueError: d\.json is/,
      );
    }
    assert.throws(() => chainWith([depositOf(KEYS[3] as typeof ALICE)]), /is a validator of this devnet already/);
  });
});

function dataRootWith(entry: DepositEntry, signature: string): string {
  const bytes = (hex: string) => Buffer.from(hex, "hex");
  const root = ssz.phase0.DepositData.hashTreeRoot({
    pubkey: bytes(entry.pubkey),
    withdrawalCredentials: bytes(entry.withdrawal_credentials),
    amount: entry.amount,
    signature: bytes(signature),
  });
  return Buffer.from(root).toString("hex");
}

describe("changes of withdrawal credentials over HTTP", () => {
  const path = "/eth/v1/beacon/pool/bls_to_execution_changes";
  let served: Served;
  before(async () => {
    const depositors = validatorsOf(depositOf(ALICE, blsCredentials(WITHDRAWAL)), depositOf(BOB));
    served = await serve({slots: 2, validators: INTEROP, init: {depositors}});
  });
  after(() => served.endpoint.close());

  const credentials = async () => {
    const {json} = await call(served, `/eth/v1/beacon/states/head/validators/${ALICE.pubkey}`);
    return json.data.validator.withdrawal_credentials;
  };

  it("are refused for whom they are not, and nothing of them waits", async () => {
    const good = changeOf(served.chain, INTEROP);
    const wrongs = [
      {...good, signature: BOB.secretKey.sign(new Uint8Array(32)).toBytes()},
      {...good, message: {...good.message, fromBlsPubkey: BOB.publicKey}},
      changeOf(served.chain, INTEROP + 1),
      changeOf(served.chain, 999),
    ];
    const body = wrongs.map((signed) => ssz.capella.SignedBLSToExecutionChange.toJson(signed));
    const {status, json} = await post(served, path, body);
    assert.deepEqual([status, json.failures.map(({index}: {index: number}) => index)], [400, [0, 1, 2, 3]]);
    assert.deepEqual((await call(served, path)).json, {data: []});
  });

  it("wait in the pool, go into the next block, and the state shows them", async () => {
    const signed = ssz.capella.SignedBLSToExecutionChange.toJson(changeOf(served.chain, INTEROP));
    assert.match(await credentials(), /^0x00/);
    assert.equal((await post(served, path, [signed])).status, 200);
    assert.deepEqual((await call(served, path)).json, {data: [signed]});
    served.player.open(3 as Slot);
    const {chain} = served;
    const body = chain.block(chain.head.root)?.signed?.message.body as capella.BeaconBlockBody;
    assert.equal(body.blsToExecutionChanges.length, 1);
    assert.equal(await credentials(), `0x01${"00".repeat(11)}${TEST_ADDRESS}`);
    assert.equal((await post(served, path, [{...signed, signature: `0x${"c0".padEnd(192, "0")}`}])).status, 400);
  });
});
