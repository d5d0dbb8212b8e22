import assert from "node:assert/strict";
import {hexToBytes, type ProducedBlock, type ValidatorIndex} from "@mote/core";
import {checkProducedBlock, type ProducedBlockExpectation} from "../../src/block/produced-block-check.ts";
import {type BlockSort, OTHERS, OURS, produced, timestampSec} from "../support/blocks.ts";
import {signature, slot} from "../support/world.ts";

const EXPECTED: ProducedBlockExpectation = {
  slot: slot(9),
  proposerIndex: 1 as ValidatorIndex,
  randaoReveal: signature(7),
  timestampSec: timestampSec(9),
  hasBid: false,
  feeRecipient: OURS,
  isBuilderAllowed: false,
};

type Of<Kind extends ProducedBlock["kind"]> = Extract<ProducedBlock, {kind: Kind}>;

const ASKED = {slot: slot(9), proposerIndex: 1, randaoReveal: signature(7)};
const hasBid = (sort: BlockSort) => sort === "selfBuilt" || sort === "buildersBid";

describe("checkProducedBlock", () => {
  const SORTS: BlockSort[] = ["full", "blinded", "selfBuilt", "buildersBid"];

  for (const sort of SORTS) {
    const expected = {...EXPECTED, hasBid: hasBid(sort), isBuilderAllowed: true};

    it(`takes a right block: ${sort}`, () => {
      assert.equal(checkProducedBlock(produced(sort, ASKED), expected), null);
    });

    for (const [what, over] of [
      ["for another slot", {slot: slot(8)}],
      ["of another proposer", {proposerIndex: 2}],
      ["with another randao reveal", {randaoReveal: signature(8)}],
    ] as const) {
      it(`refuses a block ${what}: ${sort}`, () => {
        assert.equal(checkProducedBlock(produced(sort, {...ASKED, ...over}), expected)?.reason, "BEACON_DATA_INVALID");
      });
    }

    it(`refuses a block of another fork, and one without a parent: ${sort}`, () => {
      const ofOtherFork = checkProducedBlock(produced(sort, ASKED), {...expected, hasBid: !hasBid(sort)});
      assert.match(ofOtherFork?.detail ?? "", /another fork/);
      const orphan = produced(sort, ASKED);
      orphan.block.parentRoot = new Uint8Array(32);
      assert.match(checkProducedBlock(orphan, expected)?.detail ?? "", /no parent/);
    });
  }

  for (const sort of ["blinded", "buildersBid"] as const) {
    it(`refuses a builder's payload when the builder is off: ${sort}`, () => {
      const wrong = checkProducedBlock(produced(sort, ASKED), {...EXPECTED, hasBid: hasBid(sort)});
      assert.equal(wrong?.reason, "BUILDER_NOT_ALLOWED");
    });
  }

  for (const sort of ["full", "selfBuilt", "buildersBid"] as const) {
    it(`compares the fee recipient, unless none is set: ${sort}`, () => {
      const expected = {...EXPECTED, hasBid: hasBid(sort), isBuilderAllowed: true};
      const block = produced(sort, ASKED, OTHERS);
      assert.equal(checkProducedBlock(block, expected)?.reason, "FEE_RECIPIENT_MISMATCH");
      assert.equal(checkProducedBlock(block, {...expected, feeRecipient: null}), null);
    });
  }

  it("cannot know whom a blinded block pays", () => {
    assert.equal(checkProducedBlock(produced("blinded", ASKED, OTHERS), {...EXPECTED, isBuilderAllowed: true}), null);
  });

  it("does not compare the randao reveal that a cluster puts together", () => {
    const block = produced("full", {...ASKED, randaoReveal: signature(8)});
    assert.equal(checkProducedBlock(block, {...EXPECTED, randaoReveal: null}), null);
  });

  const LIES: Record<string, (block: Of<"bid">) => void> = {
    "bid for another slot": ({block}) => {
      block.body.signedExecutionPayloadBid.message.slot = 8;
    },
    "bid on another parent": ({block}) => {
      block.body.signedExecutionPayloadBid.message.parentBlockRoot = new Uint8Array(32).fill(9);
    },
    "own bid with a value": ({block}) => {
      block.body.signedExecutionPayloadBid.message.value = 1;
    },
    "own bid with a signature": ({block}) => {
      block.body.signedExecutionPayloadBid.signature = signature(1);
    },
    "payload beside a builder's bid": ({block}) => {
      block.body.signedExecutionPayloadBid.message.builderIndex = 3;
    },
    "own bid without its payload": (block) => {
      Object.assign(block, {payload: null});
    },
    "envelope of a builder": ({payload}) => {
      if (payload !== null) payload.envelope.builderIndex = 3;
    },
    "envelope on another parent": ({payload}) => {
      if (payload !== null) payload.envelope.parentBeaconBlockRoot = new Uint8Array(32).fill(9);
    },
    "payload for another slot": ({payload}) => {
      if (payload !== null) payload.envelope.payload.slotNumber = 8;
    },
    "payload of another bid": ({payload}) => {
      if (payload !== null) payload.envelope.payload.blockHash = new Uint8Array(32).fill(9);
    },
    "payload for another time": ({payload}) => {
      if (payload !== null) payload.envelope.payload.timestamp += 6;
    },
    "payload that pays another": ({payload}) => {
      if (payload !== null) payload.envelope.payload.feeRecipient = hexToBytes(OTHERS);
    },
  };
  for (const [lie, tell] of Object.entries(LIES)) {
    it(`refuses in Gloas: ${lie}`, () => {
      const block = produced("selfBuilt", ASKED) as Of<"bid">;
      tell(block);
      assert.notEqual(checkProducedBlock(block, {...EXPECTED, hasBid: true}), null);
    });
  }

  it("refuses a payload for another time, blinded or not", () => {
    const full = produced("full", ASKED) as Of<"full">;
    full.block.body.executionPayload.timestamp += 1;
    const blinded = produced("blinded", ASKED) as Of<"blinded">;
    blinded.block.body.executionPayloadHeader.timestamp += 1;
    for (const block of [full, blinded])
      assert.match(checkProducedBlock(block, {...EXPECTED, isBuilderAllowed: true})?.detail ?? "", /time/);
  });
});
