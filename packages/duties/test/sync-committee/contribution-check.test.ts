import assert from "node:assert/strict";
import {hexToBytes} from "@mote/core";
import {checkContribution} from "../../src/sync-committee/contribution-check.ts";
import {contributionTo} from "../support/sync-world.ts";
import {root, slot} from "../support/world.ts";

describe("checkContribution", () => {
  const asked = {slot: slot(9), subcommitteeIndex: 1, beaconBlockRoot: root(1), untilMs: 0};
  const right = contributionTo(asked);

  it("takes what was asked for", () => {
    assert.equal(checkContribution(right, asked), null);
  });

  const empty = right.aggregationBits.clone();
  empty.set(0, false);
  const WRONG = {
    "another slot": {slot: 8},
    "another subcommittee": {subcommitteeIndex: 2},
    "another block": {beaconBlockRoot: hexToBytes(root(2))},
    nobody: {aggregationBits: empty},
  };
  for (const [what, over] of Object.entries(WRONG)) {
    it(`refuses a contribution of ${what}`, () => {
      assert.equal(checkContribution({...right, ...over}, asked)?.reason, "BEACON_DATA_INVALID");
    });
  }
});
