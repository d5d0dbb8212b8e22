import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {rootToHex} from "@mote/core";
import {blockRoot} from "../../src/block/block-root.ts";
import {produced} from "../support/blocks.ts";
import {networkConfig} from "../support/runner-world.ts";
import {signature, slot} from "../support/world.ts";

describe("blockRoot", () => {
  const asked = {slot: slot(9), proposerIndex: 1, randaoReveal: signature(7)};

  it("is the same for a block and its blinded form", () => {
    const full = produced("full", asked);
    const blinded = produced("blinded", asked);
    assert.ok(full.kind === "full" && blinded.kind === "blinded");
    const {executionPayload: payload, ...body} = full.block.body;
    Object.assign(blinded.block, {
      ...full.block,
      body: {
        ...body,
        executionPayloadHeader: {
          ...payload,
          transactionsRoot: ssz.bellatrix.Transactions.hashTreeRoot(payload.transactions),
          withdrawalsRoot: ssz.capella.Withdrawals.hashTreeRoot(payload.withdrawals),
        },
      },
    });
    const config = networkConfig({});
    assert.equal(blockRoot(config, full), blockRoot(config, blinded));
    assert.equal(blockRoot(config, full), rootToHex(ssz.fulu.BeaconBlock.hashTreeRoot(full.block)));
  });

  it("goes by the fork of the block's slot", () => {
    const bid = produced("selfBuilt", asked);
    assert.ok(bid.kind === "bid");
    const {BeaconBlock} = ssz.gloas;
    // From its bytes, since a block that was made from another one keeps roots of it.
    const block = BeaconBlock.deserialize(BeaconBlock.serialize(bid.block));
    const root = blockRoot(networkConfig({gloasEpoch: 1}), {...bid, block});
    assert.equal(root, rootToHex(BeaconBlock.hashTreeRoot(block)));
  });
});
