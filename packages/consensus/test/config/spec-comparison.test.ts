import assert from "node:assert/strict";
import type {Epoch} from "@mote/core";
import {compareSpec} from "../../src/config/spec-comparison.ts";
import {chainConfigFromSpec, ownSpecValues, type SpecValues} from "../../src/config/spec-values.ts";

const OURS = chainConfigFromSpec({PRESET_BASE: "minimal", SLOT_DURATION_MS: "6000", GLOAS_FORK_EPOCH: "10"});
const compare = (theirs: SpecValues, currentEpoch = 3) => compareSpec(OURS, theirs, currentEpoch as Epoch);

describe("compareSpec", () => {
  it("finds nothing in our own values, in fewer of them, or in ones we do not know", () => {
    assert.deepEqual(compare(ownSpecValues(OURS)), []);
    assert.deepEqual(compare({SLOTS_PER_EPOCH: "8"}), []);
    assert.deepEqual(compare({VALUE_OF_A_LATER_FORK: "1"}), []);
  });

  for (const [name, theirs] of [
    ["SLOTS_PER_EPOCH", "32"],
    ["SLOT_DURATION_MS", "12000"],
    ["SECONDS_PER_SLOT", "12"],
    ["PRESET_BASE", "mainnet"],
    ["DEPOSIT_CHAIN_ID", "17000"],
    ["DEPOSIT_CONTRACT_ADDRESS", `0x${"42".repeat(20)}`],
    ["GENESIS_FORK_VERSION", "0x01020304"],
    ["GLOAS_FORK_VERSION", "0x01020304"],
    ["MAX_VALIDATORS_PER_COMMITTEE", "4096"],
  ] as const) {
    it(`refuses another ${name}, with both sides`, () => {
      const ours = name === "SECONDS_PER_SLOT" ? "6" : String(ownSpecValues(OURS)[name]);
      assert.deepEqual(compare({[name]: theirs}), [{name, ours, theirs, effect: {kind: "refuse"}}]);
    });
  }

  it("lets a node with another epoch for a coming fork serve until the earlier of both", () => {
    const effect = (theirs: string, now: number) => compare({GLOAS_FORK_EPOCH: theirs}, now)[0]?.effect;
    assert.deepEqual(effect("12", 3), {kind: "fork_epoch", untilEpoch: 10});
    assert.deepEqual(effect("7", 3), {kind: "fork_epoch", untilEpoch: 7});
    assert.deepEqual(effect("18446744073709551615", 3), {kind: "fork_epoch", untilEpoch: 10});
    assert.deepEqual(effect("12", -2), {kind: "fork_epoch", untilEpoch: 10});
  });

  it("refuses it once the earlier epoch is there", () => {
    for (const [theirs, now] of [
      ["12", 10],
      ["7", 7],
      ["7", 9],
    ] as const) {
      assert.deepEqual(compare({GLOAS_FORK_EPOCH: theirs}, now)[0]?.effect, {kind: "refuse"});
    }
  });

  it("warns of the rest, due times among them", () => {
    assert.deepEqual(compare({ATTESTATION_DUE_BPS: "4000", MAX_REQUEST_BLOCKS: "2048"}), [
      {name: "ATTESTATION_DUE_BPS", ours: "3333", theirs: "4000", effect: {kind: "warn"}},
      {name: "MAX_REQUEST_BLOCKS", ours: "1024", theirs: "2048", effect: {kind: "warn"}},
    ]);
  });

  it("bars a node whose types of a coming fork differ from that fork on, and only warns while nobody has scheduled it", () => {
    assert.deepEqual(compare({PTC_SIZE: "2"})[0]?.effect, {kind: "fork_epoch", untilEpoch: 10});
    assert.deepEqual(compare({PTC_SIZE: "2"}, 10)[0]?.effect, {kind: "refuse"});
    const theirs = {PTC_SIZE: "2", GLOAS_FORK_VERSION: "0x01020304", INCLUSION_LIST_COMMITTEE_SIZE: "3"};
    const unscheduled = compareSpec(chainConfigFromSpec({PRESET_BASE: "minimal"}), theirs, 3 as Epoch);
    assert.deepEqual(
      unscheduled.map(({effect}) => effect.kind),
      ["warn", "warn", "warn"],
    );
    const scheduledThere = compareSpec(
      chainConfigFromSpec({PRESET_BASE: "minimal"}),
      {PTC_SIZE: "2", GLOAS_FORK_EPOCH: "7"},
      3 as Epoch,
    );
    assert.deepEqual(
      scheduledThere.map(({effect}) => effect.kind),
      ["fork_epoch", "fork_epoch"],
    );
  });

  it("only warns of bounds on the wire, which no type uses", () => {
    assert.deepEqual(compare({MAX_ATTESTER_SLASHING_SIZE: "1"})[0]?.effect, {kind: "warn"});
  });

  it("sees no difference in the way a value is written", () => {
    const address = String(ownSpecValues(OURS).DEPOSIT_CONTRACT_ADDRESS);
    assert.deepEqual(compare({DEPOSIT_CONTRACT_ADDRESS: `0x${address.slice(2).toUpperCase()}`}), []);
    assert.deepEqual(compare({SLOTS_PER_EPOCH: 8, SLOT_DURATION_MS: "06000"}), []);
  });

  it("keeps a hostile value short", () => {
    const [difference] = compare({CONFIG_NAME: "x".repeat(1_000_000)});
    assert.equal(difference?.theirs.length, 400);
  });

  it("fails by name on a fork epoch that is no number", () => {
    assert.throws(() => compare({GLOAS_FORK_EPOCH: "soon"}), {name: "InvalidValueError", message: /GLOAS_FORK_EPOCH/});
  });
});
