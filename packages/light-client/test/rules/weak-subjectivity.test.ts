import assert from "node:assert/strict";
import {mainnetChainConfig} from "@lodestar/config/networks";
import {PresetName} from "@lodestar/params";
import {createNetworkConfig} from "@mote/consensus";
import type {Epoch, Root} from "@mote/core";
import {isWithinWeakSubjectivity, weakSubjectivityEpochs} from "../../src/rules/weak-subjectivity.ts";

describe("the weak subjectivity period", () => {
  const gloasEpoch = 500_000;
  const config = createNetworkConfig(
    {...mainnetChainConfig, PRESET_BASE: PresetName.minimal, GLOAS_FORK_EPOCH: gloasEpoch},
    `0x${"00".repeat(32)}` as Root,
  );

  it("is that of the spec's table for large validator sets in Electra", () => {
    assert.equal(weakSubjectivityEpochs(config, (gloasEpoch - 1) as Epoch), 3532);
  });

  it("is shorter in Gloas", () => {
    assert.equal(weakSubjectivityEpochs(config, gloasEpoch as Epoch), 1348);
  });

  it("ends with its last epoch", () => {
    assert.equal(isWithinWeakSubjectivity(config, 400_000 as Epoch, 403_532 as Epoch), true);
    assert.equal(isWithinWeakSubjectivity(config, 400_000 as Epoch, 403_533 as Epoch), false);
  });
});
