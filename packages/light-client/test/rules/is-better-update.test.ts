import assert from "node:assert/strict";
import {SLOTS_PER_EPOCH, SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import {isBetterUpdate} from "../../src/rules/is-better-update.ts";
import {type UpgradedUpdate, upgradeUpdate} from "../../src/rules/upgraded-update.ts";
import {MadeChain, madeConfig, SLOTS_PER_PERIOD, type UpdateInit} from "../support/made-chain.ts";

describe("isBetterUpdate", () => {
  const config = madeConfig(1000);
  const chain = new MadeChain({config});

  function made(init: UpdateInit): UpgradedUpdate {
    const upgraded = upgradeUpdate(config, chain.update(init));
    assert.equal(upgraded.kind, "upgraded");
    return (upgraded as {update: UpgradedUpdate}).update;
  }

  const attestedSlot = 5 * SLOTS_PER_EPOCH;
  const twoThirds = Math.ceil((SYNC_COMMITTEE_SIZE * 2) / 3);
  /** Better ones first, each differing from the one after it by the rule that it is named for. */
  const ranks: readonly (readonly [string, UpdateInit])[] = [
    ["all of the committee", {attestedSlot}],
    ["as many, attested later", {attestedSlot: attestedSlot + 1}],
    ["as many, signed later", {attestedSlot: attestedSlot + 1, signatureSlot: attestedSlot + 3}],
    ["fewer, all of 2/3", {attestedSlot, signed: twoThirds}],
    ["finality of the period before", {attestedSlot: SLOTS_PER_PERIOD + SLOTS_PER_EPOCH}],
    ["no finality", {attestedSlot, finalizedSlot: null}],
    ["no committee", {attestedSlot, hasCommittee: false}],
    ["a committee that itself signed", {attestedSlot: SLOTS_PER_PERIOD - 1, signatureSlot: SLOTS_PER_PERIOD}],
    ["less than 2/3", {attestedSlot, signed: twoThirds - 1}],
    ["less than that", {attestedSlot: attestedSlot - 1, signed: twoThirds - 2}],
  ];

  for (const [i, [name, init]] of ranks.entries())
    for (const [otherName, other] of ranks.slice(i + 1))
      it(`puts ${name} above ${otherName}`, () => {
        assert.equal(isBetterUpdate(made(init), made(other)), true);
        assert.equal(isBetterUpdate(made(other), made(init)), false);
      });

  it("does not put an update above itself", () => {
    for (const [, init] of ranks) assert.equal(isBetterUpdate(made(init), made(init)), false);
  });
});
