import assert from "node:assert/strict";
import {BitArray} from "@chainsafe/ssz";
import type {electra} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {SlotPlayer, testChain} from "./support.ts";

/** Slot 1 with all its single votes, and a committee whose aggregates the test makes by hand. */
class Packing {
  readonly player = new SlotPlayer(testChain());
  readonly #first: electra.SignedAggregateAndProof;

  constructor() {
    this.player.playTo(0);
    this.player.open(1 as Slot);
    this.player.vote(1 as Slot, {withAggregates: false});
    const [first] = this.player.voters.firstAggregates(1 as Slot);
    assert.ok(first !== undefined);
    this.#first = first;
  }

  get committeeIndex(): number {
    return this.#first.message.aggregate.committeeBits.getSingleTrueBit() ?? -1;
  }

  /** Sends an aggregate of the committee's members at `places`, by its first member. */
  send(...places: number[]): void {
    const {voters, chain} = this.player;
    const {message} = this.#first;
    const members = voters.duties(1 as Slot).filter((duty) => duty.committeeIndex === this.committeeIndex);
    const indices = members.flatMap(({validatorIndex}, place) => (places.includes(place) ? [validatorIndex] : []));
    const aggregate = {
      ...message.aggregate,
      aggregationBits: BitArray.fromBoolArray(members.map((_, place) => places.includes(place))),
      signature: voters.aggregateSignature(indices, message.aggregate.data),
    };
    assert.deepEqual(chain.onAggregates([voters.resign({...message, aggregate})]), [{kind: "accepted"}]);
  }

  /** For each attestation of the next block, the places of the committee that it has. */
  packed(): number[][] {
    const {chain} = this.player;
    this.player.open((chain.currentSlot + 1) as Slot);
    return (chain.blockAttestations(chain.head.root) ?? []).flatMap((attestation) => {
      const committees = attestation.committeeBits.getTrueBitIndexes();
      const offset = committees.indexOf(this.committeeIndex) * 4;
      if (offset < 0) return [];
      return [[0, 1, 2, 3].filter((place) => attestation.aggregationBits.get(offset + place))];
    });
  }
}

describe("vote packing", () => {
  it("joins aggregates that do not overlap", () => {
    const packing = new Packing();
    packing.send(0, 1);
    packing.send(2, 3);
    assert.deepEqual(packing.packed(), [[0, 1, 2, 3]]);
    // The other committee of the slot sent no aggregate: its four single votes came along.
    assert.deepEqual(packing.player.chain.packing, {votes: 12 + 4, singleVotes: 4});
  });

  it("carries overlapping aggregates one beside the other, as long as they bring new votes", () => {
    const packing = new Packing();
    packing.send(0, 1, 2);
    packing.send(2, 3);
    assert.deepEqual(packing.packed(), [
      [0, 1, 2],
      [2, 3],
    ]);
  });

  it("leaves out the single vote that its aggregators left out", () => {
    const packing = new Packing();
    packing.send(0, 1, 2);
    assert.deepEqual(packing.packed(), [[0, 1, 2]]);
  });

  it("carries a vote once, and a better aggregate when it comes later", () => {
    const packing = new Packing();
    packing.send(0, 1);
    assert.deepEqual(packing.packed(), [[0, 1]]);
    assert.deepEqual(packing.packed(), []);
    packing.send(1, 2, 3);
    assert.deepEqual(packing.packed(), [[1, 2, 3]]);
    assert.equal(packing.player.chain.ledger.slot(1 as Slot)?.included, 8);
  });
});
