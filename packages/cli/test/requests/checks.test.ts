import assert from "node:assert/strict";
import {type Epoch, FAR_FUTURE_EPOCH, type Pubkey, type Root, type ValidatorIndex} from "@mote/core";
import type {ValidatorDetails} from "@mote/node/operator";
import {
  compoundFindings,
  consolidationFindings,
  isOldEnough,
  topUpFindings,
  withdrawalFindings,
} from "../../src/requests/checks.ts";

const TIME = {currentEpoch: 300 as Epoch, shardCommitteePeriod: 256};
const ETH = 1e9;

const validator = (kind: "0x00" | "0x01" | "0x02", more: Partial<ValidatorDetails> = {}): ValidatorDetails => ({
  pubkey: `0x${"ab".repeat(48)}` as Pubkey,
  index: 7 as ValidatorIndex,
  status: "active_ongoing",
  slashed: false,
  activationEpoch: 0 as Epoch,
  exitEpoch: FAR_FUTURE_EPOCH,
  withdrawalCredentials: `${kind}${"00".repeat(11)}${"cd".repeat(20)}` as Root,
  balanceGwei: 32 * ETH,
  effectiveBalanceGwei: 32 * ETH,
  ...more,
});
const GOOD = {problems: [], warnings: []};

describe("what speaks against a request", () => {
  it("is nothing where the chain would carry it out", () => {
    assert.deepEqual(consolidationFindings(validator("0x01"), validator("0x02"), TIME), GOOD);
    assert.deepEqual(consolidationFindings(validator("0x02"), validator("0x02"), TIME), GOOD);
    assert.deepEqual(compoundFindings(validator("0x01")), GOOD);
    assert.deepEqual(withdrawalFindings(validator("0x01"), 0n, TIME), GOOD);
    assert.deepEqual(withdrawalFindings(validator("0x02", {balanceGwei: 40 * ETH}), 8n * 10n ** 9n, TIME), GOOD);
    assert.deepEqual(topUpFindings(validator("0x02"), 2016n * 10n ** 9n), GOOD);
    assert.deepEqual(isOldEnough(validator("0x01", {activationEpoch: 44 as Epoch}), TIME), []);
  });

  const young = {activationEpoch: 45 as Epoch};
  const leaving = {status: "active_exiting"} as const;
  const cases: readonly (readonly [name: string, problems: readonly string[], pattern: RegExp])[] = [
    ["a source of a BLS key", consolidationFindings(validator("0x00"), validator("0x02"), TIME).problems, /0x00/],
    [
      "a source that leaves",
      consolidationFindings(validator("0x01", leaving), validator("0x02"), TIME).problems,
      /active_exiting/,
    ],
    [
      "a young source",
      consolidationFindings(validator("0x01", young), validator("0x02"), TIME).problems,
      /from epoch 301 on/,
    ],
    [
      "a target that leaves",
      consolidationFindings(validator("0x01"), validator("0x02", leaving), TIME).problems,
      /active_exiting/,
    ],
    [
      "a target that does not compound",
      consolidationFindings(validator("0x01"), validator("0x01"), TIME).problems,
      /mote compound/,
    ],
    ["a switch of a BLS key", compoundFindings(validator("0x00")).problems, /mote withdrawal-address/],
    ["a switch there and back", compoundFindings(validator("0x02")).problems, /compounds already/],
    [
      "a part of what does not compound",
      withdrawalFindings(validator("0x01", {balanceGwei: 40 * ETH}), 1n, TIME).problems,
      /0x01/,
    ],
    ["a part of nothing", withdrawalFindings(validator("0x02"), 1n, TIME).problems, /only what is above 32/],
    ["leaving without an address", withdrawalFindings(validator("0x00"), 0n, TIME).problems, /0x00/],
    ["leaving too early", withdrawalFindings(validator("0x01", young), 0n, TIME).problems, /from epoch 301 on/],
    ["leaving twice", withdrawalFindings(validator("0x01", leaving), 0n, TIME).problems, /active_exiting/],
    ["money for who has left", topUpFindings(validator("0x01", {status: "withdrawal_done"}), 1n).problems, /has left/],
  ];
  for (const [name, problems, pattern] of cases) {
    it(`is told of ${name}`, () => {
      assert.equal(problems.length, 1, problems.join());
      assert.match(`${problems[0]}`, pattern);
    });
  }

  it("is a note where only a part has an effect", () => {
    const large = validator("0x02", {effectiveBalanceGwei: 2040 * ETH});
    assert.match(consolidationFindings(validator("0x01"), large, TIME).warnings.join(), /2072 ETH/);
    assert.match(topUpFindings(validator("0x01"), 10n ** 9n).warnings.join(), /above 32/);
    assert.match(topUpFindings(validator("0x00"), 1n).warnings.join(), /withdrawal-address/);
  });
});
