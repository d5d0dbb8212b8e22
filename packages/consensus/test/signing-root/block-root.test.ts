import assert from "node:assert/strict";
import {ssz} from "@lodestar/types";
import type {Root} from "@mote/core";
import {blockRoot, chainConfigFromSpec, createNetworkConfig} from "../../src/index.ts";

const GENESIS_ROOT = `0x${"11".repeat(32)}` as Root;
const FORKS = ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA"];

function configOf(forks: readonly string[]) {
  const spec = Object.fromEntries(forks.map((fork) => [`${fork}_FORK_EPOCH`, "0"]));
  return createNetworkConfig(chainConfigFromSpec({...spec, ...(forks.includes("FULU") ? {} : FAR_FULU)}), GENESIS_ROOT);
}
const FAR_FULU = {FULU_FORK_EPOCH: "18446744073709551615"};

function fullBlock() {
  const block = ssz.fulu.BeaconBlock.defaultValue();
  block.slot = 77;
  block.body.graffiti.fill(9);
  Object.assign(block.body.executionPayload, {
    gasUsed: 21_000,
    transactions: [new Uint8Array(70).fill(1), new Uint8Array(0), new Uint8Array(33).fill(2)],
    withdrawals: [{index: 1, validatorIndex: 2, address: new Uint8Array(20).fill(3), amount: 4n}],
  });
  return block;
}

describe("blockRoot", () => {
  for (const [fork, forks] of Object.entries({electra: FORKS, fulu: [...FORKS, "FULU"]})) {
    it(`is the library's root of a block with a payload: ${fork}`, () => {
      const config = configOf(forks);
      assert.equal(config.getForkName(77), fork);
      assert.deepEqual(blockRoot(config, fullBlock()), ssz.electra.BeaconBlock.hashTreeRoot(fullBlock()));
    });
  }

  it("is that of the block as it stands, whatever was changed since it was hashed before", () => {
    const config = configOf(FORKS);
    const block = fullBlock();
    const before = blockRoot(config, block);
    ssz.electra.BeaconBlock.hashTreeRoot(block);
    block.body.graffiti = new Uint8Array(32);
    assert.notDeepEqual(blockRoot(config, block), before);
    block.body.executionPayload.transactions = [];
    assert.deepEqual(blockRoot(config, block), ssz.electra.BeaconBlock.hashTreeRoot(structuredClone(block)));
  });
});
